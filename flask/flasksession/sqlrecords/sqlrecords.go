// Package sqlrecords keeps sessions in the table of a Flask program with
// SESSION_TYPE="sqlalchemy": PostgreSQL, MySQL, MariaDB or SQLite.
//
//	records, err := sqlrecords.New(db, sqlrecords.PostgreSQL, nil)
//	...
//	backend, err := flasksession.New(records, nil)
//
// Import the database's driver yourself, as always with database/sql. The table's column id must
// number its rows by itself, so SESSION_SQLALCHEMY_SEQUENCE must not be set.
//
// # SQLite
//
// Open the file with [github.com/wafer-go/wafer/store/sqlstore.SQLiteDSN]. It turns on write-ahead
// logging, for Flask too, so that readers and the writer do not wait for one another, and a busy
// timeout. SQLite has one writer at a time: Records queue their own writes, and try again for 5
// seconds while the Flask program writes. A Flask request that has written to the file keeps it
// locked until it commits.
package sqlrecords

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/session/driver"
)

// DefaultTable is Flask-Session's default for SESSION_SQLALCHEMY_TABLE.
const DefaultTable = "sessions"

// Options describe a Flask program whose settings differ from Flask-Session's defaults.
type Options struct {
	// Table is SESSION_SQLALCHEMY_TABLE, and before it SESSION_SQLALCHEMY_SCHEMA with a dot, if it
	// is set: letters, digits and underscores. Empty means DefaultTable. Airflow has "session".
	Table string
}

// Records are the rows of the table. They are safe for concurrent use by multiple goroutines.
type Records struct {
	db                                       *sql.DB
	d                                        Dialect
	load, create, swap, word, remove, expire string

	// writer is held by whoever writes, with SQLite; else it is nil. SQLite has those who wait try
	// again now and then, in no order, so one of many could wait for all the others.
	writer chan struct{}
}

var _ flasksession.Records = (*Records)(nil)

// New returns the records in a database, which it does not ask. It fails if db is nil, the dialect
// is unknown, or the table's name has other characters. If opts is nil, the defaults apply.
func New(db *sql.DB, d Dialect, opts *Options) (*Records, error) {
	table := DefaultTable
	if opts != nil && opts.Table != "" {
		table = opts.Table
	}
	if db == nil {
		return nil, errors.New("sqlrecords: New needs a database, from sql.Open")
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	quoted, err := d.quote(table)
	if err != nil {
		return nil, err
	}
	statement := func(text string) string { return d.number(strings.ReplaceAll(text, "{t}", quoted)) }
	var writer chan struct{}
	if d == SQLite {
		writer = make(chan struct{}, 1)
	}
	return &Records{
		db: db, d: d, writer: writer,
		load:   statement("SELECT session_id, data, expiry FROM {t} WHERE session_id = ?"),
		create: statement("INSERT INTO {t} (session_id, data, expiry) VALUES (?, ?, ?)"),
		swap:   statement("UPDATE {t} SET data = ?, expiry = ? WHERE session_id = ? AND data = ?"),
		word:   statement("UPDATE {t} SET session_id = ?, data = ?, expiry = ? WHERE session_id = ? AND data = ?"),
		remove: statement("DELETE FROM {t} WHERE session_id = ?"),
		expire: statement("DELETE FROM {t} WHERE expiry <= ?"),
	}, nil
}

// Load returns the row of a key. One without an expiry has expired, as Flask-Session has it.
func (r *Records) Load(ctx context.Context, key string) (flasksession.Record, error) {
	var name string
	var data []byte
	var expiry any
	err := r.again(ctx, func() error { return r.db.QueryRowContext(ctx, r.load, key).Scan(&name, &data, &expiry) })
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && (name != key || expiry == nil):
		return flasksession.Record{}, nil // MySQL finds names in another case too
	case err != nil:
		return flasksession.Record{}, r.d.fail("read", err)
	}
	at, err := readTime(expiry)
	if err != nil {
		return flasksession.Record{}, r.d.fail("read", err)
	}
	if data == nil {
		data = []byte{}
	}
	return flasksession.Record{Data: data, Expires: at}, nil
}

// Swap replaces the data of a row that still has old, or inserts a row.
func (r *Records) Swap(ctx context.Context, key string, old []byte, next flasksession.Record) error {
	if limit := r.d.limit(); len(next.Data) > limit {
		return fmt.Errorf("sqlrecords: %w: its record has %d bytes, and the table's column holds %d", driver.ErrTooLarge, len(next.Data), limit)
	}
	at := r.d.time(next.Expires)
	if old == nil {
		_, err := r.write(ctx, "insert", r.create, key, next.Data, at)
		return err
	}
	return r.changed(ctx, key, old, next.Data, r.swap, next.Data, at, key, old)
}

// Retire makes a row that still has old the one of word.
func (r *Records) Retire(ctx context.Context, key string, old []byte, name string, word flasksession.Record) error {
	rename := func() error {
		return r.changed(ctx, key, old, nil, r.word, name, word.Data, r.d.time(word.Expires), key, old)
	}
	err := rename()
	if err == nil || errors.Is(err, driver.ErrEnded) || errors.Is(err, driver.ErrConflict) {
		return err
	}
	// There may be word of an earlier time that the ID was in use. If the row has still old, that
	// word is not of another request which retired it.
	now, failed := r.Load(ctx, key)
	if failed != nil || now.Data == nil || string(now.Data) != string(old) {
		return err
	}
	if failed := r.Delete(ctx, name); failed != nil {
		return err
	}
	return rename()
}

// changed runs a statement that changes the row with old, and says why if there is none.
func (r *Records) changed(ctx context.Context, key string, old, next []byte, statement string, args ...any) error {
	if n, err := r.write(ctx, "update", statement, args...); err != nil || n > 0 {
		return err
	}
	now, err := r.Load(ctx, key)
	switch {
	case err != nil:
		return err
	case now.Data == nil:
		return driver.ErrEnded
	case string(old) == string(next) && string(now.Data) == string(old):
		return nil // MySQL does not count a row that has all of it already
	}
	return driver.ErrConflict
}

// Delete deletes a row.
func (r *Records) Delete(ctx context.Context, key string) error {
	_, err := r.write(ctx, "delete", r.remove, key)
	return err
}

// DeleteExpired deletes the rows that have expired, as `flask session_cleanup` does, and returns
// how many. Flask-Session before 0.7 has no such command, and deletes an expired row only when its
// visitor comes back: call DeleteExpired every few minutes.
func (r *Records) DeleteExpired(ctx context.Context) (int64, error) {
	return r.write(ctx, "delete", r.expire, r.d.time(time.Now()))
}
