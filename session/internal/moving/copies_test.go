package moving_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/moving"
	"github.com/wafer-go/wafer/session/internal/record"
	"github.com/wafer-go/wafer/session/internal/record/recordtest"
	"github.com/wafer-go/wafer/store/memstore"
)

// renamed is JSON by another name, and so another format.
type renamed struct{ driver.Codec }

func (renamed) Name() string { return "renamed" }

// opened is a backend whose driver is open already.
type opened struct{ driver.Driver }

func (b opened) Open(driver.Config) (driver.Driver, error) { return b.Driver, nil }

// recoded is a driver that says to write another format.
type recoded struct{ driver.Driver }

func (d recoded) Info() driver.Info {
	info := d.Driver.Info()
	info.Codec = renamed{info.Codec}
	return info
}

func open(t *testing.T, b driver.Backend) driver.Driver {
	t.Helper()
	d, err := b.Open(driver.Config{CookieName: "s", MaxCookieSize: 4096})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func save(t *testing.T, d driver.Driver, w driver.Write) string {
	t.Helper()
	value, _, err := d.Save(t.Context(), nil, w)
	if err != nil {
		t.Fatal(err)
	}
	return string(value)
}

func load(t *testing.T, d driver.Driver, value string) driver.Snapshot {
	t.Helper()
	s, err := d.Load(t.Context(), value)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A tool may have copied a session to another store, or to another format in the same one. No copy
// lives on when the session ends or gets another ID.
func TestMigrate_EndsCopies(t *testing.T) {
	another := stated{Name: "other", Codec: renamed{driver.JSON}}
	for how, end := range map[string]func(d driver.Driver, w driver.Write) error{
		"deleted": func(d driver.Driver, w driver.Write) error { return d.Delete(t.Context(), w.From) },
		"renewed": func(d driver.Driver, w driver.Write) error {
			w.Life = driver.Renew
			_, _, err := d.Save(t.Context(), nil, w)
			return err
		},
		"replaced": func(d driver.Driver, w driver.Write) error {
			w.Life = driver.Begin
			_, _, err := d.Save(t.Context(), nil, w)
			return err
		},
	} {
		st := memstore.New(nil)
		for where, from := range map[string]driver.Backend{
			"the same store": record.Overflow(another, st), "another store": record.Overflow(another, memstore.New(nil)),
		} {
			to := record.Stored(st)
			old, next, both := open(t, from), open(t, to), open(t, moving.Backend(to, from))
			w := write(driver.Snapshot{}, "{}")
			value := save(t, old, w)
			w.From.Record, _ = next.(driver.Adopter).Adopt(value)
			save(t, next, w)
			if err := end(both, write(load(t, both, value), "{}")); err != nil {
				t.Fatal(err)
			}
			for i, d := range []driver.Driver{old, next, both} {
				// A renewal leaves word where the session was.
				if s, err := d.Load(t.Context(), value); !errors.Is(err, driver.ErrUnknown) && !s.Superseded {
					t.Errorf("a session that was %s: of the copy in %s, driver %d still has %q, %v", how, where, i, s.Payload, err)
				}
			}
		}
	}
}

// What another driver finds may be the session itself, and not a copy of it.
func TestMigrate_Save_AnEmptySessionIsNotItsOwnCopy(t *testing.T) {
	to := record.Stored(memstore.New(nil))
	both := open(t, moving.Backend(to, opened{recoded{open(t, to)}}))
	value := save(t, both, write(driver.Snapshot{}, `{"n":1}`))
	w := write(load(t, both, value), "{}")
	w.Empty = true
	save(t, both, w)
	if s := load(t, both, value); s.Payload != "{}" {
		t.Errorf("the session has %q", s.Payload)
	}
}

// Of a driver that cannot retire a session, a look at it says whether it was renewed since it was
// loaded. Then it does not move, because it would be there twice.
func TestMigrate_Save_ASessionThatWasRenewedDoesNotMove(t *testing.T) {
	inner := open(t, record.Stored(memstore.New(nil)))
	from, to := opened{struct{ driver.Driver }{inner}}, record.Stored(memstore.New(nil))
	both := open(t, moving.Backend(to, from))
	value := save(t, inner, write(driver.Snapshot{}, `{"n":1}`))
	s := load(t, both, value)
	renewal := write(load(t, inner, value), `{"n":2}`)
	renewal.Life, renewal.Leave = driver.Renew, []byte(`{"n":1}`)
	fresh := save(t, inner, renewal)
	if _, _, err := both.Save(t.Context(), nil, write(s, `{"n":3}`)); !errors.Is(err, driver.ErrEnded) {
		t.Errorf("it is saved: %v", err)
	}
	if s := load(t, both, fresh); s.Payload != `{"n":2}` || s.Superseded {
		t.Errorf("the renewed session has %q", s.Payload)
	}
	if s, err := open(t, to).Load(t.Context(), value); err == nil && !s.Superseded {
		t.Errorf("the old ID has %q where sessions move to", s.Payload)
	}
}

// A request that has read a session in the old place may move it after another has moved it and ended
// it. It meets a mark then, also if no answer of the old place arrives which would tell it.
func TestMigrate_Delete_ASlowerMoveDoesNotBringTheSessionBack(t *testing.T) {
	for what, hide := range map[string]func(driver.Backend) driver.Backend{
		"ours":      func(b driver.Backend) driver.Backend { return b },
		"another's": func(b driver.Backend) driver.Backend { return recordtest.Retiring{Backend: b} },
		"the least": func(b driver.Backend) driver.Backend { return recordtest.Least{Backend: b} },
	} {
		synctest.Test(t, func(t *testing.T) {
			wire := new(recordtest.Wire)
			old := open(t, record.Stored(recordtest.New(wire)))
			d := open(t, moving.Backend(stored(), hide(opened{old})))
			value := save(t, old, write(driver.Snapshot{}, `{"n":1}`))
			slower := write(load(t, d, value), `{"n":2}`)
			save(t, d, write(load(t, d, value), `{"n":3}`))
			if err := d.Delete(t.Context(), load(t, d, value)); err != nil {
				t.Fatal(err)
			}
			wire.Begin(string(recordtest.Refused))
			_, _, told := d.Save(t.Context(), nil, slower)
			wire.Recover()
			if s, err := d.Load(t.Context(), value); err == nil {
				t.Errorf("from %s: the slower request is told %v, and the session is back: %s", what, told, s.Payload)
			}
		})
	}
}
