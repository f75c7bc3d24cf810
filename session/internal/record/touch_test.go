package record_test

import (
	"context"
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
