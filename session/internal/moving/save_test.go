package moving_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/moving"
	"github.com/wafer-go/wafer/session/internal/record"
	"github.com/wafer-go/wafer/session/internal/record/recordtest"
	"github.com/wafer-go/wafer/store/memstore"
)

// A plain backend keeps the payload itself in the cookie.
type plain struct{}

func (plain) Open(driver.Config) (driver.Driver, error) { return plain{}, nil }
func (plain) Info() driver.Info                         { return driver.Info{Name: "plain", Codec: driver.JSON} }

func (plain) Load(_ context.Context, value string) (driver.Snapshot, error) {
	if !strings.HasPrefix(value, "{") {
		return driver.Snapshot{}, driver.ErrMalformed
	}
	return driver.Snapshot{Payload: value}, nil
}

func (plain) Save(_ context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
	return append(dst, w.Payload...), nil, nil
}

func (plain) Delete(context.Context, driver.Snapshot) error { return nil }

// A prefixed driver has records whose values are not IDs, so that no other driver adopts them.
type prefixed struct{ driver.Driver }

const prefix = "x."

func (p prefixed) Load(ctx context.Context, value string) (driver.Snapshot, error) {
	id, ok := strings.CutPrefix(value, prefix)
	if !ok {
		return driver.Snapshot{}, driver.ErrMalformed
	}
	return p.Driver.Load(ctx, id)
}

func (p prefixed) Save(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
	value, saved, err := p.Driver.Save(ctx, nil, w)
	if err != nil {
		return dst, saved, err
	}
	return append(append(dst, prefix...), value...), saved, nil
}

func (p prefixed) Retire(ctx context.Context, w driver.Write) error {
	return p.Driver.(driver.Retirer).Retire(ctx, w)
}

func stored() driver.Backend { return record.Stored(memstore.New(nil)) }

// Without a cookie in the response, a session moves only if it keeps the value that it has.
func TestMigrate_Save_MovesAloneUnderTheSameValue(t *testing.T) {
	for what, tt := range map[string]struct {
		to    driver.Backend
		from  driver.Driver
		moves bool
	}{
		"to another store":       {stored(), open(t, stored()), true},
		"to a cookie":            {plain{}, open(t, stored()), false},
		"from values of its own": {stored(), prefixed{open(t, stored())}, false},
	} {
		for _, life := range []driver.Life{driver.Keep, driver.Renew} {
			both := open(t, moving.Backend(tt.to, recordtest.Retiring{Backend: opened{tt.from}}))
			if what == "to another store" {
				both = open(t, moving.Backend(tt.to, opened{tt.from}))
			}
			w := write(driver.Snapshot{}, `{"n":1}`)
			value := save(t, tt.from, w)
			w.From, w.Payload, w.Stay, w.Life = load(t, both, value), []byte(`{"n":2}`), true, life
			next, saved, err := both.Save(t.Context(), []byte("before "), w)
			if err != nil {
				t.Fatal(err)
			}
			text, ok := strings.CutPrefix(string(next), "before ")
			if !ok || (text == value) != (life == driver.Keep) {
				t.Errorf("%s, life %d: the value %s is now %q", what, life, value, next)
			}
			if s, err := saved.Reload(t.Context()); err != nil || s.Superseded || s.Payload != `{"n":2}` {
				t.Errorf("%s, life %d: what was saved is reloaded as %q, %v", what, life, s.Payload, err)
			}
			if s, err := tt.from.Load(t.Context(), text); (err == nil) == tt.moves {
				t.Errorf("%s, life %d: where it was there is %q, %v", what, life, s.Payload, err)
			}
		}
	}
}

func TestMigrate_Save_WhatBeginsAnewEndsTheOldSession(t *testing.T) {
	old := open(t, stored())
	both := open(t, moving.Backend(stored(), opened{old}))
	value := save(t, old, write(driver.Snapshot{}, `{"n":1}`))
	w := write(load(t, both, value), `{"n":2}`)
	w.Life = driver.Begin
	next := save(t, both, w)
	if s := load(t, both, next); next == value || s.Payload != `{"n":2}` {
		t.Errorf("the new session has %q", s.Payload)
	}
	for i, d := range []driver.Driver{old, both} {
		if s, err := d.Load(t.Context(), value); !errors.Is(err, driver.ErrUnknown) {
			t.Errorf("driver %d has the old session: %q, %v", i, s.Payload, err)
		}
	}
}

