package sqlstore

import (
	"bytes"
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
		f.ran = nil
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
		f.ran = nil
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
		f.ran = nil
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

func TestANegativeIntervalPurgesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, _ := newStore(t, SQLite)
		time.Sleep(time.Hour)
		if f.count() != 0 {
			t.Error("it purged")
		}
	})
}
