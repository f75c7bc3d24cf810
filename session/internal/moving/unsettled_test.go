package moving_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/cookie"
	"github.com/wafer-go/wafer/session/internal/moving"
	"github.com/wafer-go/wafer/session/internal/record"
	"github.com/wafer-go/wafer/session/internal/record/recordtest"
	"github.com/wafer-go/wafer/store/memstore"
)

// Whatever becomes of the calls that move a session, the same request can still end it in every
// store, or save it again, which its own move does not prevent.
func TestMigrate_AfterAFaultARequestCanEndTheSessionOrSaveItAgain(t *testing.T) {
	wire := new(recordtest.Wire)
	signed := cookie.Signed(secret.New())
	stored := func() driver.Backend { return record.Stored(recordtest.New(wire)) }
	for name, backends := range map[string]func() (to, from driver.Backend){
		"to another store":              func() (to, from driver.Backend) { return stored(), stored() },
		"to the cookie":                 func() (to, from driver.Backend) { return signed, stored() },
		"to the cookie, from another's": func() (to, from driver.Backend) { return signed, recordtest.Retiring{Backend: stored()} },
		"to the cookie, from the least": func() (to, from driver.Backend) { return signed, recordtest.Least{Backend: stored()} },
		"to the cookie, from two":       func() (to, from driver.Backend) { return signed, moving.Backend(stored(), stored()) },
		"to an overflow":                func() (to, from driver.Backend) { return record.Overflow(signed, recordtest.New(wire)), stored() },
		"to an overflow, from the least": func() (to, from driver.Backend) {
			return record.Overflow(signed, recordtest.New(wire)), recordtest.Least{Backend: stored()}
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, owner := range []string{"ada", ""} {
				for _, life := range []driver.Life{driver.Keep, driver.Renew} {
					recordtest.Scripts(4, func(script string) {
						for _, ends := range []bool{true, false} {
							synctest.Test(t, func(t *testing.T) {
								to, from := backends()
								w := write(driver.Snapshot{}, `{"n":1}`)
								w.Owner = owner
								checkAfterFault(t, to, from, wire, w, life, script, ends)
							})
						}
					})
				}
			}
		})
	}
}

func checkAfterFault(t *testing.T, to, from driver.Backend, wire *recordtest.Wire, w driver.Write, life driver.Life, script string, ends bool) {
	old := open(t, from)
	d := open(t, moving.Backend(to, opened{old}))
	value := save(t, old, w)
	w.From = load(t, d, value)
	w.Payload, w.Life = []byte(`{"n":2}`), life
	wire.Begin(script)
	next, saved, told := d.Save(t.Context(), nil, w)
	wire.Recover()
	if told == nil {
		return
	}
	has := value // as the visitor's cookie
	unsettled, ok := errors.AsType[*driver.UnsettledError](told)
	switch {
	case ok:
		has, w.From.Record = unsettled.Value, unsettled.Record
	case saved != nil:
		has, w.From, w.Life = string(next), driver.Snapshot{Record: saved}, driver.Keep
	}
	what := fmt.Sprintf("owner %q, life %d, script %s: told %v", w.Owner, life, script, told)
	if ends {
		if err := d.Delete(t.Context(), w.From); err != nil {
			t.Fatalf("%s; the sign-out: %v", what, err)
		}
	} else {
		w.Payload = []byte(`{"n":3}`)
		next, _, err := d.Save(t.Context(), nil, w)
		switch {
		case err == nil:
			has = string(next)
		case unsettled != nil && unsettled.InCookie, !errors.Is(err, driver.ErrUnknownOutcome):
			t.Fatalf("%s, and then %v", what, err)
		}
		s, loading := d.Load(t.Context(), has)
		if loading != nil || s.Superseded || err == nil && s.Payload != `{"n":3}` {
			t.Errorf("%s, and then %v; the visitor has %q, superseded: %t, %v", what, err, s.Payload, s.Superseded, loading)
		}
		if err != nil || has == value {
			return
		}
	}
	for place, d := range map[string]driver.Driver{"the old place": old, "both": d} {
		if s, err := d.Load(t.Context(), value); !errors.Is(err, driver.ErrRefused) && !s.Superseded {
			t.Errorf("%s, and then it was ended: %t; %s finds %q, %v", what, ends, place, s.Payload, err)
		}
	}
}