// The mark of a session that has ended lasts for a day, so a request that is half as old must look.
func TestMigrate_Save_AfterTwelveHoursItIsLoadedAgain(t *testing.T) {
	for wait, conflicts := range map[time.Duration]bool{12 * time.Hour: false, 12*time.Hour + 1: true} {
		synctest.Test(t, func(t *testing.T) {
			old := open(t, stored())
			both := open(t, moving.Backend(stored(), opened{old}))
			w := write(driver.Snapshot{}, "{}")
			w.Expires = w.At.Add(48 * time.Hour)
			w.From = load(t, both, save(t, old, w))
			time.Sleep(wait)
			if _, _, err := both.Save(t.Context(), nil, w); errors.Is(err, driver.ErrConflict) != conflicts || err != nil && !conflicts {
				t.Errorf("%v after it was loaded: %v", wait, err)
			}
		})
	}
}

// Requests that were sent before the move find where it was what they may read, unless they find the
// session itself under the same value.
func TestMigrate_Save_LeavesWordWhereItIsNeeded(t *testing.T) {
	const payload, leave = `{"n":2}`, `{"n":"left"}`
	for what, tt := range map[string]struct {
		to    driver.Backend
		from  driver.Driver
		life  driver.Life
		leave string
		want  string // empty: nothing
	}{
		"the same value":       {stored(), open(t, stored()), driver.Keep, "", ""},
		"a cookie":             {plain{}, open(t, stored()), driver.Keep, "", payload},
		"a cookie, renewed":    {plain{}, open(t, stored()), driver.Renew, "", "{}"},
		"a cookie, and a word": {plain{}, open(t, stored()), driver.Renew, leave, leave},
		"another value":        {stored(), prefixed{open(t, stored())}, driver.Keep, "", payload},
	} {
		both := open(t, moving.Backend(tt.to, recordtest.Retiring{Backend: opened{tt.from}}))
		w := write(driver.Snapshot{}, `{"n":1}`)
		value := save(t, tt.from, w)
		w.From, w.Payload, w.Life = load(t, both, value), []byte(payload), tt.life
		if tt.leave != "" {
			w.Leave = []byte(tt.leave)
		}
		next := save(t, both, w)
		if s := load(t, both, next); s.Payload != payload || s.Superseded {
			t.Errorf("%s: the session has %q", what, s.Payload)
		}
		s, err := tt.from.Load(t.Context(), value)
		if tt.want == "" && !errors.Is(err, driver.ErrEnded) || tt.want != "" && (err != nil || !s.Superseded || s.Payload != tt.want) {
			t.Errorf("%s: where it was there is %q, %v, want %q", what, s.Payload, err, tt.want)
		}
	}
}

// The manager refuses a cookie that is too large. The session is where it was then.
func TestMigrate_Save_ACookieThatIsTooLargeEndsNothing(t *testing.T) {
	for size, moves := range map[int]bool{99: true, 100: true, 101: false} {
		old := open(t, stored())
		both, err := moving.Backend(plain{}, opened{old}).Open(driver.Config{CookieName: "s", MaxCookieSize: 101})
		if err != nil {
			t.Fatal(err)
		}
		w := write(driver.Snapshot{}, `{"n":1}`)
		value := save(t, old, w)
		w.From, w.Payload = load(t, both, value), []byte(`{"n":"`+strings.Repeat("x", size-8)+`"}`)
		if next, _, err := both.Save(t.Context(), []byte("before "), w); err != nil || string(next) != "before "+string(w.Payload) {
			t.Errorf("%d bytes are saved as %q, %v", size, next, err)
		}
		if s, err := old.Load(t.Context(), value); (err != nil || s.Superseded) != moves {
			t.Errorf("after %d bytes, there is %q where it was, %v", size, s.Payload, err)
		}
	}
}

// What a save returns can be saved again, in whatever way the first one went.
func TestMigrate_Save_CanBeMadeTwice(t *testing.T) {
	for what, tt := range map[string]struct {
		script  string
		arrived bool // before the first save
		life    driver.Life
	}{
		"a move": {"f", false, driver.Keep}, "a move that renews": {"f", false, driver.Renew},
		"a renewal": {"f", true, driver.Renew}, "a renewal that had no answer": {"r", true, driver.Renew}, "one whose answer was lost": {"l", true, driver.Renew},
	} {
		synctest.Test(t, func(t *testing.T) {
			wire := new(recordtest.Wire)
			old, to := open(t, stored()), record.Stored(recordtest.New(wire))
			both, err := moving.Backend(to, opened{old}).Open(driver.Config{CookieName: "s", MaxCookieSize: 4096, Timeout: time.Second})
			if err != nil {
				t.Fatal(err)
			}
			first := old
			if tt.arrived {
				first = both
			}
			w := write(driver.Snapshot{}, `{"n":1}`)
			value := save(t, first, w)
			w.From, w.Payload, w.Life = load(t, both, value), []byte(`{"n":2}`), tt.life
			wire.Begin(tt.script)
			next, saved, err := both.Save(t.Context(), nil, w)
			wire.Recover()
			if unsettled, ok := errors.AsType[*driver.UnsettledError](err); ok {
				next, saved = []byte(unsettled.Value), unsettled.Record
			} else if err != nil {
				t.Fatal(what, err)
			}
			w.From, w.Payload, w.Life = driver.Snapshot{Payload: `{"n":2}`, Record: saved}, []byte(`{"n":3}`), driver.Keep
			if _, _, err := both.Save(t.Context(), nil, w); err != nil {
				t.Errorf("%s: the second save: %v", what, err)
			}
			if s := load(t, both, string(next)); s.Payload != `{"n":3}` || s.Superseded {
				t.Errorf("%s: the visitor has %q", what, s.Payload)
			}
		})
	}
}

