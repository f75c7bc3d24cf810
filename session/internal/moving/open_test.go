package moving_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/moving"
	"github.com/wafer-go/wafer/session/internal/record"
	"github.com/wafer-go/wafer/store/memstore"
)

// broken is a backend that cannot be opened.
type broken struct{}

var errBroken = errors.New("it is broken")

func (broken) Open(driver.Config) (driver.Driver, error) { return nil, errBroken }

// A stated backend is one that says of itself what it is told to.
type stated driver.Info

func (b stated) Open(driver.Config) (driver.Driver, error) { return b, nil }
func (b stated) Info() driver.Info                         { return driver.Info(b) }

func (stated) Load(context.Context, string) (driver.Snapshot, error) {
	return driver.Snapshot{}, driver.ErrMalformed
}

func (stated) Save(context.Context, []byte, driver.Write) ([]byte, driver.Record, error) {
	return nil, nil, errBroken
}
func (stated) Delete(context.Context, driver.Snapshot) error { return nil }

// A sibling subdomain could plant an ID in front of the visitor's cookie.
func TestMigrate_Info_TheFirstCookieCountsIfNoneHasAnID(t *testing.T) {
	flask, plain := stated{Name: "flask", FirstCookie: true}, stated{Name: "plain"}
	for what, tt := range map[string]struct {
		to, from stated
		first    bool
	}{
		"to what Flask has":   {flask, plain, true},
		"from what Flask has": {plain, flask, false},
		"from records":        {flask, stated{Name: "stored", Store: 1}, false},
		"to records":          {stated{Name: "stored", FirstCookie: true, Store: 1}, plain, false},
	} {
		d, err := moving.Backend(tt.to, tt.from).Open(driver.Config{CookieName: "s"})
		if err != nil {
			t.Fatal(err)
		}
		if info := d.Info(); info.FirstCookie != tt.first || info.Name != tt.to.Name+", migrating from "+tt.from.Name || (info.Store == nil) != (tt.to.Store == nil && tt.from.Store == nil) {
			t.Errorf("%s: %+v", what, info)
		}
	}
}

// Errors and logs name the previous backends by their number, from one on.
func TestMigrate_Open_NumbersThePreviousBackends(t *testing.T) {
	to, from := record.Stored(memstore.New(nil)), record.Stored(memstore.New(nil))
	config := driver.Config{CookieName: "s"}
	for what, tt := range map[string]struct {
		b    driver.Backend
		says string
	}{
		"nowhere to":    {moving.Backend(nil, from), "session: Migrate needs a backend to migrate to"},
		"broken":        {moving.Backend(broken{}, from), "it is broken"},
		"a nil one":     {moving.Backend(to, from, nil), "session: Migrate: the previous backend 2 is nil"},
		"a broken one":  {moving.Backend(to, from, broken{}), "session: Migrate: the previous backend 2: it is broken"},
		"one before it": {moving.Backend(to, broken{}, nil), "session: Migrate: the previous backend 1: it is broken"},
	} {
		if _, err := tt.b.Open(config); err == nil || err.Error() != tt.says {
			t.Errorf("%s: %v, want %s", what, err, tt.says)
		}
	}
	old, err := from.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	value, _, err := old.Save(t.Context(), nil, driver.Write{Payload: []byte("{}"), At: time.Now(), Expires: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	d, err := moving.Backend(to, record.Stored(memstore.New(nil)), from).Open(config)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := d.Load(t.Context(), string(value)); err != nil || !s.Accepted || s.By != "previous backend 2" {
		t.Errorf("a session of the second is found by %q, %v", s.By, err)
	}
}
