package sqlstore

import (
	"database/sql/driver"
	"errors"
	"math"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wafer-go/wafer/store"
)

const looking = "SELECT version, used, expires"

func TestNewVersion_IsRandomIfTheWriterChoseNone(t *testing.T) {
	seen := map[int64]bool{}
	for range 1000 {
		v := newVersion(store.Record{})
		if v < 1 || seen[v] {
			t.Fatalf("a version of %d", v)
		}
		seen[v] = true
	}
}

func TestAVersionThatNoTableCanHoldIsAConflict(t *testing.T) {
	for _, version := range []uint64{math.MaxInt64 + 1, math.MaxUint64} {
		f, s := newStore(t, SQLite)
		r := live()
		r.Version = version
		if _, err := s.Save(t.Context(), store.ID{1}, r); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of no record: %v", err)
		}
		f.answers[looking] = []driver.Value{int64(7), int64(1), int64(1)}
		if _, err := s.Save(t.Context(), store.ID{1}, r); !errors.Is(err, store.ErrConflict) {
			t.Errorf("of another version: %v", err)
		}
	}
}

func TestTheLargestVersionIsSavedTouchedAndMoved(t *testing.T) {
	_, s := newStore(t, SQLite)
	r := live()
	r.Version, r.Nonce = math.MaxInt64, math.MaxInt64
	if version, err := s.Save(t.Context(), store.ID{1}, r); err != nil || version == math.MaxInt64 {
		t.Errorf("Save returned %d, %v", version, err)
	}
	if err := s.Touch(t.Context(), store.ID{1}, r.Version, r.Used, r.Expires); err != nil {
		t.Errorf("Touch returned %v", err)
	}
	if version, err := s.Move(t.Context(), store.ID{1}, store.ID{2}, r, live()); err != nil || version == math.MaxInt64 {
		t.Errorf("Move returned %d, %v", version, err)
	}
	r.Nonce++
	if _, err := s.Save(t.Context(), store.ID{1}, r); err == nil || !strings.Contains(err.Error(), "its nonce is 9223372036854775808") {
		t.Errorf("Save of a larger nonce returned %v", err)
	}
}

// Without clientFoundRows, MySQL does not count a row that has these times already.
func TestTouch_OfARecordThatHasTheseTimesOrLaterOnes(t *testing.T) {
	f, s := newStore(t, MySQL)
	f.exec = func(string) (int64, error) { return 0, nil }
	f.answers[looking] = []driver.Value{int64(7), int64(100), int64(200)}
	for _, test := range []struct {
		version       uint64
		used, expires int64
		want          error
	}{
		{7, 100, 200, nil},
		{7, 99, 199, nil},
		{7, 101, 200, store.ErrConflict}, // which a server that lags behind may say
		{7, 100, 201, store.ErrConflict},
		{6, 100, 200, store.ErrConflict},
	} {
		f.forget()
		err := s.Touch(t.Context(), store.ID{1}, test.version, time.Unix(test.used, 0), time.Unix(test.expires, 0))
		if !errors.Is(err, test.want) {
			t.Errorf("%+v: Touch returned %v", test, err)
		}
	}
}

func TestWhyASaveFailedIsAskedOnlyThen(t *testing.T) {
	f, s := newStore(t, PostgreSQL)
	r := live()
	r.Version, r.Nonce = 6, 7
	if version, err := s.Save(t.Context(), store.ID{1}, r); version != 7 || err != nil {
		t.Errorf("version %d, error %v", version, err)
	}
	f.exec = func(string) (int64, error) { return 0, nil }
	if _, err := s.Save(t.Context(), store.ID{1}, r); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the error is %v", err)
	}
	f.answers[looking] = []driver.Value{int64(7), int64(1), int64(1)}
	if _, err := s.Save(t.Context(), store.ID{1}, r); !errors.Is(err, store.ErrConflict) {
		t.Errorf("the error is %v", err)
	}
}

// A server that lags behind may show the version for which no row was found.
func TestASaveThatNeverMatchesEnds(t *testing.T) {
	f, s := newStore(t, PostgreSQL)
	f.exec = func(string) (int64, error) { return 0, nil }
	f.answers[looking] = []driver.Value{int64(6), int64(1), int64(1)}
	r := live()
	r.Version = 6
	if _, err := s.Save(t.Context(), store.ID{1}, r); !errors.Is(err, store.ErrConflict) || f.count() != attempts {
		t.Errorf("%d statements ran, error %v", f.count(), err)
	}
}

