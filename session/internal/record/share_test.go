package record_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/record"
	"github.com/wafer-go/wafer/session/internal/record/recordtest"
	"github.com/wafer-go/wafer/store"
)

// A record is shared only if its handle is what a load by the cookie's value would return.
func TestStored_SharesOnlyWhatALoadReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wire := new(recordtest.Wire)
		st := recordtest.New(wire)
		open := func(st store.Store) driver.Driver {
			d, err := record.Stored(st).Open(driver.Config{CookieName: "s", MaxCookieSize: 4096, Timeout: time.Second})
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		d, now := open(st), time.Now()
		save := func(d driver.Driver, from driver.Snapshot, life driver.Life, move string) (string, driver.Record, error) {
			value, r, err := d.Save(t.Context(), nil, driver.Write{From: from, Payload: []byte(before), At: now, Expires: now.Add(time.Hour), Owner: "ada", Life: life, Move: move})
			return string(value), r, err
		}
		wants := func(what string, r driver.Record, want bool) {
			if got := r.(driver.Sharer).Share() != nil; got != want {
				t.Errorf("%s: it is shared: %t", what, got)
			}
		}
		value, saved, _ := save(d, driver.Snapshot{}, driver.Keep, "")
		wants("saved", saved, true)
		loaded, err := d.Load(t.Context(), value)
		if err != nil {
			t.Fatal(err)
		}
		wants("loaded", loaded.Record, true)
		for listed := range d.(driver.Owners).Owned(t.Context(), "ada") {
			wants("listed, without a cookie", listed.Record, false)
		}
		adopted, _ := d.(driver.Adopter).Adopt(driver.NewID())
		wants("not created yet", adopted, false)
		_, arriving, _ := save(d, driver.Snapshot{}, driver.Keep, "a move")
		wants("arriving", arriving, false)
		_, untold, _ := save(open(forgetful{st.Store}), driver.Snapshot{}, driver.Keep, "")
		wants("of an unknown version", untold, false)

		wire.Begin(string(recordtest.Refused))
		if _, _, err := save(d, loaded, driver.Keep, ""); err == nil {
			t.Error("a save that the store refused succeeded")
		}
		wire.Recover()
		wants("after a save of unknown outcome", loaded.Record, false)

		from, _ := d.Load(t.Context(), value)
		wire.Begin(string(recordtest.Refused))
		_, _, err = save(d, from, driver.Renew, "")
		wire.Recover()
		unsettled, ok := err.(*driver.UnsettledError)
		if !ok {
			t.Fatalf("the renewal ends with %v", err)
		}
		either, err := d.Load(t.Context(), unsettled.Value)
		if err != nil {
			t.Fatal(err)
		}
		wants("of one of two IDs", either.Record, false)
	})
}
