package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
)

// A fake is an engine that answers as a test says.
type fake struct {
	mu   sync.Mutex
	exec func(statement string) (rows int64, err error)
	ran  []string // the statements executed

	ended []error // what the next queries fail with

	locked map[string]bool // what has found the file locked; nil if nothing does

	// answers has, for the start of a query, the row it returns; a nil row
	// for none.
	answers map[string][]driver.Value
}

// newFake returns a database that looks as if it had been migrated.
func newFake(t *testing.T) (*fake, *sql.DB) {
	f := &fake{
		exec: func(string) (int64, error) { return 1, nil },
		answers: map[string][]driver.Value{
			"SELECT sqlite_version()":          {"3.45.0"},
			"SELECT current_setting":           {"150000"},
			"SELECT @@version_comment":         {"MariaDB"},
			"SELECT @@max_allowed_packet":      {int64(1 << 20), int64(1)},
			"SELECT file FROM pragma":          {""},
			"SELECT MAX(version)":              {int64(schemaVersion)},
			"SELECT version, used, expires":    nil,
			"SELECT id, version, data, used, ": nil,
		},
	}
	db := sql.OpenDB(f)
	t.Cleanup(func() { db.Close() })
	return f, db
}

// newStore returns a store on a fake, which does not purge by itself.
func newStore(t *testing.T, d Dialect) (*fake, *Store) {
	t.Helper()
	f, db := newFake(t)
	s, err := New(t.Context(), db, d, &Options{PurgeInterval: -1, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	f.forget() // what New looked for
	return f, s
}

// failing lets the first statements fail, with these errors.
func (f *fake) failing(failures ...error) {
	f.exec = func(string) (int64, error) {
		if len(failures) == 0 {
			return 1, nil
		}
		err := failures[0]
		failures = failures[1:]
		return 1, err
	}
}

func (f *fake) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ran = nil
}

func (f *fake) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.ran)
}

// lockedOnce has the file be locked when anything is done for the first time.
func (f *fake) lockedOnce() { f.locked = map[string]bool{} }

// lock returns the error of a file that is locked, if it is.
func (f *fake) lock(what string) error {
	if f.locked == nil || f.locked[what] {
		return nil
	}
	f.locked[what] = true
	return &sqliteError{5}
}

func (f *fake) Connect(context.Context) (driver.Conn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return fakeConn{f}, f.lock("connect")
}

func (f *fake) Driver() driver.Driver { return nil }

type fakeConn struct{ f *fake }

func (c fakeConn) Prepare(text string) (driver.Stmt, error) {
	c.f.mu.Lock()
	defer c.f.mu.Unlock()
	return fakeStmt{c.f, text}, c.f.lock("prepare " + text)
}

func (c fakeConn) Close() error              { return nil }
func (c fakeConn) Begin() (driver.Tx, error) { return nil, errors.New("no transactions here") }

type fakeStmt struct {
	f    *fake
	text string
}

func (s fakeStmt) Close() error  { return nil }
func (s fakeStmt) NumInput() int { return -1 }

func (s fakeStmt) Exec([]driver.Value) (driver.Result, error) {
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	if err := s.f.lock(s.text); err != nil {
		return nil, err
	}
	s.f.ran = append(s.f.ran, s.text)
	rows, err := s.f.exec(s.text)
	return driver.RowsAffected(rows), err
}

func (s fakeStmt) Query([]driver.Value) (driver.Rows, error) {
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	if err := s.f.lock(s.text); err != nil {
		return nil, err
	}
	if len(s.f.ended) > 0 {
		err := s.f.ended[0]
		s.f.ended = s.f.ended[1:]
		return nil, err
	}
	for start, row := range s.f.answers {
		if strings.HasPrefix(s.text, start) {
			return &fakeRows{row, len(row)}, nil
		}
	}
	return nil, errors.New("syntax error")
}

type fakeRows struct {
	row   []driver.Value
	width int
}

func (r *fakeRows) Columns() []string { return make([]string, r.width) }
func (r *fakeRows) Close() error      { return nil }

func (r *fakeRows) Next(to []driver.Value) error {
	if r.row == nil {
		return io.EOF
	}
	copy(to, r.row)
	r.row = nil
	return nil
}
