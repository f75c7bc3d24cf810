package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
)

// A file is that of an SQLite database. SQLite keeps a removed file open and
// writes to it, and all of that is lost when the last connection closes.
type file struct {
	path string // empty if there is none to look for
	info os.FileInfo
}

// openFile returns the file of a database; nothing for a database in memory.
func openFile(ctx context.Context, db *sql.DB) (file, error) {
	var path sql.NullString
	err := db.QueryRowContext(ctx, "SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&path)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return file{}, err
	}
	info, err := os.Stat(path.String)
	if err != nil {
		return file{}, nil // none, or a name of the driver's own, which this package cannot look for
	}
	return file{path.String, info}, nil
}

// check returns an error if the file is not the one that was opened.
func (f file) check() error {
	if f.path == "" {
		return nil
	}
	now, err := os.Stat(f.path)
	switch {
	case err != nil:
		return fmt.Errorf("the database's file was removed while it was open, so what is saved now will be lost: restart the program: %w", err)
	case !os.SameFile(now, f.info):
		return fmt.Errorf("the database's file %s was replaced while it was open, so what is saved now will be lost: restart the program", f.path)
	}
	return nil
}
