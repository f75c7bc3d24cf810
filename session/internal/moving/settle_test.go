package moving_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/cookie"
	"github.com/wafer-go/wafer/session/internal/moving"
	"github.com/wafer-go/wafer/session/internal/record"
	"github.com/wafer-go/wafer/session/internal/record/recordtest"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// Whatever becomes of the calls that move a session, the visitor's cookie names it.
func TestMigrate_NoFaultSignsAVisitorOut(t *testing.T) {
	key := secret.New()
	wire := new(recordtest.Wire)
	signed := cookie.Signed(key)
	stored := func() driver.Backend { return record.Stored(recordtest.New(wire)) }
	overflow := func() driver.Backend { return record.Overflow(signed, recordtest.New(wire)) }
	for name, backends := range map[string]func() (to, from driver.Backend){
		"to another store": func() (to, from driver.Backend) { return stored(), stored() },
		"to the cookie":    func() (to, from driver.Backend) { return signed, stored() },
		"from the cookie":  func() (to, from driver.Backend) { return stored(), signed },
		"from an overflow": func() (to, from driver.Backend) { return stored(), overflow() },
		"to an overflow":   func() (to, from driver.Backend) { return overflow(), stored() },
		"from another's":   func() (to, from driver.Backend) { return stored(), recordtest.Retiring{Backend: stored()} },
		"from the least":   func() (to, from driver.Backend) { return stored(), recordtest.Least{Backend: stored()} },
	} {
		t.Run(name, func(t *testing.T) {
			for _, life := range []driver.Life{driver.Keep, driver.Renew} {
				recordtest.Scripts(4, func(script string) {
					synctest.Test(t, func(t *testing.T) {
						to, from := backends()
						checkMove(t, to, from, wire, life, script)
					})
				})
			}
		})
	}
}

func checkMove(t *testing.T, to, from driver.Backend, wire *recordtest.Wire, life driver.Life, script string) {
	config := driver.Config{CookieName: "s", MaxCookieSize: 4096, Timeout: time.Second}
	old, err := from.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	d, err := moving.Backend(to, from).Open(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, now := context.Background(), time.Unix(time.Now().Unix(), 0)
	w := driver.Write{Payload: []byte(`{"n":1}`), At: now, Expires: now.Add(time.Hour)}
	value, _, err := old.Save(ctx, nil, w)
	if err != nil {
		t.Fatal(err)
	}
	if w.From, err = d.Load(ctx, string(value)); err != nil {
		t.Fatal(err)
	}
	w.Payload, w.Life = []byte(`{"n":2}`), life
	wire.Begin(script)
	next, saved, told := d.Save(ctx, nil, w)
	wire.Recover()
	unsettled, ok := errors.AsType[*driver.UnsettledError](told)
	switch {
	case ok:
		value = []byte(unsettled.Value)
	case told == nil || saved != nil:
		value = next
	}
	found, err := d.Load(ctx, string(value))
	if err != nil || found.Superseded || told == nil && found.Payload != `{"n":2}` {
		t.Fatalf("life %d, script %s: told %v, the visitor has %q, superseded: %v, %v", life, script, told, found.Payload, found.Superseded, err)
	}
	if told == nil || saved == nil {
		return
	}
	// What was saved in spite of an error can be saved again, under the cookie that the visitor has.
	w.From, w.Payload, w.Life = driver.Snapshot{Record: saved}, []byte(`{"n":3}`), driver.Keep
	if next, _, err = d.Save(ctx, nil, w); err == nil && string(next) != string(value) {
		t.Errorf("life %d, script %s: told %v; the next save was under another value", life, script, told)
	}
}

// unanswered makes a save whose outcome is not known.
func unanswered(t *testing.T, d driver.Driver, wire *recordtest.Wire, outcome rune, w driver.Write) {
	t.Helper()
	wire.Begin(string(outcome))
	if _, saved, err := d.Save(t.Context(), nil, w); err == nil || saved != nil {
		t.Fatalf("it returned %v, %v", saved, err)
	}
	wire.Recover()
}

// A request whose move has an unknown outcome finds what the session was where it comes from when it
// loads it again, and else fails: what is in the other place may have what the request saved.
func TestMigrate_ReloadAfterAnUnknownMoveLooksNowhereElse(t *testing.T) {
	for name, tt := range map[string]struct {
		outcome rune
		from    driver.Backend
		then    string // what another request does meanwhile
	}{
		"not saved":      {recordtest.Refused, stored(), ""},
		"saved":          {recordtest.Lost, stored(), ""},
		"saved for good": {recordtest.Lost, recordtest.Retiring{Backend: stored()}, ""},
		"it departed":    {recordtest.Refused, stored(), "moves"},
		"it moved on":    {recordtest.Refused, recordtest.Retiring{Backend: stored()}, "moves"},
		"it was renewed": {recordtest.Refused, stored(), "renews"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				wire := new(recordtest.Wire)
				old := open(t, tt.from)
				d := open(t, moving.Backend(record.Stored(recordtest.New(wire)), opened{old}))
				value := save(t, old, write(driver.Snapshot{}, `{"n":1}`))
				mine, others := load(t, d, value), load(t, d, value)
				unanswered(t, d, wire, tt.outcome, write(mine, `{"n":2}`))
				switch tt.then {
				case "moves":
					save(t, d, write(others, `{"n":3}`))
				case "renews":
					w := write(load(t, old, value), `{"n":3}`)
					w.Life, w.Leave = driver.Renew, []byte(`{"n":1}`)
					save(t, old, w)
				}
				found, err := mine.Record.Reload(t.Context())
				if left := tt.then != ""; left != errors.Is(err, driver.ErrUnknownOutcome) || !left && (err != nil || found.Payload != `{"n":1}`) {
					t.Fatalf("it is reloaded as %q, %v", found.Payload, err)
				}
				if tt.then == "" {
					save(t, d, write(found, `{"n":4}`))
					if s := load(t, d, value); s.Payload != `{"n":4}` {
						t.Errorf("then it is saved as %q", s.Payload)
					}
				}
			})
		})
	}
}

