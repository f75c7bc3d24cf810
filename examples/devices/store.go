package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver named "sqlite"

	"github.com/wafer-go/wafer/store/sqlstore"
)

// A fileStore keeps sessions in a file.
type fileStore struct {
	*sqlstore.Store
	db   *sql.DB
	path string
}

// openStore opens the file, and makes it and its table if need be.
func openStore(ctx context.Context, file string) (*fileStore, error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	// SQLite would let every user of this machine read a file that it makes.
	// The files beside it, which end in -wal and -shm, get the same mode.
	made, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w; name another file with -db FILE", err)
	}
	if err := made.Close(); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", sqlstore.SQLiteDSN(path))
	if err != nil {
		return nil, err
	}
	st, err := migrated(ctx, db)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), db.Close())
	}
	return &fileStore{st, db, path}, nil
}

func migrated(ctx context.Context, db *sql.DB) (*sqlstore.Store, error) {
	if err := sqlstore.Migrate(ctx, db, sqlstore.SQLite, nil); err != nil {
		return nil, err
	}
	return sqlstore.New(ctx, db, sqlstore.SQLite, nil)
}

// Close closes the store, and then the database beneath it.
func (f *fileStore) Close() error { return errors.Join(f.Store.Close(), f.db.Close()) }