// Once the visitor may have the session in the cookie, it is not saved to the old record anymore,
// and a copy that its new place still has beside the cookie can be ended as well.
func TestMigrate_AfterAMoveIntoTheCookieWithoutAnAnswerNothingStays(t *testing.T) {
	signed := cookie.Signed(secret.New())
	for name, backends := range map[string]func() (to driver.Backend, from driver.Driver, again bool){
		"to the cookie": func() (driver.Backend, driver.Driver, bool) { return signed, silent{open(t, stored())}, false },
		"in two saves": func() (driver.Backend, driver.Driver, bool) {
			return record.Overflow(signed, memstore.New(nil)), &deaf{Driver: prefixed{open(t, stored())}}, true
		},
	} {
		to, from, again := backends()
		both := open(t, moving.Backend(to, opened{from}))
		value := save(t, from, write(driver.Snapshot{}, `{"n":1}`))
		w := write(load(t, both, value), `{"n":2}`)
		_, saved, err := both.Save(t.Context(), nil, w)
		if again { // it is in a record, and gets small enough
			if saved == nil {
				t.Fatalf("%s: the move without an answer saved %v, %v", name, saved, err)
			}
			w.From, w.Owner = driver.Snapshot{Record: saved}, ""
			_, saved, err = both.Save(t.Context(), nil, w)
		}
		unsettled, ok := errors.AsType[*driver.UnsettledError](err)
		if !ok || saved != nil {
			t.Fatalf("%s: the move without an answer saved %v, %v", name, saved, err)
		}
		if s := load(t, both, unsettled.Value); s.Payload != `{"n":2}` {
			t.Errorf("%s: the visitor has %q", name, s.Payload)
		}
		w.From, w.Stay = driver.Snapshot{Record: unsettled.Record}, true
		if found, err := unsettled.Record.Reload(t.Context()); err == nil {
			w.From = found
		}
		if _, saved, err := both.Save(t.Context(), nil, w); saved != nil || !errors.Is(err, driver.ErrUnknownOutcome) {
			t.Errorf("%s: a save that stays returns %v, %v", name, saved, err)
		}
		if d, ok := from.(*deaf); ok {
			d.hears = true
		}
		if err := both.Delete(t.Context(), w.From); err != nil {
			t.Fatal(err)
		}
		if s, err := from.Load(t.Context(), value); !errors.Is(err, driver.ErrRefused) {
			t.Errorf("%s: after the sign-out the old place has %q, %v", name, s.Payload, err)
		}
	}
}

// A deaf driver ends nothing until it hears.
type deaf struct {
	driver.Driver
	hears bool
}

func (*deaf) Retire(context.Context, driver.Write) error { return errors.New("no answer") }

func (d *deaf) Delete(ctx context.Context, from driver.Snapshot) error {
	if !d.hears {
		return errors.New("no answer")
	}
	return d.Driver.Delete(ctx, from)
}

// unsettled saves a session that is to move into the cookie, without an answer, and returns what it
// may still be in.
func unsettled(t *testing.T, d driver.Driver, wire *recordtest.Wire, w driver.Write) driver.Record {
	t.Helper()
	wire.Begin(string(recordtest.Refused))
	_, _, err := d.Save(t.Context(), nil, w)
	wire.Recover()
	told, ok := errors.AsType[*driver.UnsettledError](err)
	if !ok || !told.InCookie {
		t.Fatal(err)
	}
	return told.Record
}

// A sign-out after such a move in the place where sessions move to ends the copies of the others, and
// leaves the mark that a slower request meets.
func TestMigrate_Delete_AfterAMoveIntoTheCookieWithoutAnAnswer(t *testing.T) {
	for what, hide := range map[string]func(driver.Backend) driver.Backend{
		"ours":      func(b driver.Backend) driver.Backend { return b },
		"another's": func(b driver.Backend) driver.Backend { return recordtest.Retiring{Backend: b} },
		"the least": func(b driver.Backend) driver.Backend { return recordtest.Least{Backend: b} },
	} {
		for _, copied := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				wire, oldWire := new(recordtest.Wire), new(recordtest.Wire)
				to := record.Overflow(cookie.Signed(secret.New()), recordtest.New(wire))
				old, next := open(t, record.Stored(recordtest.New(oldWire))), open(t, to)
				d := open(t, moving.Backend(opened{next}, hide(opened{old})))
				first := write(driver.Snapshot{}, `{"n":1}`)
				value := save(t, old, first)
				slower := write(load(t, d, value), `{"n":2}`)
				if copied {
					first.From.Record, _ = next.(driver.Adopter).Adopt(value)
					save(t, next, first)
				} else {
					save(t, d, write(load(t, d, value), `{"n":3}`)) // a user's, so it is in a record
				}
				w := write(load(t, d, value), `{"n":4}`)
				w.Owner = ""
				w.From.Record = unsettled(t, d, wire, w)
				if err := d.Delete(t.Context(), w.From); err != nil {
					t.Fatal(err)
				}
				oldWire.Begin(string(recordtest.Refused))
				_, _, told := d.Save(t.Context(), nil, slower)
				oldWire.Recover()
				for place, d := range map[string]driver.Driver{"the old place": old, "both": d} {
					if s, err := d.Load(t.Context(), value); err == nil && !s.Superseded {
						t.Errorf("from %s, copied %t: the slower request is told %v, and %s has %s", what, copied, told, place, s.Payload)
					}
				}
			})
		}
	}
}

// If a session has left its record for the cookie, and only the look for its copies failed, it can be
// saved again.
func TestMigrate_AMoveIntoTheCookieThatOnlyMissedTheCopiesCanBeSavedAgain(t *testing.T) {
	for _, owner := range []string{"", "ada"} {
		synctest.Test(t, func(t *testing.T) {
			wire := new(recordtest.Wire)
			to := record.Overflow(cookie.Signed(secret.New()), memstore.New(nil))
			d := open(t, moving.Backend(to, record.Stored(recordtest.New(wire))))
			value := save(t, d, write(driver.Snapshot{}, `{"n":1}`))
			w := write(load(t, d, value), `{"n":2}`)
			w.Owner, w.Life = "", driver.Renew
			w.From.Record = unsettled(t, d, wire, w)
			w.Payload, w.Owner = []byte(`{"n":3}`), owner
			if _, err := w.From.Record.Reload(t.Context()); !errors.Is(err, driver.ErrUnknownOutcome) {
				t.Errorf("it is loaded again with %v", err)
			}
			if s := load(t, d, save(t, d, w)); s.Payload != `{"n":3}` {
				t.Errorf("it is saved as %q", s.Payload)
			}
		})
	}
}
