package record_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/record"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// parted is a store that changes two records in one step only if they are in one part.
type parted struct {
	*memstore.Store
	moves int
}

func (p *parted) Move(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
	if from.Part() != to.Part() {
		return 0, fmt.Errorf("two parts: %w", errors.ErrUnsupported)
	}
	p.moves++
	return p.Store.Move(ctx, from, to, r, mark)
}

// A renewed session stays in the part of the records that it was in: a sign-out everywhere may end
// the sessions in one part after the other. A store that keeps its records in parts renews it in
// one step.
func TestStored_ARenewedSessionStaysInItsPart(t *testing.T) {
	const renewals = 20
	one := &parted{Store: memstore.New(nil)}
	for steps, st := range map[string]store.Store{
		"one step": one, "one step of any part": memstore.New(nil), "two steps": struct{ store.Store }{memstore.New(nil)},
	} {
		d, err := record.Stored(st).Open(driver.Config{CookieName: "s"})
		if err != nil {
			t.Fatal(err)
		}
		part := -1
		var value []byte
		for range 1 + renewals {
			w := driver.Write{Payload: []byte(`{}`), At: time.Now(), Expires: time.Now().Add(time.Hour), Owner: "ada", Life: driver.Renew}
			if value != nil {
				if w.From, err = d.Load(t.Context(), string(value)); err != nil {
					t.Fatal(err)
				}
			}
			before := string(value)
			var saved driver.Record
			if value, saved, err = d.Save(t.Context(), nil, w); err != nil || string(value) == before {
				t.Fatalf("in %s, the ID %q became %q, error %v", steps, before, value, err)
			}
			id, err := store.ParseID(saved.ID())
			if err != nil || part >= 0 && id.Part() != part {
				t.Errorf("in %s, a session of part %d was renewed to %s of part %d, error %v", steps, part, id, id.Part(), err)
			}
			part = id.Part()
		}
	}
	if one.moves != renewals {
		t.Errorf("of %d renewals, %d were one step", renewals, one.moves)
	}
}
