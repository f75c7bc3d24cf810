package session

import (
	"context"
	"errors"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/inspect"
)

// This file is the one source of the words by which logs, counters, the inspector and
// docs/troubleshooting.md know a reason; inspect/warning.go is that of warnings.

// OtherReason is what [Reason] returns for an error that has no word.
const OtherReason = "_OTHER"

// reason is an error, its word, and its heading in docs/troubleshooting.md.
// Words do not change, because alerts are made of them.
type reason struct {
	err           error
	word, heading string
}

// refusals are the reasons of [EventRefused].
var refusals = []reason{
	{ErrMalformed, "malformed", partRefused},
	{ErrBadSignature, "bad_signature", partRefused},
	{ErrExpired, "expired", partRefused},
	{ErrFromFuture, "from_future", inspect.ClocksDiffer.Heading()},
	{ErrBadPayload, "bad_payload", "its signed payload is not a session"},
	{ErrDuplicateCookie, "duplicate_cookie", inspect.TwoCookies.Heading()},
	{driver.ErrTooManyLookups, "too_many_lookups", partRefused},
	{ErrUnknown, "unknown", partRefused},
	{ErrInvalidated, "invalidated", partRefused},
}

// failures are the reasons of [EventFailed] and [EventLate], the more exact before ErrUnavailable,
// which wraps some of them.
var failures = []reason{
	{ErrConflict, "conflict", "other requests kept changing it"},
	{ErrEnded, "ended", "it was ended while this request was changing it"},
	{ErrOvertaken, "overtaken", "another request was first"},
	{ErrTooLarge, "too_large", "would be … bytes, over the limit of 4096"},
	{ErrTooLate, "too_late", "changed after the response header was sent"},
	{driver.ErrNotBound, "not_bound", "it is bound to a device"},
	{context.Canceled, "canceled", partUnavailable},
	{context.DeadlineExceeded, "timeout", partUnavailable},
	{ErrUnavailable, "unavailable", partUnavailable},
}

const (
	partRefused     = "cookie refused"
	partUnavailable = "the backend is not available"
	partValue       = "the value of … cannot be kept"

	badValue = "bad_value" // the word for a *ValueError
)

// Reason returns the word for the error of an [Event], which a metric or an alert can use:
// "bad_signature" for [ErrBadSignature] and so on, "bad_value" for a [ValueError], "timeout" and
// "canceled" for the errors of package context, and [OtherReason] for any other, also for nil. Do
// not use an error's text for that: it may change, and may quote what a visitor sent.
func Reason(err error) string {
	word, _ := reasonOf(err)
	return word
}

// ReasonHeading returns the heading that the error has in docs/troubleshooting.md, or the empty
// string.
func ReasonHeading(err error) string {
	_, heading := reasonOf(err)
	return heading
}

func reasonOf(err error) (word, heading string) {
	if _, ok := errors.AsType[*ValueError](err); ok && !errors.Is(err, ErrBadPayload) {
		return badValue, partValue
	}
	for _, list := range [][]reason{refusals, failures} {
		for _, r := range list {
			if errors.Is(err, r.err) {
				return r.word, r.heading
			}
		}
	}
	return OtherReason, ""
}

// Reasons returns all words that [Reason] has for [EventRefused], and all that it has for
// [EventFailed], for counters that are to begin at zero.
func Reasons() (refused, failed []string) {
	for _, r := range refusals {
		refused = append(refused, r.word)
	}
	for _, r := range failures {
		failed = append(failed, r.word)
	}
	return append(refused, OtherReason), append(failed, badValue, OtherReason)
}
