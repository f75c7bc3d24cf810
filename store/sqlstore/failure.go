package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/wafer-go/wafer/internal/sqlretry"
	"github.com/wafer-go/wafer/store"
)

// A cause is what a store has to know of an engine's error.
type cause int

const (
	other     cause = iota
	duplicate       // another row has this id
	transient       // undone by the engine, and worth another try
	busy            // likewise: SQLite's file is locked
	tooLarge
	full
	noTable
	broken // the connection ended, or none could be made; whether the statement ran is unknown
	pooled // a pooler gave the statement another connection than the one that prepared it
)

// causeOf tells why an engine failed.
func (d Dialect) causeOf(err error) cause {
	if c := d.engineCause(err); c != other {
		return c
	}
	var network net.Error
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return other
	case errors.As(err, &network) && network.Timeout():
		return other // to wait as long again would not help
	case errors.As(err, &network), errors.Is(err, driver.ErrBadConn), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return broken
	}
	return other
}

// engineCause tells what the engine's own code means.
func (d Dialect) engineCause(err error) cause {
	switch d {
	case PostgreSQL:
		if state, ok := sqlretry.PostgreSQL(err); ok {
			return postgresCause(state)
		}
	case MySQL:
		if number, ok := sqlretry.MySQL(err); ok {
			return mysqlCause(number, err.Error())
		}
		// What the driver says itself.
		if strings.Contains(err.Error(), "packet for query is too large") {
			return tooLarge
		}
		if strings.HasSuffix(err.Error(), "invalid connection") { // its ErrInvalidConn
			return broken
		}
	case SQLite:
		if code, ok := sqlretry.SQLite(err); ok {
			return sqliteCause(code, err.Error())
		}
	}
	return other
}

func postgresCause(state string) cause {
	if sqlretry.PostgreSQLUndid(state) {
		return transient
	}
	switch state {
	case "23505":
		return duplicate
	case "54000": // program_limit_exceeded
		return tooLarge
	case "53100": // disk_full
		return full
	case "42P01": // undefined_table
		return noTable
	case "57P01", "57P02", "57P03", "53300": // admin_shutdown, crash_shutdown, cannot_connect_now, too_many_connections
		return broken
	case "26000", "42P05": // invalid_sql_statement_name, duplicate_prepared_statement
		return pooled
	}
	return other
}

func mysqlCause(number int, text string) cause {
	if sqlretry.MySQLUndid(number) {
		return transient
	}
	switch number {
	case 1062:
		return duplicate
	case 1153, 1118: // a packet, a row, that is too large
		return tooLarge
	case 1105: // unknown, and the text tells
		if strings.Contains(text, "max_allowed_packet") {
			return tooLarge
		}
	case 1114, 1021: // a full table, a full disk
		return full
	case 1146:
		return noTable
	case 1040, 1053, 1927: // too many connections, a shutdown, a connection that was killed (MariaDB)
		return broken
	}
	return other
}

func sqliteCause(code int, text string) cause {
	if sqlretry.SQLiteUndid(code) {
		return busy
	}
	switch code {
	case 19: // the table's only constraints are on its id, and against NULL
		return duplicate
	case 18: // SQLITE_TOOBIG
		return tooLarge
	case 13: // SQLITE_FULL
		return full
	case 1:
		if strings.Contains(text, "no such table") {
			return noTable
		}
	}
	return other
}

// fail says what failed. It adds what of this package's and of the context's
// errors an engine's error comes to.
func (d Dialect) fail(ctx context.Context, what string, err error) error {
	if done := ctx.Err(); done != nil && !errors.Is(err, done) {
		// Drivers report a context that is done as they like, for instance
		// as a read that timed out.
		err = fmt.Errorf("%w: %w", done, err)
	}
	switch d.causeOf(err) {
	case tooLarge:
		err = fmt.Errorf("%w: %w", store.ErrTooLarge, err)
	case full:
		err = fmt.Errorf("%w: %w", store.ErrFull, err)
	case busy:
		err = fmt.Errorf("another connection kept the database locked; does every one of them have a busy timeout, as with SQLiteDSN? %w", err)
	case pooled:
		err = fmt.Errorf("a pooler such as PgBouncer gave the statement another connection than the one that prepared it; set Options.Unprepared, and default_query_exec_mode=exec in the data source name of pgx: %w", err)
	case noTable:
		err = fmt.Errorf("the table is not there; call Migrate: %w", err)
	}
	return fmt.Errorf("sqlstore: %s: %w", what, err)
}

// again calls f until it succeeds or fails for good, and returns what the last call did.
func (d Dialect) again(ctx context.Context, f func() error) error {
	return sqlretry.Do(ctx, func(err error) bool {
		c := d.causeOf(err)
		return c == transient || c == busy
	}, f)
}

// readTries is how often a query is sent, at most, if its connection ended: to a
// server that has been restarted a pool has many that did.
const readTries = 4

// read is again for what changes nothing, so that it can be asked again if the
// connection ended.
func (d Dialect) read(ctx context.Context, f func() error) error {
	for try, pause := 1, firstReadPause; ; try, pause = try+1, 4*pause {
		err := d.again(ctx, f)
		if err == nil || try == readTries || d.causeOf(err) != broken || !wait(ctx, pause) {
			return err
		}
	}
}

// firstReadPause is how long the second try waits; each more waits four times as
// long.
const firstReadPause = 8 * time.Millisecond
