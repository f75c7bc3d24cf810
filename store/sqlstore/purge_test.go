package sqlstore

import (
	"bytes"
	"database/sql/driver"
	"errors"
	"log/slog"
	"slices"
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

// PostgreSQL's index has the rows that were deleted, so a step begins where the last one stopped.
// When nothing is left there, it begins again: what expired before may have been saved since.
func TestPurge_GoesOnWhereItStoppedAndBeginsAgain(t *testing.T) {
	onFire := errors.New("the disk is on fire")
	type answer struct{ purged, to int64 }
	type question struct{ from, limit int64 }
	f, s := newStore(t, PostgreSQL)
	for i, step := range []struct {
		answers []answer
		fails   error
		asks    []question
		purged  int
	}{
		{answers: []answer{{5, 100}}, asks: []question{{firstSecond, 5}}, purged: 5},
		{answers: []answer{{5, 120}}, asks: []question{{100, 5}}, purged: 5},
		{answers: []answer{{2, 130}, {1, 90}}, asks: []question{{120, 5}, {firstSecond, 3}}, purged: 3},
		{answers: []answer{{2, 140}}, asks: []question{{firstSecond, 5}}, purged: 2},
		{answers: []answer{{0, 0}, {0, 0}}, asks: []question{{140, 5}, {firstSecond, 5}}},
		{answers: []answer{{0, 0}}, asks: []question{{firstSecond, 5}}},
		{answers: []answer{{5, 150}}, asks: []question{{firstSecond, 5}}, purged: 5},
		{fails: onFire},
		{answers: []answer{{1, 10}}, asks: []question{{firstSecond, 5}}, purged: 1},
	} {
		f.asked = nil
		f.pages = map[string][][][]driver.Value{}
		for _, a := range step.answers {
			f.pages["WITH gone"] = append(f.pages["WITH gone"], [][]driver.Value{{a.purged, a.to}})
		}
		if step.fails != nil {
			f.ended = []error{step.fails}
		}
		purged, err := s.Purge(t.Context(), 5)
		if purged != step.purged || !errors.Is(err, step.fails) {
			t.Errorf("step %d purged %d, error %v; it should be %d, %v", i+1, purged, err, step.purged, step.fails)
		}
		var asked []question
		for _, args := range f.asked {
			asked = append(asked, question{args[0].(int64), args[1].(int64)})
		}
		if !slices.Equal(asked, step.asks) {
			t.Errorf("step %d asked %v; it should be %v", i+1, asked, step.asks)
		}
	}
}

// MySQL is asked for what is due, up to dueStep rows at a time, and is told to delete that.
func TestPurge_AsksMySQLForNoMoreThanIsLeft(t *testing.T) {
	due := func(count int, second int64) (all [][]driver.Value) {
		for _, row := range rows(0, count, 0) {
			all = append(all, []driver.Value{row[0], second})
		}
		return all
	}
	f, s := newStore(t, MySQL)
	f.pages = map[string][][][]driver.Value{"SELECT id, expires": {due(dueStep, 10), due(20, 11), due(0, 0)}}
	f.running(t, []any{dueStep, 20})
	if purged, err := s.Purge(t.Context(), dueStep+50); purged != dueStep+20 || err != nil {
		t.Errorf("it purged %d, error %v", purged, err)
	}
	want := [][2]int64{{firstSecond, dueStep}, {10, 50}, {11, 30}}
	for i, args := range f.asked {
		if i >= len(want) || args[0] != want[i][0] || args[1] != want[i][1] {
			t.Errorf("question %d is %v", i+1, args)
		}
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