// A request whose move has an unknown outcome saves the session again. What another request saved
// where the session comes from is not lost, and what the first save holds is not made twice.
func TestMigrate_ASecondSaveFindsOutAboutTheMove(t *testing.T) {
	unknown := 0
	for _, beside := range []bool{false, true} {
		recordtest.Scripts(4, func(script string) {
			synctest.Test(t, func(t *testing.T) {
				wire := new(recordtest.Wire)
				to, from := record.Stored(recordtest.New(wire)), record.Stored(recordtest.New(wire))
				config := driver.Config{CookieName: "s", MaxCookieSize: 4096, Timeout: time.Second}
				old, err := moving.Backend(from, to).Open(config)
				if err != nil {
					t.Fatal(err)
				}
				d, err := moving.Backend(to, from).Open(config)
				if err != nil {
					t.Fatal(err)
				}
				ctx, now := context.Background(), time.Unix(time.Now().Unix(), 0)
				save := func(d driver.Driver, s driver.Snapshot, payload string) (string, driver.Record, error) {
					value, saved, err := d.Save(ctx, nil, driver.Write{From: s, Payload: []byte(payload), At: now, Expires: now.Add(time.Hour)})
					return string(value), saved, err
				}
				load := func(d driver.Driver, value string) driver.Snapshot {
					s, err := d.Load(ctx, value)
					if err != nil {
						t.Fatalf("script %s: the cookie names no session: %v", script, err)
					}
					return s
				}
				value, _, err := save(old, driver.Snapshot{}, `{"n":1}`)
				if err != nil {
					t.Fatal(err)
				}
				s := load(d, value)
				wire.Begin(script)
				_, saved, err := save(d, s, `{"n":2}`)
				underWay := wire.Hold()
				if err == nil {
					return
				}
				unknown++
				if saved != nil {
					s.Record = saved
				}
				var besides error
				if beside {
					found := load(old, value)
					_, _, besides = save(old, found, strings.TrimSuffix(found.Payload, "}")+`,"m":9}`)
				}
				_, _, err = save(d, s, `{"n":3}`)
				underWay()
				switch has := load(d, value).Payload; {
				case err == nil && has != `{"n":3}`, err == nil && beside && besides == nil, errors.Is(err, driver.ErrConflict) && strings.Contains(has, `"n":2`):
					t.Errorf("script %s: told %v, and the other request %v; the visitor has %s", script, err, besides, has)
				}
			})
		})
	}
	if unknown == 0 {
		t.Error("no move had an unknown outcome")
	}
}

// A renewal in two steps whose outcome is not known has left a record under the new ID. If the session
// moves under the old one, the cookie of both names the session, and not that record.
func TestMigrate_ACookieOfTwoIDsFindsTheSessionThatMoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wire := new(recordtest.Wire)
		from := record.Stored(struct{ store.Store }{recordtest.New(wire)})
		to := record.Stored(memstore.New(nil))
		config := driver.Config{CookieName: "s", MaxCookieSize: 4096, Timeout: time.Second}
		open := func(b driver.Backend) driver.Driver {
			d, err := b.Open(config)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		first, next := open(moving.Backend(from, to)), open(moving.Backend(to, from))
		save := func(d driver.Driver, s driver.Snapshot, life driver.Life, payload string) (string, error) {
			value, _, err := d.Save(t.Context(), nil, driver.Write{From: s, Life: life, Payload: []byte(payload), At: time.Now(), Expires: time.Now().Add(time.Hour)})
			return string(value), err
		}
		load := func(d driver.Driver, value string) driver.Snapshot {
			s, err := d.Load(t.Context(), value)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		value, err := save(first, driver.Snapshot{}, driver.Keep, `{"n":1}`)
		if err != nil {
			t.Fatal(err)
		}
		s := load(first, value)
		wire.Begin(string(recordtest.Fine) + string(recordtest.Refused))
		_, err = save(first, s, driver.Renew, `{"n":2}`)
		wire.Recover()
		unsettled, ok := errors.AsType[*driver.UnsettledError](err)
		if !ok {
			t.Fatalf("the renewal returned %v", err)
		}
		if _, err := save(next, load(next, value), driver.Keep, `{"n":3}`); err != nil {
			t.Fatal(err)
		}
		for i, d := range []driver.Driver{first, next} {
			if found := load(d, unsettled.Value); found.Payload != `{"n":3}` {
				t.Errorf("server %d finds %s", i+1, found.Payload)
			}
		}
	})
}
