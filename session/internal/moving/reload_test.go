package moving_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/cookie"
	"github.com/wafer-go/wafer/session/internal/moving"
	"github.com/wafer-go/wafer/session/internal/record"
	"github.com/wafer-go/wafer/session/internal/record/recordtest"
)

// Once a save has succeeded, the earlier one of unknown outcome does not matter anymore: a stream
// hears that the session has ended.
func TestMigrate_Reload_AfterASaveThatSucceededLooksEverywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wire := new(recordtest.Wire)
		old := open(t, record.Stored(recordtest.New(wire)))
		d := open(t, moving.Backend(cookie.Signed(secret.New()), opened{old}))
		value := save(t, old, write(driver.Snapshot{}, `{"n":1}`))
		w := write(load(t, d, value), `{"n":2}`)
		w.Stay = true
		unanswered(t, d, wire, recordtest.Refused, w)
		_, saved, err := d.Save(t.Context(), nil, w)
		if err != nil {
			t.Fatal(err)
		}
		save(t, d, write(load(t, d, value), `{"n":3}`)) // it moves to the cookie
		if found, err := saved.Reload(t.Context()); err != nil || !found.Superseded {
			t.Errorf("it is reloaded as %+v, %v", found, err)
		}
	})
}

// A move of unknown outcome that then meets what another request has left where it moves to is not a
// conflict: Reload would find the same each time, and the next save meet it again.
func TestMigrate_Save_AfterAnUnknownMoveIsNotInConflictWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		toWire, oldWire := new(recordtest.Wire), new(recordtest.Wire)
		old := prefixed{open(t, record.Stored(recordtest.New(oldWire)))}
		d := open(t, moving.Backend(record.Stored(recordtest.New(toWire)), opened{old}))
		value := save(t, old, write(driver.Snapshot{}, `{"n":1}`))
		mine, others := load(t, d, value), load(t, d, value)
		unanswered(t, d, toWire, recordtest.Refused, write(mine, `{"n":2}`))
		oldWire.Begin(string(recordtest.Refused)) // another request marks the move, and does not finish it
		_, _, _ = d.Save(t.Context(), nil, write(others, `{"n":3}`))
		oldWire.Recover()
		for range 3 {
			_, _, err := d.Save(t.Context(), nil, write(mine, `{"n":4}`))
			if !errors.Is(err, driver.ErrConflict) {
				if !errors.Is(err, driver.ErrUnknownOutcome) {
					t.Errorf("it returns %v", err)
				}
				return
			}
			if mine, err = mine.Record.Reload(t.Context()); err != nil {
				return
			}
		}
		t.Error("it is in conflict each time")
	})
}

// A session that is renewed after a move of unknown outcome has another destination: requests with
// its new value meet there what this one leaves, also if no answer of the old place arrives.
func TestMigrate_Save_ARenewedSessionHasAnotherDestination(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		toWire, oldWire := new(recordtest.Wire), new(recordtest.Wire)
		old := prefixed{open(t, record.Stored(recordtest.New(oldWire)))}
		d := open(t, moving.Backend(record.Stored(recordtest.New(toWire)), opened{old}))
		w := write(load(t, d, save(t, old, write(driver.Snapshot{}, `{"n":1}`))), `{"n":2}`)
		unanswered(t, d, toWire, recordtest.Refused, w)
		w.Life, w.Stay = driver.Renew, true
		value, renewed, err := d.Save(t.Context(), nil, w)
		if err != nil {
			t.Fatal(err)
		}
		others := load(t, d, string(value))
		save(t, d, write(driver.Snapshot{Record: renewed}, `{"n":3}`))
		oldWire.Begin(string(recordtest.Refused))
		if _, _, err := d.Save(t.Context(), nil, write(others, `{"n":4}`)); !errors.Is(err, driver.ErrConflict) {
			t.Errorf("another request is told %v", err)
		}
	})
}
