package sqlstore

import (
	"bytes"
	"database/sql/driver"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// While a program runs, somebody may remove or replace its database.
func TestPurging_ReportsThatTheFileIsGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	for name, test := range map[string]struct {
		file any // what SQLite calls it
		harm func() error
		says string
	}{
		"there":            {path, func() error { return nil }, ""},
		"removed":          {path, func() error { return os.Remove(path) }, "was removed while it was open"},
		"replaced":         {path, func() error { return os.Rename(path+".new", path) }, "was replaced while it was open"},
		"in memory":        {"", func() error { return nil }, ""},
		"without a name":   {nil, func() error { return nil }, ""},
		"the driver's own": {path + ".none", func() error { return nil }, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			for _, name := range []string{path, path + ".new"} {
				if err := os.WriteFile(name, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			f, db := newFake(t)
			f.answers["SELECT file FROM pragma"] = []driver.Value{test.file}
			var log bytes.Buffer
			s, err := New(t.Context(), db, SQLite, &Options{PurgeInterval: time.Minute, Logger: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			if err := test.harm(); err != nil {
				t.Fatal(err)
			}
			err = s.Ping(t.Context())
			time.Sleep(2 * time.Minute)
			s.Close()
			if got := log.String(); !strings.Contains(got, test.says) || strings.Contains(got, "a file that is gone") != (test.says != "") {
				t.Errorf("%s: the log says %s", name, got)
			}
			if (err != nil) != (test.says != "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s: Ping returned %v", name, err)
			}
		})
	}
}

func TestNew_FailsIfSQLiteDoesNotNameTheFile(t *testing.T) {
	f, db := newFake(t)
	delete(f.answers, "SELECT file FROM pragma")
	if _, err := New(t.Context(), db, SQLite, nil); err == nil || !strings.Contains(err.Error(), "look for the database's file") {
		t.Errorf("New returned %v", err)
	}
}
