package moving_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/moving"
	"github.com/wafer-go/wafer/session/internal/record"
	"github.com/wafer-go/wafer/session/internal/record/recordtest"
	"github.com/wafer-go/wafer/store/memstore"
)

// A server that stops in the middle of a move keeps no session from moving: the next save stays where
// the session is, and one after a minute moves it.
func TestMigrate_AMoveThatStoppedIsMadeLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := record.Stored(memstore.New(nil)), record.Stored(memstore.New(nil))
		config := driver.Config{CookieName: "s", MaxCookieSize: 4096, Timeout: time.Second}
		open := func(b driver.Backend) driver.Driver {
			d, err := b.Open(config)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		old, next, both := open(from), open(to), open(moving.Backend(to, from))
		save := func(d driver.Driver, s driver.Snapshot, payload, move string) string {
			w := driver.Write{From: s, Payload: []byte(payload), At: time.Now(), Expires: time.Now().Add(time.Hour), Move: move}
			value, _, err := d.Save(t.Context(), nil, w)
			if err != nil {
				t.Fatal(err)
			}
			return string(value)
		}
		value := save(old, driver.Snapshot{}, `{"n":1}`, "")
		record, ok := next.(driver.Adopter).Adopt(value)
		if !ok {
			t.Fatal("the new place does not adopt an ID")
		}
		save(next, driver.Snapshot{Record: record}, `{"n":9}`, "a move that stopped")
		for _, c := range []struct {
			payload string
			in      driver.Driver
		}{{`{"n":2}`, old}, {`{"n":3}`, old}, {`{"n":4}`, next}, {`{"n":5}`, next}} {
			s, err := both.Load(t.Context(), value)
			if err != nil {
				t.Fatal(err)
			}
			save(both, s, c.payload, "")
			if s, err = c.in.Load(t.Context(), value); err != nil || s.Payload != c.payload {
				t.Fatalf("after the save of %s its place has %q, %v", c.payload, s.Payload, err)
			}
			if a, ok := s.Record.(driver.Arrival); ok && a.Move() != "" {
				t.Errorf("%s is arriving still", c.payload)
			}
			if c.payload == `{"n":3}` {
				time.Sleep(61 * time.Second)
			}
		}
	})
}

// A session that has left a place by one move is not what another move has left in the other place.
func TestMigrate_AnArrivalOfAnotherMoveDoesNotCount(t *testing.T) {
	for left, counts := range map[string]bool{"a move": true, "another": false} {
		from, to := record.Stored(memstore.New(nil)), record.Stored(memstore.New(nil))
		config := driver.Config{CookieName: "s", MaxCookieSize: 4096}
		open := func(b driver.Backend) driver.Driver {
			d, err := b.Open(config)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		old, next := open(from), open(to)
		w := driver.Write{Payload: []byte(`{"n":1}`), At: time.Now(), Expires: time.Now().Add(time.Hour)}
		value, _, err := old.Save(t.Context(), nil, w)
		if err != nil {
			t.Fatal(err)
		}
		arriving := w
		arriving.Move = "a move"
		arriving.From.Record, _ = next.(driver.Adopter).Adopt(string(value))
		if _, _, err := next.Save(t.Context(), nil, arriving); err != nil {
			t.Fatal(err)
		}
		w.Move = left
		if w.From, err = old.Load(t.Context(), string(value)); err != nil {
			t.Fatal(err)
		}
		if err := old.(driver.Departer).Depart(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		for _, both := range []driver.Driver{open(moving.Backend(to, from)), open(moving.Backend(from, to))} {
			if _, err := both.Load(t.Context(), string(value)); (err == nil) != counts || err != nil && !errors.Is(err, driver.ErrEnded) {
				t.Errorf("%q left, and %q arriving: Load returned %v", left, arriving.Move, err)
			}
		}
		former := moving.New(config, next)
		former.Add(old, "a former cookie")
		if _, err := former.LoadFormer(t.Context(), 0, string(value)); (err == nil) != counts || err != nil && !errors.Is(err, driver.ErrEnded) {
			t.Errorf("%q left, and %q arriving: LoadFormer returned %v", left, arriving.Move, err)
		}
	}
}

// Between the two questions of a request, another server or a tool may move the session by a move of
// its own, to the end or almost.
func TestMigrate_AMoveBetweenTwoQuestionsSignsNobodyOut(t *testing.T) {
	for _, completed := range []bool{false, true} {
		at := recordtest.Before{Store: memstore.New(nil), Do: func(context.Context) {}}
		to := memstore.New(nil)
		config := driver.Config{CookieName: "s", MaxCookieSize: 4096, Timeout: time.Second}
		open := func(b driver.Backend) driver.Driver {
			d, err := b.Open(config)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		old, next := open(record.Stored(at.Store)), open(record.Stored(to))
		write := driver.Write{Payload: []byte(`{"n":1}`), At: time.Now(), Expires: time.Now().Add(time.Hour)}
		save := func(d driver.Driver, from driver.Snapshot, move string) (value string, saved driver.Snapshot) {
			w := write
			w.From, w.Move = from, move
			text, r, err := d.Save(t.Context(), nil, w)
			if err != nil {
				t.Fatal(err)
			}
			return string(text), driver.Snapshot{Record: r}
		}
		value, here := save(old, driver.Snapshot{}, "")
		r, _ := next.(driver.Adopter).Adopt(value)
		_, there := save(next, driver.Snapshot{Record: r}, "a move that stopped")
		moved := false
		at.Do = func(ctx context.Context) {
			if moved {
				return
			}
			moved = true
			_, there = save(next, there, "another move")
			w := write
			w.From, w.Move = here, "another move"
			if err := old.(driver.Departer).Depart(ctx, w); err != nil {
				t.Error(err)
			}
			if completed {
				save(next, there, "")
			}
		}
		both := open(moving.Backend(record.Stored(to), record.Stored(at)))
		if s, err := both.Load(t.Context(), value); err != nil || s.Payload != `{"n":1}` || !moved {
			t.Errorf("completed %t: the session is %q, error %v", completed, s.Payload, err)
		}
	}
}
