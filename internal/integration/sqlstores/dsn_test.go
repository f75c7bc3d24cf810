package sqlstores

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/wafer-go/wafer/store/sqlstore"
)

func TestSQLiteDSNOpensTheFileOfThatName(t *testing.T) {
	for _, name := range []string{"sessions.db", "a b.db", "100%.db", "50%20.db", "what?x=y.db", "a#b.db", "ü&=+;.db"} {
		path := filepath.Join(t.TempDir(), name)
		db := open(t, sqlite.driver, sqlstore.SQLiteDSN(path))
		if err := sqlstore.Migrate(t.Context(), db, sqlstore.SQLite, nil); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	t.Chdir(t.TempDir())
	if err := open(t, sqlite.driver, sqlstore.SQLiteDSN("here.db")).PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("here.db"); err != nil {
		t.Error(err)
	}
}

func TestSQLiteDSNSetsWhatItSays(t *testing.T) {
	db := sqlite.open(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "busy_timeout": "5000", "synchronous": "2"} {
		var got string
		if err := db.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, error %v; it should be %q", pragma, got, err, want)
		}
	}
}

func TestTheFilesBesideTheDatabaseHaveItsMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	db := open(t, sqlite.driver, sqlstore.SQLiteDSN(path))
	save(t, sqlite.new(t, db, sqlite.migrated(t, db)), id(1), record("a value"))
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != 0o600 {
			t.Errorf("%s has the mode %v", filepath.Base(path+suffix), info.Mode())
		}
	}
}
