package record_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/record"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// A store without Touch is read and saved instead, which must not set back what a later request set.
func TestStored_TouchNeverSetsBack(t *testing.T) {
	st := memstore.New(nil)
	d, err := record.Stored(struct{ store.Store }{st}).Open(driver.Config{CookieName: "s"})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(time.Now().Unix(), 0)
	value, _, err := d.Save(context.Background(), nil, driver.Write{Payload: []byte(`{}`), At: now, Expires: now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	for _, by := range []time.Duration{-time.Minute, 0, time.Minute} {
		from, err := d.Load(context.Background(), string(value))
		if err != nil {
			t.Fatal(err)
		}
		if err := d.(driver.Toucher).Touch(context.Background(), from, now.Add(by), now.Add(by)); err != nil {
			t.Fatal(err)
		}
		s, err := d.Load(context.Background(), string(value))
		if want := now.Add(max(by, 0)); err != nil || !s.SavedAt.Equal(want) {
			t.Errorf("touched at %v, it says %v (%v), want %v", by, s.SavedAt, err, want)
		}
	}
}

// A mark in the place of a session must not live longer than it was to.
func TestStored_TouchExtendsNoMark(t *testing.T) {
	for move, touched := range map[string]bool{"": false, "a move": true} {
		st := memstore.New(nil)
		d, err := record.Stored(forgetful{st}).Open(driver.Config{CookieName: "s"})
		if err != nil {
			t.Fatal(err)
		}
		w := driver.Write{Payload: []byte(before), At: time.Now(), Expires: time.Now().Add(time.Hour), Move: move}
		value, saved, err := d.Save(t.Context(), nil, w)
		if err != nil {
			t.Fatal(err)
		}
		if !touched {
			if w.From, err = d.Load(t.Context(), string(value)); err != nil {
				t.Fatal(err)
			}
			if err := d.(driver.Retirer).Retire(t.Context(), w); err != nil {
				t.Fatal(err)
			}
		}
		was := only(t, st).Expires
		later := time.Now().Add(2 * time.Hour)
		err = d.(driver.Toucher).Touch(t.Context(), driver.Snapshot{Record: saved}, later, later)
		if errors.Is(err, driver.ErrConflict) == touched || only(t, st).Expires.After(was) != touched {
			t.Errorf("of the move %q, Touch returns %v", move, err)
		}
	}
}
