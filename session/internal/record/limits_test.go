package record_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/record"
	"github.com/wafer-go/wafer/session/internal/record/recordtest"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

func open(t *testing.T, b driver.Backend, c driver.Config) driver.Driver {
	t.Helper()
	c.CookieName = "s"
	d, err := b.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// only returns the record of a store that has one.
func only(t *testing.T, st *memstore.Store) store.Record {
	t.Helper()
	var found []store.Record
	for e, err := range st.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, e.Record)
	}
	if len(found) != 1 {
		t.Fatalf("the store has %d records", len(found))
	}
	return found[0]
}

func TestStored_Open_NeedsRoomForAnID(t *testing.T) {
	for size, good := range map[int]bool{0: true, 43: false, 44: true} {
		_, err := record.Stored(memstore.New(nil)).Open(driver.Config{CookieName: "s", MaxCookieSize: size})
		if (err == nil) != good || err != nil && !strings.Contains(err.Error(), "MaxCookieSize is 43 bytes, and the cookie of a session ID needs 44") {
			t.Errorf("with %d bytes: %v", size, err)
		}
	}
}

// A clocked store has a clock that is ahead.
type clocked struct {
	*memstore.Store
	ahead time.Duration
}

func (c clocked) Now(context.Context) (time.Time, error) { return time.Now().Add(c.ahead), nil }

// The clocks of a store and of a manager count as one if they are five seconds apart.
func TestStored_Save_IsByTheStoresClockIfThatIsAhead(t *testing.T) {
	for ahead, later := range map[time.Duration]time.Duration{
		-time.Hour: 0, 0: 0, 5 * time.Second: 0, 6 * time.Second: 6 * time.Second, time.Hour: time.Hour,
	} {
		synctest.Test(t, func(t *testing.T) {
			st, now := memstore.New(nil), time.Now()
			d := open(t, record.Stored(clocked{st, ahead}), driver.Config{})
			if _, _, err := d.Save(t.Context(), nil, driver.Write{Payload: []byte(before), At: now, Expires: now.Add(2 * time.Hour)}); err != nil {
				t.Fatal(err)
			}
			if got, want := only(t, st).Expires, now.Add(2*time.Hour+time.Second+later); !got.Equal(want) {
				t.Errorf("with a store that is %v ahead, the record expires at %v, want %v", ahead, got, want)
			}
		})
	}
}

// The manager extends the life of a record that ends with the hour of an unconfirmed session, and
// leaves alone one that lasts longer.
func TestStored_Load_AnUnconfirmedRecordLastsAnHour(t *testing.T) {
	for lifetime, unconfirmed := range map[time.Duration]bool{time.Minute: true, time.Hour: true, time.Hour + time.Second: false, 2 * time.Hour: false} {
		d := open(t, record.Stored(memstore.New(nil)), driver.Config{})
		now := time.Now().Truncate(time.Second)
		for _, owner := range []string{"", "ada"} {
			value, _, err := d.Save(t.Context(), nil, driver.Write{Payload: []byte(before), At: now, Expires: now.Add(lifetime), Owner: owner})
			if err != nil {
				t.Fatal(err)
			}
			if s, err := d.Load(t.Context(), string(value)); err != nil || s.Unconfirmed != (unconfirmed && owner == "") {
				t.Errorf("one of %q that lasts %v is unconfirmed: %v, %v", owner, lifetime, s.Unconfirmed, err)
			}
		}
	}
}

// A cookie that names both IDs of a renewal whose outcome is not known has 87 bytes.
func TestStored_Renew_NamesBothIDsIfTheCookieHasRoom(t *testing.T) {
	for size, both := range map[int]bool{0: true, 44: false, 87: false, 88: true} {
		synctest.Test(t, func(t *testing.T) {
			st := recordtest.New(new(recordtest.Wire))
			g := &guest{T: t, d: open(t, record.Stored(st), driver.Config{MaxCookieSize: size, Timeout: time.Second}), st: st, now: time.Now()}
			if err := g.save(driver.Snapshot{}, driver.Keep, before); err != nil {
				t.Fatal(err)
			}
			from := g.load()
			st.Wire.Begin(string(recordtest.Refused))
			_, ok := errors.AsType[*driver.UnsettledError](g.save(from, driver.Renew, after))
			if ok != both {
				t.Errorf("with %d bytes, the cookie names both IDs: %v", size, ok)
			}
		})
	}
}

// Without a limit for one call, the store is asked again within a limit of its own.
func TestStored_Save_IsTriedAgainWithoutATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := recordtest.New(new(recordtest.Wire))
		d := open(t, record.Stored(st), driver.Config{})
		st.Wire.Begin("rrrrf")
		if _, _, err := d.Save(t.Context(), nil, driver.Write{Payload: []byte(before), At: time.Now(), Expires: time.Now().Add(time.Hour)}); err != nil {
			t.Error(err)
		}
	})
}

// The data of a record is the payload, unless the session is moving here.
func TestStored_Save_MarksWhatIsMovingHere(t *testing.T) {
	for _, move := range []string{"", "a move"} {
		st := memstore.New(nil)
		d := open(t, record.Stored(st), driver.Config{})
		value, _, err := d.Save(t.Context(), nil, driver.Write{Payload: []byte(before), At: time.Now(), Expires: time.Now().Add(time.Hour), Move: move})
		if err != nil {
			t.Fatal(err)
		}
		if data := only(t, st).Data; (string(data) == before) != (move == "") || driver.RecordMove(data) != move {
			t.Errorf("of the move %q, the record has %q", move, data)
		}
		s, err := d.Load(t.Context(), string(value))
		if err != nil || s.Payload != before || s.Record.(driver.Arrival).Move() != move {
			t.Errorf("of the move %q, %q is loaded, %v", move, s.Payload, err)
		}
	}
}
