package otelwafer

import (
	"context"
	"errors"

	"github.com/wafer-go/wafer/session"
)

// other stands for what has no name of its own, as OpenTelemetry's conventions
// have it for error.type.
const other = "_OTHER"

// A named is an error and the word that stands for it. Words do not change, as
// alerts are made of them; an error's text may, and may quote what a visitor
// sent.
type named struct {
	err  error
	word string
}

// refusals are the reasons of session.EventRefused.
var refusals = []named{
	{session.ErrMalformed, "malformed"},
	{session.ErrBadSignature, "bad_signature"},
	{session.ErrExpired, "expired"},
	{session.ErrFromFuture, "from_future"},
	{session.ErrBadPayload, "bad_payload"},
	{session.ErrDuplicateCookie, "duplicate_cookie"},
	{session.ErrUnknown, "unknown"},
	{session.ErrInvalidated, "invalidated"},
}

// failures are the reasons of session.EventFailed, the more exact before
// session.ErrUnavailable, which wraps some of them.
var failures = []named{
	{session.ErrConflict, "conflict"},
	{session.ErrEnded, "ended"},
	{session.ErrTooLarge, "too_large"},
	{session.ErrTooLate, "too_late"},
	{context.Canceled, "canceled"},
	{context.DeadlineExceeded, "timeout"},
	{session.ErrUnavailable, "unavailable"},
}

// badValue stands for a *session.ValueError.
const badValue = "bad_value"

// refusal returns the word for why a cookie was refused.
func refusal(err error) string { return word(refusals, err) }

// failure returns the word for why a request failed.
func failure(err error) string {
	if _, ok := errors.AsType[*session.ValueError](err); ok {
		return badValue
	}
	return word(failures, err)
}

func word(of []named, err error) string {
	for _, n := range of {
		if errors.Is(err, n.err) {
			return n.word
		}
	}
	return other
}
