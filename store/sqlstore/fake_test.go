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

	// pages has, for the start of a query, the rows it returns each time, before those in answers.
	// asked are the arguments with which these were asked.
	pages map[string][][][]driver.Value
	asked [][]driver.Value
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

// running lets one statement after the other change so many rows, or fail with an error, and returns
// how many of these results are left.
func (f *fake) running(t *testing.T, results []any) (left func() int) {
	f.exec = func(statement string) (int64, error) {
		if len(results) == 0 {
			t.Fatalf("it runs %s", statement)
		}
		next := results[0]
		results = results[1:]
		if err, ok := next.(error); ok {
			return 0, err
		}
		return int64(next.(int)), nil
	}
	return func() int { return len(results) }
}

// finding lets one question for a version after the other find a row, or nothing if it is nil, and
// returns how many of these rows are left.
func (f *fake) finding(found [][]driver.Value) (left func() int) {
	f.pages = map[string][][][]driver.Value{}
	for _, row := range found {
		f.pages[looking] = append(f.pages[looking], [][]driver.Value{row})
	}
	return func() int { return len(f.pages[looking]) }
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

func (s fakeStmt) Query(args []driver.Value) (driver.Rows, error) {
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
	for start, pages := range s.f.pages {
		if strings.HasPrefix(s.text, start) && len(pages) > 0 {
			s.f.asked = append(s.f.asked, args)
			s.f.pages[start] = pages[1:]
			return newRows(pages[0]...), nil
		}
	}
	for start, row := range s.f.answers {
		if strings.HasPrefix(s.text, start) {
			return newRows(row), nil
		}
	}
	return nil, errors.New("syntax error")
}

type fakeRows struct {
	rows  [][]driver.Value
	width int
}

// newRows returns rows that are not nil.
func newRows(rows ...[]driver.Value) *fakeRows {
	r := new(fakeRows)
	for _, row := range rows {
		if row != nil {
			r.rows, r.width = append(r.rows, row), len(row)
		}
	}
	return r
}

func (r *fakeRows) Columns() []string { return make([]string, r.width) }
func (r *fakeRows) Close() error      { return nil }

func (r *fakeRows) Next(to []driver.Value) error {
	if len(r.rows) == 0 {
		return io.EOF
	}
	copy(to, r.rows[0])
	r.rows = r.rows[1:]
	return nil
}
