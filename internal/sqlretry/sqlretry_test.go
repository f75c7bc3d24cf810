package sqlretry

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

var (
	errUndone = errors.New("undone")
	errOther  = errors.New("other")
)

func isUndone(err error) bool { return errors.Is(err, errUndone) }

func TestDo_RepeatsWhatWasUndone(t *testing.T) {
	for _, test := range []struct {
		fails []error
		want  error
		calls int
	}{
		{nil, nil, 1},
		{[]error{errUndone, fmt.Errorf("wrapped: %w", errUndone)}, nil, 3},
		{[]error{errOther}, errOther, 1},
		{[]error{errUndone, errOther, errUndone}, errOther, 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			calls := 0
			err := Do(t.Context(), isUndone, func() error {
				if calls++; calls <= len(test.fails) {
					return test.fails[calls-1]
				}
				return nil
			})
			if err != test.want || calls != test.calls {
				t.Errorf("after %v, Do returned %v in %d calls", test.fails, err, calls)
			}
		})
	}
}

func TestDo_GivesUp(t *testing.T) {
	for _, limit := range []time.Duration{time.Second, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			start := time.Now()
			err := Do(ctx, isUndone, func() error { return errUndone })
			want := min(limit, For)
			if took := time.Since(start); err != errUndone || took < want || took > want+2*MaxPause {
				t.Errorf("with %v left, Do returned %v after %v", limit, err, took)
			}
		})
	}
}

// Errors of the shapes that drivers have.
type (
	pgError     struct{ state string }
	mysqlError  struct{ Number uint16 }
	sqliteError struct{ code int }
	cgoError    struct{ Code int }
)

func (e *pgError) Error() string    { return e.state }
func (e *pgError) SQLState() string { return e.state }
func (e *mysqlError) Error() string { return "" }
func (e sqliteError) Error() string { return "" }
func (e sqliteError) Code() int     { return e.code }
func (e cgoError) Error() string    { return "" }

func TestCodes_OfEachDriversErrors(t *testing.T) {
	wrap := func(err error) error { return fmt.Errorf("wrapped: %w", err) }
	if state, ok := PostgreSQL(wrap(&pgError{"40001"})); state != "40001" || !ok {
		t.Errorf("PostgreSQL returned %q, %t", state, ok)
	}
	for name, got := range map[string]func(error) (int, bool){"MySQL": MySQL, "SQLite": SQLite} {
		for _, test := range []struct {
			err  error
			want map[string]int
		}{
			{&mysqlError{1213}, map[string]int{"MySQL": 1213}},
			{(*mysqlError)(nil), nil},
			{sqliteError{517}, map[string]int{"SQLite": 5}},
			{cgoError{6}, map[string]int{"SQLite": 6}},
			{errOther, nil},
		} {
			want, has := test.want[name]
			if code, ok := got(wrap(test.err)); code != want || ok != has {
				t.Errorf("%s returned %d, %t for %#v", name, code, ok, test.err)
			}
		}
	}
	if _, ok := PostgreSQL(errOther); ok {
		t.Error("an error without a SQLSTATE has one")
	}
}
