package sqlstore

import (
	"bytes"
	"database/sql/driver"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/store"
)

func TestPurgingGoesOnInStepsUntilNothingIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, db := newFake(t)
		var left atomic.Int64
		left.Store(3*purgeStep + 7)
		f.exec = func(statement string) (int64, error) {
			if !strings.Contains(statement, "LIMIT") {
				return 1, nil // New's
			}
			purged := min(left.Load(), purgeStep)
			left.Add(-purged)
			return purged, nil
		}
		s, err := New(t.Context(), db, SQLite, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		f.forget()
		time.Sleep(DefaultPurgeInterval*3/4 - 1)
		if synctest.Wait(); f.count() != 0 {
			t.Errorf("%d purges ran in three quarters of the interval", f.count())
		}
		time.Sleep(DefaultPurgeInterval/2 + time.Second)
		if synctest.Wait(); f.count() != 4 || left.Load() != 0 {
			t.Errorf("%d purges ran and left %d; it should be 4 and none", f.count(), left.Load())
		}
		time.Sleep(DefaultPurgeInterval * 5 / 4)
		if synctest.Wait(); f.count() < 5 {
			t.Error("it did not purge again")
		}
	})
}

func TestAPurgeThatFailsIsLoggedAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, db := newFake(t)
		f.failing(nil, nil, errors.New("the disk is on fire")) // the first two are New's
		var log bytes.Buffer
		s, err := New(t.Context(), db, SQLite, &Options{
			PurgeInterval: time.Minute,
			Logger:        slog.New(slog.NewTextHandler(&log, nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		f.forget()
		time.Sleep(3 * time.Minute)
		s.Close()
		if !strings.Contains(log.String(), "the disk is on fire") || !strings.Contains(log.String(), "expired sessions were not purged") {
			t.Errorf("the log is %q", &log)
		}
		if f.count() < 2 {
			t.Error("it did not purge again")
		}
	})
}

// The bubble fails where a goroutine is left when its function returns.
func TestCloseLeavesNoGoroutineAndMayBeCalledAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, db := newFake(t)
		s, err := New(t.Context(), db, MySQL, &Options{PurgeInterval: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		f.forget()
		for range 2 {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(time.Minute)
		if f.count() != 0 {
			t.Error("it purges after Close")
		}
		if err := s.Delete(t.Context(), store.ID{}); err == nil {
			t.Error("a closed store deletes")
		}
		if err := db.PingContext(t.Context()); err != nil {
			t.Errorf("Close closed the database: %v", err)
		}
	})
}

// What MySQL's purge looks up may come from a replica that is behind, or be deleted by another server
// first. It does not look it up again and again.
func TestPurge_EndsIfWhatIsDueCannotBeDeleted(t *testing.T) {
	onFire := errors.New("the disk is on fire")
	for name, test := range map[string]struct {
		deleted []int64 // by one statement after the other; then the disk is on fire
		purged  int
		err     error
	}{
		"None":       {[]int64{0}, 0, nil},
		"NoMore":     {[]int64{1, 1, 0}, 2, nil},
		"AllAsked":   {[]int64{1, 1, 1}, 3, nil},
		"AFailure":   {nil, 0, onFire},
		"FailsLater": {[]int64{1, 1}, 2, onFire},
	} {
		t.Run(name, func(t *testing.T) {
			f, s := newStore(t, MySQL)
			f.answers["SELECT id, expires"] = []driver.Value{make([]byte, 32), int64(7)}
			left := test.deleted
			f.exec = func(string) (int64, error) {
				if len(left) == 0 {
					return 0, onFire
				}
				rows := left[0]
				left = left[1:]
				return rows, nil
			}
			purged, err := s.Purge(t.Context(), 3)
			if purged != test.purged || !errors.Is(err, test.err) || len(left) > 0 {
				t.Errorf("it purged %d, error %v, and %d statements were not sent", purged, err, len(left))
			}
		})
	}
}

func TestPurge_OfNoneAsksNothing(t *testing.T) {
	f, s := newStore(t, SQLite)
	for _, limit := range []int{0, -1} {
		if purged, err := s.Purge(t.Context(), limit); purged != 0 || err != nil || f.count() != 0 {
			t.Errorf("Purge of %d returned %d, %v, and ran %d statements", limit, purged, err, f.count())
		}
	}
}

func TestANegativeIntervalPurgesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, _ := newStore(t, SQLite)
		time.Sleep(time.Hour)
		if f.count() != 0 {
			t.Error("it purged")
		}
	})
}
