package sqlstore

import (
	"bytes"
	"database/sql/driver"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/wafer-go/wafer/store"
)

func TestNew_WarnsOfWhatTheEngineWillRefuse(t *testing.T) {
	for name, test := range map[string]struct {
		harm func(f *fake)
		says string
	}{
		"nothing":      {func(*fake) {}, ""},
		"small packet": {func(f *fake) { f.answers["SELECT @@max_allowed_packet"] = []driver.Value{int64(1 << 19), int64(1)} }, "set it to 16M"},
		"least packet": {func(f *fake) {
			f.answers["SELECT @@max_allowed_packet"] = []driver.Value{int64(leastData + packetRoom), int64(1)}
		}, ""},
		"no rights": {func(f *fake) { f.failing(errors.New("INSERT command denied")) }, "check the user's rights"},
	} {
		f, db := newFake(t)
		f.answers["SELECT @@max_allowed_packet"] = []driver.Value{int64(16 << 20), int64(1)}
		test.harm(f)
		var log bytes.Buffer
		s, err := New(t.Context(), db, MySQL, &Options{PurgeInterval: -1, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		if !strings.Contains(log.String(), test.says) || test.says == "" && log.Len() > 0 {
			t.Errorf("%s: the log says %q; it should say %q", name, log.String(), test.says)
		}
	}
}

// Another program may lock SQLite's file at any time.
func TestNew_WaitsForALockedFileWhateverItDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, db := newFake(t)
		f.lockedOnce()
		if err := Migrate(t.Context(), db, SQLite, nil); err != nil {
			t.Fatal(err)
		}
		f.lockedOnce()
		var log bytes.Buffer
		s, err := New(t.Context(), db, SQLite, &Options{PurgeInterval: -1, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Load(t.Context(), store.ID{1}); !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
		if _, err := s.Save(t.Context(), store.ID{1}, live()); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil || log.Len() > 0 {
			t.Errorf("Close returned %v, and the log says %q", err, log.String())
		}
	})
}
