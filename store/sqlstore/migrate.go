package sqlstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
)

// Migrate makes the table, or brings it to the version that this release works with; it does
// nothing where that is done. Servers that call it at once wait for each other. It needs the right
// to create tables unless there is nothing to do; otherwise see [Dialect.Schema]. It fails if the
// database is of another engine than dialect says, or if a later release made the table. Of opts,
// only Table counts.
func Migrate(ctx context.Context, db *sql.DB, dialect Dialect, opts *Options) error {
	o, err := opts.withDefaults()
	if err != nil {
		return err
	}
	if err := dialect.recognize(ctx, db); err != nil {
		return err
	}
	var outdated *versionError
	if err := dialect.checkVersion(ctx, db, o.Table); !errors.As(err, &outdated) || outdated.found > schemaVersion {
		return err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return dialect.fail(ctx, "migrate", err)
	}
	defer conn.Close()
	err = dialect.again(ctx, func() error { return dialect.migrate(ctx, conn, o.Table) })
	if err != nil && !errors.As(err, &outdated) {
		return dialect.fail(ctx, fmt.Sprintf("migrate the table %q", o.Table), err)
	}
	return err
}

// migrate runs the steps that are missing, alone.
func (d Dialect) migrate(ctx context.Context, conn *sql.Conn, table string) (err error) {
	release, err := d.lock(ctx, conn, table)
	if err != nil {
		return err
	}
	defer func() {
		if failed := release(err == nil); err == nil {
			err = failed
		}
	}()
	if _, err := conn.ExecContext(ctx, d.write(table, schemaTable)); err != nil {
		return err
	}
	version, err := d.version(ctx, conn, table)
	if err != nil {
		return err
	}
	if version > schemaVersion {
		return &versionError{table: table, found: version}
	}
	for i := version; i < schemaVersion; i++ {
		for _, statement := range d.step(table, i) {
			if _, err := conn.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
	}
	return nil
}

// lock keeps other servers from migrating the table until release is called,
// which says whether to keep what was done. MySQL keeps it in any case: it
// commits with each such statement.
func (d Dialect) lock(ctx context.Context, conn *sql.Conn, table string) (release func(keep bool) error, err error) {
	// Both engines lock by a name or number that all databases of a server
	// share; two programs that migrate tables of one name only wait for each other.
	sum := sha256.Sum256([]byte("wafer sqlstore migrate " + table))
	begin, lock, commit, rollback := "BEGIN IMMEDIATE", "", "COMMIT", "ROLLBACK"
	switch d {
	case PostgreSQL:
		// Under a stricter level, what is read after the wait for the lock
		// would be as old as the wait.
		begin = "BEGIN ISOLATION LEVEL READ COMMITTED"
		// #nosec G115 -- any 64 bits will do
		lock = fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", int64(binary.BigEndian.Uint64(sum[:8])))
	case MySQL:
		begin = ""
		lock = fmt.Sprintf("SELECT GET_LOCK('wafer %x', %d)", sum[:8], lockSeconds)
		commit = fmt.Sprintf("SELECT RELEASE_LOCK('wafer %x')", sum[:8])
		rollback = commit
	}
	if begin != "" {
		if _, err := conn.ExecContext(ctx, begin); err != nil {
			return nil, err
		}
	}
	// What ends it must not be cut short: the connection goes back to the pool.
	unlock := func(keep bool) error {
		end := rollback
		if keep {
			end = commit
		}
		_, err := conn.ExecContext(context.WithoutCancel(ctx), end)
		return err
	}
	if lock != "" {
		var got any
		if err := conn.QueryRowContext(ctx, lock).Scan(&got); err != nil {
			return nil, errors.Join(err, unlock(false))
		}
		if d == MySQL && !lockTaken(got) {
			return nil, fmt.Errorf("another server has been migrating for %d seconds", lockSeconds)
		}
	}
	return unlock, nil
}

// lockSeconds is how long to wait for another server that migrates a table of
// MySQL. PostgreSQL waits until the context is done.
const lockSeconds = 60

// lockTaken reads what GET_LOCK returns: 1, or 0 after its time, or NULL after
// an error. Drivers give a number or its text.
func lockTaken(got any) bool {
	switch got := got.(type) {
	case int64:
		return got == 1
	case []byte:
		return string(got) == "1"
	default:
		return false
	}
}
