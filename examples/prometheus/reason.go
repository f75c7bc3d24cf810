package main

import (
	"context"
	"errors"

	"github.com/wafer-go/wafer/session"
)

// other stands for what has no word of its own.
const other = "_OTHER"

// A named is an error and the word that stands for it in a label. The text of an
// error is no label: it differs from time to time, and may quote what a visitor
// sent.
type named struct {
	err  error
	word string
}

// refusals are why a cookie is refused.
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

// failures are why a request fails, the more exact before ErrUnavailable, which
// wraps some of them.
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

func refusal(err error) string { return word(refusals, err) }

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
