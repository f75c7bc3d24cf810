package moving_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/moving"
	"github.com/wafer-go/wafer/session/internal/record"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// A sign-out everywhere must not succeed while the sessions that have moved cannot be found.
func TestMigrate_OwnersOfANewStoreWithoutAnIndex(t *testing.T) {
	from, to := memstore.New(nil), struct{ store.Store }{memstore.New(nil)}
	config := driver.Config{CookieName: "s"}
	b, err := moving.Backend(record.Stored(to), record.Stored(from)).Open(config)
	if err != nil {
		t.Fatal(err)
	}
	old, err := record.Stored(from).Open(config)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(time.Now().Unix(), 0)
	w := driver.Write{Payload: []byte(`{}`), At: now, Expires: now.Add(time.Hour), Owner: "ada"}
	_, left, err := old.Save(context.Background(), nil, w)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Save(context.Background(), nil, w); err != nil {
		t.Fatal(err)
	}
	owners := b.(driver.Owners)
	for _, err := range b.(driver.Lister).All(context.Background()) {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("All yielded a session, or %v", err)
		}
	}
	if ended, err := owners.EndOne(context.Background(), "ada", left.ID()); !ended || err != nil {
		t.Errorf("EndOne of one that has not moved returned %v, %v", ended, err)
	}
	if ended, err := owners.EndOne(context.Background(), "ada", left.ID()); ended || !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("EndOne of one that may have moved returned %v, %v", ended, err)
	}
	if n, err := owners.EndOwned(context.Background(), "ada"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("EndOwned returned %d, %v", n, err)
	}
}

// silentList is a store whose lists never answer.
type silentList struct{ *memstore.Store }

func (silentList) Owned(ctx context.Context, _ string) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		<-ctx.Done()
		yield(store.Entry{}, ctx.Err())
	}
}

// A list that never answers keeps no one signed in.
func TestEndOwned_DoesNotWaitForAList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := silentList{memstore.New(nil)}, silentList{memstore.New(nil)}
		d, err := moving.Backend(record.Stored(to), record.Stored(from)).Open(driver.Config{CookieName: "s", Timeout: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		_, saved, err := d.Save(t.Context(), nil, driver.Write{Payload: []byte(`{}`), At: now, Expires: now.Add(time.Hour), Owner: "ada"})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := d.(driver.Owners).EndOwned(t.Context(), "ada"); n != 1 || err != nil {
			t.Errorf("EndOwned returned %d, %v", n, err)
		}
		if _, err := saved.Reload(t.Context()); !errors.Is(err, driver.ErrUnknown) {
			t.Errorf("the session is still there: %v", err)
		}
	})
}
