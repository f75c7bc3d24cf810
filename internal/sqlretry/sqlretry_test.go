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

func TestDo_IsNotRepeatedAfterFor(t *testing.T) {
	for took, want := range map[time.Duration]int{For - 1: 2, For: 1} {
		synctest.Test(t, func(t *testing.T) {
			calls := 0
			_ = Do(t.Context(), isUndone, func() error {
				if calls++; calls == 1 {
					time.Sleep(took)
				}
				return errUndone
			})
			if calls != want {
				t.Errorf("after a call of %v there were %d calls, want %d", took, calls, want)
			}
		})
	}
}

// The engine rests longer after each call, and those who met do not meet again.
func TestDo_PausesGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var last time.Time
		pause := firstPause
		_ = Do(t.Context(), isUndone, func() error {
			if now := time.Now(); !last.IsZero() {
				if got := now.Sub(last); got < pause/2 || got >= pause*3/2 {
					t.Errorf("the pause is %v, want half to one and a half of %v", got, pause)
				}
				pause = min(2*pause, MaxPause)
			}
			last = time.Now()
			return errUndone
		})
		if pause != MaxPause {
			t.Errorf("the pauses grow to %v", pause)
		}
	})
}

// Errors of the shapes that drivers have.
type (
	pgError     struct{ state string }
	mysqlError  struct{ Number uint16 }
	sqliteError struct{ code int }
	cgoError    struct{ Code int }
	wideError   struct{ Number uint64 }
)

func (e *pgError) Error() string    { return e.state }
func (e *pgError) SQLState() string { return e.state }
func (e *mysqlError) Error() string { return "" }
func (e sqliteError) Error() string { return "" }
func (e sqliteError) Code() int     { return e.code }
func (e cgoError) Error() string    { return "" }
func (e wideError) Error() string   { return "" }

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
			{wideError{1<<31 - 1}, map[string]int{"MySQL": 1<<31 - 1}},
			{wideError{1 << 31}, nil}, // not an int on every machine
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

func TestUndid_WhatEachEngineUndid(t *testing.T) {
	for state, want := range map[string]bool{"40001": true, "40P01": true, "40002": false, "23505": false, "": false} {
		if PostgreSQLUndid(state) != want {
			t.Errorf("PostgreSQL, %q: want %t", state, want)
		}
	}
	for number, want := range map[int]bool{1213: true, 1020: true, 1205: false, 1062: false, 0: false} {
		if MySQLUndid(number) != want {
			t.Errorf("MySQL, %d: want %t", number, want)
		}
	}
	for code, want := range map[int]bool{5: true, 6: true, 4: false, 7: false, 19: false, 0: false} {
		if SQLiteUndid(code) != want {
			t.Errorf("SQLite, %d: want %t", code, want)
		}
	}
}

// The last try may be what the time ends, and says nothing of what kept it so long.
func TestDo_TellsWhatWasUndoneBeforeTheTimeWasOver(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	err := Do(ctx, isUndone, func() error {
		if calls++; calls == 1 {
			return errUndone
		}
		cancel()
		return ctx.Err()
	})
	if !errors.Is(err, context.Canceled) || !errors.Is(err, errUndone) || calls != 2 {
		t.Errorf("after %d calls the error is %v", calls, err)
	}
}
