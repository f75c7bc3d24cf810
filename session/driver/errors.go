package driver

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
)

// ErrRefused is what every reason for refusing a cookie wraps. A refused cookie never fails a
// request.
var ErrRefused = errors.New("session: the cookie was refused")

// The reasons for refusing a cookie that a driver gives. Each wraps [ErrRefused].
var (
	// ErrMalformed: the value does not have the form of the driver's values.
	ErrMalformed = Refusal("it is not a token")

	// ErrBadSignature: no accepted key made the signature. The cookie was forged or cut, or the key
	// has changed.
	ErrBadSignature = Refusal("the signature does not match")

	// ErrExpired: the session is older than its lifetime.
	ErrExpired = Refusal("it has expired")

	// ErrBadPayload: the signature is valid, and the signed payload is not a session. Someone with
	// the key wrote it, so it is logged as an error.
	ErrBadPayload = Refusal("its signed payload is not a session")

	// ErrUnknown: no record has the ID that the cookie names. It expired, was ended, or never
	// existed.
	ErrUnknown = Refusal("no session has its ID")

	// ErrTooManyLookups: the request's cookies would cost more questions to stores than one request
	// may ask; see [Spend].
	ErrTooManyLookups = Refusal("the request's cookies ask too much of the store")
)

// Refusal returns a reason for refusing a cookie, which wraps [ErrRefused].
func Refusal(why string) error { return fmt.Errorf("%w: %s", ErrRefused, why) }

// ErrNotBound: the session is bound to a device, and the request did not prove that it comes from
// there. See package dbsc.
var ErrNotBound = errors.New("session: it is bound to a device, and this request does not prove that it comes from there")

// The errors of Save, Touch and Retire that a manager acts on.
var (
	// ErrConflict: the record changed since it was loaded.
	ErrConflict = errors.New("session: other requests kept changing it")

	// ErrEnded: the session was ended, renewed or has expired since it was loaded.
	ErrEnded = errors.New("session: it was ended while this request was changing it, so the changes are not kept")

	// ErrTooLarge: the place cannot hold a session as large as this one.
	ErrTooLarge = errors.New("session: it is too large")

	// ErrUnknownOutcome: an earlier save from the same record had no answer, and another request
	// may have saved the session since. It is not a conflict, after which the manager would make
	// the edits of the earlier save again.
	ErrUnknownOutcome = errors.New("session: it is not known whether an earlier save of this request was made, and another request may have saved the session since")
)

// An UnsettledError is what Save returns if a session was to get another identity and the driver
// cannot find out whether it did: an answer was lost, and asking again did not help. The manager
// fails the request with Err, and the visitor gets a cookie with Value beside the page that reports
// it.
type UnsettledError struct {
	// Value is that of a cookie that names the session, whichever identity it has.
	Value string

	// InCookie says that Value contains all of the session, which was to move there from a record.
	InCookie bool

	// Record is what the next Save or Delete of this request begins from. With InCookie, it is the
	// record that may still be live, and Save with Write.Stay fails: what it saved there, Value
	// would not have.
	Record Record

	// Err is why it is not known.
	Err error
}

func (e *UnsettledError) Error() string {
	return "session: it is not known whether it was renewed: " + e.Err.Error()
}

func (e *UnsettledError) Unwrap() error { return e.Err }

// A MovedError says that the session is in another place under the same cookie value; see
// [Departer]. To a driver that does not know that place it has ended, so the error wraps
// [ErrUnknown] and [ErrEnded].
type MovedError struct {
	// Move is Write.Move of the write with which it departed.
	Move string
}

func (*MovedError) Error() string { return "session: it has moved to another backend" }

func (*MovedError) Unwrap() []error { return []error{ErrUnknown, ErrEnded} }

// Lookups is how many questions to stores the loading of one request's session may cost.
const Lookups = 16

type budgetKey struct{}

// A Budget counts the questions to stores of one request.
type Budget struct{ spent atomic.Int32 }

// BudgetKey is what the context that a manager passes to Load has its *[Budget] under.
var BudgetKey any = budgetKey{}

// Spend subtracts one question to a store from the request's budget. It returns [ErrTooManyLookups]
// if none is left, and nil if the context has no budget.
func Spend(ctx context.Context) error {
	if b, _ := ctx.Value(budgetKey{}).(*Budget); b != nil && b.spent.Add(1) > Lookups {
		return ErrTooManyLookups
	}
	return nil
}
