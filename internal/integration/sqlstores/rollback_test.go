package sqlstores

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/wafer-go/wafer/store/sqlstore"
)

// A file that another program made has a rollback journal. While that program writes, SQLite cannot
// turn on write-ahead logging, and fails at once, whatever the busy timeout is. That is the first
// thing that a connection with SQLiteDSN does.
func TestStore_StartsWhileAnotherProgramWrites(t *testing.T) {
	for name, test := range map[string]struct {
		dsn   func(path string) string
		begin string
	}{
		"SQLiteDSN":       {sqlstore.SQLiteDSN, "BEGIN IMMEDIATE"},
		"no busy timeout": {func(path string) string { return "file:" + path }, "BEGIN EXCLUSIVE"},
	} {
		opts := &sqlstore.Options{PurgeInterval: -1}
		t.Run("Migrate, "+name, func(t *testing.T) {
			file, other := rollbackFile(t)
			time.AfterFunc(200*time.Millisecond, lock(t, other, test.begin))
			if err := sqlstore.Migrate(t.Context(), open(t, sqlite.driver, test.dsn(file)), sqlstore.SQLite, opts); err != nil {
				t.Fatal(err)
			}
		})
		t.Run("New, "+name, func(t *testing.T) {
			file, other := rollbackFile(t)
			if err := sqlstore.Migrate(t.Context(), other, sqlstore.SQLite, opts); err != nil {
				t.Fatal(err)
			}
			time.AfterFunc(200*time.Millisecond, lock(t, other, test.begin))
			s := sqlite.new(t, open(t, sqlite.driver, test.dsn(file)), opts)
			save(t, s, id(1), record("a value"))
			load(t, s, id(1))
		})
	}
}

// rollbackFile returns a file of SQLite with the default settings, and a database that uses it.
func rollbackFile(t *testing.T) (file string, db *sql.DB) {
	file = filepath.Join(t.TempDir(), "app.db")
	db = open(t, sqlite.driver, "file:"+file)
	exec(t, db, "CREATE TABLE notes (note TEXT)")
	return file, db
}
