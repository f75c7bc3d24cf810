// Package sqlretry reads the errors of database drivers, and repeats what an engine undid. It knows
// the drivers' errors by their shape, so that no driver has to be imported.
package sqlretry

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"time"
)

// What an engine undid is repeated for For, with growing pauses.
const (
	For        = 5 * time.Second
	firstPause = 2 * time.Millisecond
	MaxPause   = 100 * time.Millisecond
)

// Do calls f until it succeeds, fails with an error of which undone reports false, or has failed
// for too long, and returns what the last call did. If ctx ended that call, the error also has what
// was undone before.
func Do(ctx context.Context, undone func(error) bool, f func() error) error {
	start := time.Now()
	var before error
	for pause := firstPause; ; pause = min(2*pause, MaxPause) {
		err := f()
		switch {
		case err != nil && before != nil && ctx.Err() != nil && !undone(err):
			return fmt.Errorf("%w, after %w", err, before) // the time was over in the middle of a try
		case err == nil, !undone(err), time.Since(start) >= For:
			return err
		}
		before = err
		// The jitter keeps two that met from meeting again.
		timer := time.NewTimer(pause/2 + rand.N(pause)) // #nosec G404 -- only spreads retries
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}

// PostgreSQL returns the SQLSTATE of an error of pgx, or of lib/pq since 1.10. The codes:
// PostgreSQL, appendix A.
func PostgreSQL(err error) (state string, ok bool) {
	var coded interface{ SQLState() string }
	if errors.As(err, &coded) {
		return coded.SQLState(), true
	}
	return "", false
}

// MySQL returns the server's number of an error of go-sql-driver/mysql.
func MySQL(err error) (number int, ok bool) { return numberField(err, "Number") }

// SQLite returns the code of an error of modernc.org/sqlite, which has a method, or
// mattn/go-sqlite3, which has a field, less what extends it (sqlite.org/rescode.html).
func SQLite(err error) (code int, ok bool) {
	var coded interface{ Code() int }
	if errors.As(err, &coded) {
		return coded.Code() & 0xff, true
	}
	code, ok = numberField(err, "Code")
	return code & 0xff, ok
}

// PostgreSQLUndid reports whether a statement with this SQLSTATE was undone: it can be repeated.
func PostgreSQLUndid(state string) bool {
	return state == "40001" || state == "40P01" // serialization_failure, deadlock_detected
}

// MySQLUndid is PostgreSQLUndid for a number of MySQL.
func MySQLUndid(number int) bool {
	return number == 1213 || number == 1020 // a deadlock; a row changed since it was read (MariaDB)
}

// SQLiteUndid is PostgreSQLUndid for a code of SQLite: its file is locked.
func SQLiteUndid(code int) bool { return code == 5 || code == 6 } // SQLITE_BUSY, SQLITE_LOCKED

// numberField looks for an error with an exported integer field of that name.
func numberField(err error, name string) (int, bool) {
	for ; err != nil; err = errors.Unwrap(err) {
		v := reflect.ValueOf(err)
		if v.Kind() == reflect.Pointer && !v.IsNil() {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			continue
		}
		switch field := v.FieldByName(name); {
		case !field.IsValid():
		case field.CanInt():
			return int(field.Int()), true
		case field.CanUint() && field.Uint() < 1<<31:
			return int(field.Uint()), true // #nosec G115 -- compared just before
		}
	}
	return 0, false
}