// MySQL cannot replace an expired record in the statement that creates one.
func TestSave_OfANewRecordInMySQL(t *testing.T) {
	taken, down := &mysqlError{1062}, errors.New("the connection broke")
	there := []driver.Value{int64(7), int64(1), int64(1)}
	for name, test := range map[string]struct {
		runs  []any            // how many rows INSERT and UPDATE changed, by turns, or their errors
		looks [][]driver.Value // what is found: nil is nothing
		want  error
	}{
		"AtOnce":               {runs: []any{1}},
		"OverAnExpiredOne":     {runs: []any{taken, 1}},
		"OverALiveOne":         {runs: []any{taken, 0}, looks: [][]driver.Value{there}, want: store.ErrConflict},
		"OverOneThatWasPurged": {runs: []any{taken, 0, 1}, looks: [][]driver.Value{nil}},
		"NeverThereNorGone": {
			runs: []any{taken, 0, taken, 0, taken, 0, taken, 0}, looks: [][]driver.Value{nil, nil, nil, nil}, want: store.ErrConflict,
		},
		"AnUnknownOutcome":      {runs: []any{down}, want: down},
		"AnUnknownOutcomeLater": {runs: []any{taken, down}, want: down},
	} {
		t.Run(name, func(t *testing.T) {
			f, s := newStore(t, MySQL)
			notFound, notRun := f.finding(test.looks), f.running(t, test.runs)
			r := live()
			r.Nonce = 9
			version, err := s.Save(t.Context(), store.ID{1}, r)
			if !errors.Is(err, test.want) || (version == 9) != (test.want == nil) {
				t.Errorf("Save returned %d, %v; it should be %v", version, err, test.want)
			}
			if notRun() > 0 || notFound() > 0 {
				t.Errorf("%d statements were not run, and %d questions not asked", notRun(), notFound())
			}
		})
	}
}

func TestARecordThatTheTableCannotKeepIsRefused(t *testing.T) {
	_, s := newStore(t, MySQL) // whose max_allowed_packet is 1 MiB
	r := live()
	r.Data = make([]byte, 1<<20-packetRoom)
	if _, err := s.Save(t.Context(), store.ID{1}, r); err != nil {
		t.Error(err)
	}
	r.Data = make([]byte, 1<<20-packetRoom+1)
	if _, err := s.Save(t.Context(), store.ID{1}, r); !errors.Is(err, store.ErrTooLarge) || !strings.Contains(err.Error(), "max_allowed_packet") {
		t.Errorf("too large: %v", err)
	}
	if _, err := s.Move(t.Context(), store.ID{1}, store.ID{2}, r, live()); !errors.Is(err, store.ErrTooLarge) {
		t.Errorf("too large to move: %v", err)
	}
	r = live()
	r.Owner = strings.Repeat("o", 255)
	if _, err := s.Save(t.Context(), store.ID{1}, r); err != nil {
		t.Errorf("the longest owner: %v", err)
	}
	for owner, text := range map[string]string{strings.Repeat("ä", 128): "256 bytes", "\xff": "UTF-8"} {
		r = live()
		r.Owner = owner
		if _, err := s.Save(t.Context(), store.ID{1}, r); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("the owner %q: %v", owner, err)
		}
	}
}

func TestARowWithAStrangeIDIsAnErrorWithoutItsData(t *testing.T) {
	f, s := newStore(t, SQLite)
	f.answers["SELECT id, version, data, used, "] = []driver.Value{[]byte("short"), int64(1), []byte("secret"), int64(1), int64(1), nil}
	_, err := s.Load(t.Context(), store.ID{1})
	if err == nil || !strings.Contains(err.Error(), "5 bytes instead of 32") || strings.Contains(err.Error(), "secret") {
		t.Errorf("the error is %v", err)
	}
}

func TestLoad_AsksAgainIfTheConnectionEnded(t *testing.T) {
	for _, ended := range []error{&pgError{"57P01"}, &pgError{"53300"}, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}} {
		f, s := newStore(t, PostgreSQL)
		f.ended = []error{ended, ended, ended}
		if _, err := s.Load(t.Context(), store.ID{1}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Load after three times %v returned %v", ended, err)
		}
		f.ended = []error{ended, ended, ended, ended, ended}
		if _, err := s.Load(t.Context(), store.ID{1}); !errors.Is(err, ended) || len(f.ended) != 1 {
			t.Errorf("Load asked %d times, and returned %v", 5-len(f.ended), err)
		}
	}
}
