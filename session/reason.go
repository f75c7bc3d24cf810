package session

import (
	"context"
	"errors"
)

// OtherReason is what [Reason] returns for an error that has no word.
const OtherReason = "_OTHER"

// reasons are errors and the words that stand for them. Words do not change,
// for alerts are made of them.
type reasons []struct {
	err  error
	word string
}

// refusals are those of EventRefused.
var refusals = reasons{
	{ErrMalformed, "malformed"},
	{ErrBadSignature, "bad_signature"},
	{ErrExpired, "expired"},
	{ErrFromFuture, "from_future"},
	{ErrBadPayload, "bad_payload"},
	{ErrDuplicateCookie, "duplicate_cookie"},
	{ErrUnknown, "unknown"},
	{ErrInvalidated, "invalidated"},
}

// failures are those of EventFailed and EventLate, the more exact before
// ErrUnavailable, which wraps some of them.
var failures = reasons{
	{ErrConflict, "conflict"},
	{ErrEnded, "ended"},
	{ErrTooLarge, "too_large"},
	{ErrTooLate, "too_late"},
	{context.Canceled, "canceled"},
	{context.DeadlineExceeded, "timeout"},
	{ErrUnavailable, "unavailable"},
}

// badValue is the word for a *ValueError.
const badValue = "bad_value"

// Reason returns the word for the error of an [Event], for a metric or an
// alert: "bad_signature" for [ErrBadSignature] and so on, "bad_value" for a
// [ValueError], "timeout" and "canceled" for the errors of package context, and
// [OtherReason] for any other, nil among them. An error's text is not for that:
// it may change, and may quote what a visitor sent.
func Reason(err error) string {
	if _, ok := errors.AsType[*ValueError](err); ok {
		return badValue
	}
	for _, list := range []reasons{refusals, failures} {
		for _, r := range list {
			if errors.Is(err, r.err) {
				return r.word
			}
		}
	}
	return OtherReason
}

// Reasons returns all words that [Reason] has for [EventRefused], and all that
// it has for [EventFailed], for counters that are to begin at zero.
func Reasons() (refused, failed []string) {
	return append(refusals.words(), OtherReason), append(failures.words(), badValue, OtherReason)
}

func (list reasons) words() []string {
	words := make([]string, len(list))
	for i, r := range list {
		words[i] = r.word
	}
	return words
}
