package moving_test

import (
	"context"
	"errors"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/cookie"
	"github.com/wafer-go/wafer/session/internal/moving"
	"github.com/wafer-go/wafer/session/internal/record"
	"github.com/wafer-go/wafer/store/memstore"
)

// A silent driver does not answer whether it has retired a session. It has not.
type silent struct{ driver.Driver }

func (silent) Retire(context.Context, driver.Write) error { return errors.New("no answer") }

// If the old place has not answered a move, a sign-out in the same request ends the session there, too.
func TestMigrate_Delete_EndsWhatASilentPlaceStillHas(t *testing.T) {
	for what, from := range map[string]driver.Driver{
		"under the same value": silent{open(t, stored())},
		"under another value":  silent{prefixed{open(t, stored())}},
	} {
		for i := range 4 {
			life, more := driver.Life(i%2), i >= 2 // Keep or Renew
			both := open(t, moving.Backend(stored(), opened{from}))
			value := save(t, from, write(driver.Snapshot{}, `{"n":1}`))
			late := write(load(t, both, value), `{"n":3}`)
			w := write(load(t, both, value), `{"n":2}`)
			w.Life = life
			next, saved, err := both.Save(t.Context(), nil, w)
			if err == nil || saved == nil {
				t.Fatalf("%s, life %d: the move without an answer saved %v, %v", what, life, saved, err)
			}
			if more { // after another request has changed it, too
				save(t, both, write(load(t, both, string(next)), `{"n":3}`))
				if _, _, err := both.Save(t.Context(), nil, write(driver.Snapshot{Record: saved}, `{"n":4}`)); !errors.Is(err, driver.ErrConflict) {
					t.Fatalf("%s, life %d: it is saved over the other's change: %v", what, life, err)
				}
				found, err := saved.Reload(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				saved = found.Record
				next, saved, err = both.Save(t.Context(), nil, write(driver.Snapshot{Record: saved}, `{"n":4}`))
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := both.Delete(t.Context(), driver.Snapshot{Record: saved}); err != nil {
				t.Fatal(err)
			}
			for place, d := range map[string]driver.Driver{"the old place": from, "both": both} {
				for _, v := range []string{value, string(next)} {
					// A renewal has left word for a minute.
					if s, err := d.Load(t.Context(), v); !errors.Is(err, driver.ErrRefused) && !s.Superseded {
						t.Errorf("%s, life %d: after the sign-out %s finds %q, %v", what, life, place, s.Payload, err)
					}
				}
			}
			if _, _, err := both.Save(t.Context(), nil, late); !errors.Is(err, driver.ErrConflict) && !errors.Is(err, driver.ErrEnded) {
				t.Errorf("%s, life %d: a slower request saves the session again: %v", what, life, err)
			}
		}
	}
}

// A session without an owner, which is small enough for a cookie, leaves nothing behind either.
func TestMigrate_Save_IntoACookieEndsWhatASilentPlaceStillHas(t *testing.T) {
	from := silent{prefixed{open(t, stored())}}
	both := open(t, moving.Backend(record.Overflow(cookie.Signed(secret.New()), memstore.New(nil)), opened{from}))
	value := save(t, from, write(driver.Snapshot{}, `{"n":1}`))
	_, saved, err := both.Save(t.Context(), nil, write(load(t, both, value), `{"n":2}`))
	if err == nil || saved == nil {
		t.Fatalf("the move without an answer saved %v, %v", saved, err)
	}
	w := write(driver.Snapshot{Record: saved}, `{"n":3}`)
	w.Owner = ""
	if _, saved, err = both.Save(t.Context(), nil, w); err != nil || saved != nil {
		t.Fatalf("it is saved as %v, %v", saved, err)
	}
	if s, err := from.Load(t.Context(), value); !errors.Is(err, driver.ErrRefused) {
		t.Errorf("the old place has %q, %v", s.Payload, err)
	}
}

// A lost driver retires a session, and its answer is lost.
type lost struct{ driver.Driver }

func (l lost) Retire(ctx context.Context, w driver.Write) error {
	if err := l.Driver.(driver.Retirer).Retire(ctx, w); err != nil {
		return err
	}
	return errors.New("the answer was lost")
}

// What the old place has left for requests that are on their way is still there after a renewal.
func TestMigrate_Save_ARenewalAfterALostAnswerKeepsTheWord(t *testing.T) {
	from := lost{prefixed{open(t, stored())}}
	both := open(t, moving.Backend(stored(), opened{from}))
	value := save(t, from, write(driver.Snapshot{}, `{"n":1}`))
	_, saved, err := both.Save(t.Context(), nil, write(load(t, both, value), `{"n":2}`))
	if err == nil || saved == nil {
		t.Fatalf("the move without an answer saved %v, %v", saved, err)
	}
	w := write(driver.Snapshot{Record: saved}, `{"n":3}`)
	w.Life = driver.Renew
	save(t, both, w)
	if s, err := from.Load(t.Context(), value); err != nil || !s.Superseded {
		t.Errorf("the old place has %q, superseded: %t, %v", s.Payload, s.Superseded, err)
	}
}

// The same if a server moves it on from there to a third place.
func TestMigrate_Retire_EndsWhatASilentPlaceStillHas(t *testing.T) {
	from := silent{prefixed{open(t, stored())}}
	inner := open(t, moving.Backend(stored(), opened{from}))
	value := save(t, from, write(driver.Snapshot{}, `{"n":1}`))
	_, saved, err := inner.Save(t.Context(), nil, write(load(t, inner, value), `{"n":2}`))
	if err == nil || saved == nil {
		t.Fatalf("the move without an answer saved %v, %v", saved, err)
	}
	if err := inner.(driver.Retirer).Retire(t.Context(), write(driver.Snapshot{Record: saved}, `{"n":2}`)); err != nil {
		t.Fatal(err)
	}
	if s, err := from.Load(t.Context(), value); !errors.Is(err, driver.ErrRefused) {
		t.Errorf("the first place has %q, %v", s.Payload, err)
	}
}
