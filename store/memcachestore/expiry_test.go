package memcachestore

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/wafer-go/wafer/store"
)

// A record has expired by the program's clock, and memcached still has its
// item: nothing may show.
func TestARecordIsGoneBeforeItsItemIs(t *testing.T) {
	for name, expires := range map[string]time.Time{
		"Soon":      time.Now().Add(time.Hour),
		"After30":   time.Now().Add(60 * 24 * time.Hour),
		"After2038": time.Date(2060, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			s := newStore(t, address(t), &Options{Clock: func() time.Time { return now }})
			id := randomID()
			r := record("a value")
			r.Expires = expires
			save(t, s, id, r)
			now = time.Unix(expires.Unix(), -1)
			r = load(t, s, id)
			if !r.Expires.Equal(time.Unix(expires.Unix(), 0)) {
				t.Errorf("it expires at %v", r.Expires)
			}
			for range goneBy {
				now = now.Add(time.Second)
				gone(t, s, id)
				late := r
				late.Expires = now.Add(time.Hour)
				if _, err := s.Save(t.Context(), id, late); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("Save after the expiry returned %v", err)
				}
			}
			anew := record("anew")
			anew.Expires = now.Add(time.Hour)
			save(t, s, id, anew)
			if got := load(t, s, id); string(got.Data) != "anew" {
				t.Errorf("there is %q", got.Data)
			}
		})
	}
}

// The program's clock, and all that it says of times, is behind memcached's.
func TestARecordIsKeptForAClockThatIsBehind(t *testing.T) {
	for _, off := range []time.Duration{-2 * time.Hour, 2 * time.Hour} {
		now := time.Now().Add(off)
		s := newStore(t, address(t), &Options{Clock: func() time.Time { return now }})
		id := randomID()
		r := record("a value")
		r.Expires = now.Add(time.Hour)
		save(t, s, id, r)
		if got := load(t, s, id); string(got.Data) != "a value" {
			t.Errorf("off by %v, there is %q", off, got.Data)
		}
	}
}

func TestOfManyThatCreateOverAnExpiredItemOneSucceeds(t *testing.T) {
	now := time.Now()
	s := newStore(t, address(t), &Options{Clock: func() time.Time { return now }})
	id := randomID()
	save(t, s, id, record("old"))
	now = now.Add(2 * time.Hour)
	errs := make(chan error)
	for range 8 {
		go func() {
			r := record("anew")
			r.Expires = now.Add(time.Hour)
			_, err := s.Save(t.Context(), id, r)
			errs <- err
		}()
	}
	won := 0
	for range 8 {
		switch err := <-errs; {
		case err == nil:
			won++
		case !errors.Is(err, store.ErrConflict):
			t.Errorf("Save returned %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d succeeded", won)
	}
}

func TestExpirationIsRelativeUpTo30Days(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for _, c := range []struct {
		at   int64
		want int32
	}{
		{now.Unix() + 1, 1 + lateBy},
		{now.Unix() + relativeMax - lateBy, relativeMax},
		{now.Unix() + relativeMax - lateBy + 1, 1_800_000_000 + relativeMax + 1},
		{now.Unix() + relativeMax, 1_800_000_000 + relativeMax + lateBy},
		{now.Unix(), -1},
		{5, -1},
		{0, -1},
		{-62135596800, -1},
		{math.MaxInt32 - lateBy, math.MaxInt32},
		{math.MaxInt32 - lateBy + 1, 0},
		{1 << 40, 0},
	} {
		if got := expiration(time.Unix(c.at, 0), now); got != c.want {
			t.Errorf("%d s became %d, and not %d", c.at, got, c.want)
		}
	}
	// A clock that is not set, in 1970.
	if got := expiration(time.Unix(100, 0), time.Unix(50, 0)); got != 50+lateBy {
		t.Errorf("100 s became %d", got)
	}
}

func TestAVersionTellsWhetherItsRecordMayHaveExpired(t *testing.T) {
	for at := int64(1_800_000_000); at < 1_800_000_000+2*cycle; at++ {
		v, err := version(7, time.Unix(at, 0))
		if err != nil || v&maxCAS != 7 {
			t.Fatalf("version %x: %v", v, err)
		}
		for since := range int64(goneBy + 1) {
			if !mayHaveExpired(v, time.Unix(at+since, 0)) {
				t.Fatalf("%d s after %d it is called good", since, at)
			}
		}
		if mayHaveExpired(v, time.Unix(at-1, 0)) || mayHaveExpired(v, time.Unix(at-100, 0)) {
			t.Fatalf("before %d it is called expired", at)
		}
	}
	for at, tells := range map[int64]bool{-1: false, 0: true, math.MaxInt32 - lateBy: true, math.MaxInt32 - lateBy + 1: false} {
		if v, err := version(maxCAS, time.Unix(at, 0)); err != nil || v&maxCAS != maxCAS || (v != maxCAS) != tells {
			t.Errorf("of %d the version is %x, %v", at, v, err)
		}
	}
	for _, cas := range []uint64{0, maxCAS + 1} {
		if _, err := version(cas, time.Unix(1_800_000_000, 0)); err == nil {
			t.Errorf("the cas unique %d was taken", cas)
		}
	}
}