// A session that moves is written in the other format, and so is what is left of one that stays.
func TestMigrate_Save_IsInTheFormatOfItsPlace(t *testing.T) {
	of := func(codec driver.Codec) driver.Driver {
		return open(t, record.Overflow(stated{Name: "other", Codec: codec}, memstore.New(nil)))
	}
	for payload, good := range map[string]bool{`{"n":"é"}`: true, `{"n":nul}`: false} {
		old := of(renamed{driver.JSON})
		both := open(t, moving.Backend(stored(), opened{old}))
		w := write(driver.Snapshot{}, payload)
		value := save(t, old, w)
		w.From, w.Payload, w.Life = load(t, both, value), []byte(`{"n":2}`), driver.Renew
		next, _, err := both.Save(t.Context(), nil, w)
		if (err == nil) != good {
			t.Errorf("%s moves: %v", payload, err)
		} else if good {
			value = string(next)
		}
		if s := load(t, both, value); s.Superseded || s.Payload != map[bool]string{true: `{"n":2}`, false: payload}[good] {
			t.Errorf("of %s the visitor has %q", payload, s.Payload)
		}
	}
	old := of(flask.Codec)
	both := open(t, moving.Backend(plain{}, opened{old}))
	w := write(driver.Snapshot{}, "{}")
	value := save(t, old, w)
	w.From, w.Payload, w.Leave, w.Life, w.Stay = load(t, both, value), []byte(`{"n":"é"}`), []byte(`{"m":"é"}`), driver.Renew, true
	next := save(t, both, w)
	if s := load(t, old, next); s.Payload != `{"n":"\u00e9"}` {
		t.Errorf("a session that stays is written as %s", s.Payload)
	}
	if s := load(t, old, value); !s.Superseded || s.Payload != `{"m":"\u00e9"}` {
		t.Errorf("what is left of it is written as %s", s.Payload)
	}
}

// A session is listed once, as the place has it in which it counts.
func TestMigrate_All_ListsEachSessionOnce(t *testing.T) {
	from, to := stored(), stored()
	old, next, both := open(t, from), open(t, to), open(t, moving.Backend(to, from))
	adopt := func(value, payload, move string) {
		w := write(driver.Snapshot{}, payload)
		w.From.Record, _ = next.(driver.Adopter).Adopt(value)
		w.Move = move
		save(t, next, w)
	}
	save(t, old, write(driver.Snapshot{}, `{"n":"old"}`))
	save(t, next, write(driver.Snapshot{}, `{"n":"new"}`))
	adopt(save(t, old, write(driver.Snapshot{}, `{"n":"a move that stopped"}`)), `{"n":"it is not yet here"}`, "a move")
	adopt(save(t, old, write(driver.Snapshot{}, `{"n":"a copy"}`)), `{"n":"it was copied"}`, "")
	moved := save(t, old, write(driver.Snapshot{}, `{"n":"it has left"}`))
	adopt(moved, `{"n":"it has left, and is arriving"}`, "a move")
	w := write(load(t, old, moved), "")
	w.Move = "a move"
	if err := old.(driver.Departer).Depart(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	for what, list := range map[string]func(yield func(driver.Snapshot, error) bool){
		"all": both.(driver.Lister).All(t.Context()), "the owner's": both.(driver.Owners).Owned(t.Context(), "ada"),
	} {
		found := map[string]int{}
		for s, err := range list {
			if err != nil {
				t.Fatal(err)
			}
			found[s.Payload]++
		}
		for _, payload := range []string{`{"n":"old"}`, `{"n":"new"}`, `{"n":"a move that stopped"}`, `{"n":"it was copied"}`, `{"n":"it has left, and is arriving"}`} {
			if found[payload] != 1 || len(found) != 5 {
				t.Errorf("%s: %s is listed %d times of %v", what, payload, found[payload], found)
			}
		}
	}
}
