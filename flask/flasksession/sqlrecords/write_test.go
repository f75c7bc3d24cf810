package sqlrecords_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/flask/flasksession/sqlrecords"
)

// Errors of the shapes that drivers have.
type (
	pgError     struct{ state string }  // pgx, lib/pq
	mysqlError  struct{ Number uint16 } // go-sql-driver/mysql, by pointer
	sqliteError struct{ code int }      // modernc.org/sqlite, by pointer
	cgoError    struct{ Code int }      // mattn/go-sqlite3, by value
)

func (e *pgError) Error() string     { return "SQLSTATE " + e.state }
func (e *pgError) SQLState() string  { return e.state }
func (e *mysqlError) Error() string  { return fmt.Sprintf("Error %d", e.Number) }
func (e *sqliteError) Error() string { return "database is locked" }
func (e *sqliteError) Code() int     { return e.code }
func (e cgoError) Error() string     { return "database is locked" }

func TestRecords_RepeatWhatTheEngineUndid(t *testing.T) {
	for _, test := range []struct {
		dialect sqlrecords.Dialect
		undid   error
	}{
		{sqlrecords.SQLite, &sqliteError{5}},
		{sqlrecords.SQLite, &sqliteError{517}}, // SQLITE_BUSY_SNAPSHOT
		{sqlrecords.SQLite, cgoError{6}},
		{sqlrecords.PostgreSQL, &pgError{"40P01"}},
		{sqlrecords.MySQL, &mysqlError{1213}},
	} {
		synctest.Test(t, func(t *testing.T) {
			db := sql.OpenDB(connector{&undoing{undid: test.undid, times: 3}})
			defer db.Close()
			records := must(sqlrecords.New(db, test.dialect, nil))
			next := flasksession.Record{Data: []byte("b"), Expires: time.Now().Add(time.Hour)}
			for what, err := range map[string]error{
				"Load":   second(records.Load(t.Context(), "x")),
				"create": records.Swap(t.Context(), "x", nil, next),
				"Swap":   records.Swap(t.Context(), "x", []byte("a"), next),
				"Retire": records.Retire(t.Context(), "x", []byte("a"), "x:word", next),
				"Delete": records.Delete(t.Context(), "x"),
				"expire": second(records.DeleteExpired(t.Context())),
			} {
				if err != nil {
					t.Errorf("%d: %s after %v: %v", test.dialect, what, test.undid, err)
				}
			}
		})
	}
}

func TestRecords_DoNotRepeatWhatMayHaveTakenEffect(t *testing.T) {
	for d, failure := range map[sqlrecords.Dialect]error{
		sqlrecords.SQLite: &sqliteError{10}, sqlrecords.PostgreSQL: &pgError{"57P01"}, sqlrecords.MySQL: &mysqlError{1205},
	} {
		db := sql.OpenDB(connector{&undoing{undid: failure, times: 1}})
		records := must(sqlrecords.New(db, d, nil))
		if err := records.Delete(t.Context(), "x"); !errors.Is(err, failure) {
			t.Errorf("%d: after %v, Delete returned %v", d, failure, err)
		}
		db.Close()
	}
}

func TestRecords_OfAFileThatStaysLocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := sql.OpenDB(connector{&undoing{undid: &sqliteError{5}, times: 1 << 30}})
		defer db.Close()
		records := must(sqlrecords.New(db, sqlrecords.SQLite, nil))
		first := make(chan error)
		go func() { first <- records.Delete(t.Context(), "x") }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := records.Delete(ctx, "y"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("behind another writer, Delete returned %v", err)
		}
		if err := <-first; err == nil || !strings.Contains(err.Error(), "open the file with sqlstore.SQLiteDSN") {
			t.Errorf("Delete returned %v", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// An engine runs statements.
type engine interface {
	run(text string) (driver.Result, error)
	query(text string) (driver.Rows, error)
}

// undoing is an engine that undoes each statement a few times, and then runs it.
type undoing struct {
	undid error
	times int

	mu  sync.Mutex
	met map[string]int
}

func (e *undoing) run(text string) (driver.Result, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.met == nil {
		e.met = map[string]int{}
	}
	if e.met[text]++; e.met[text] <= e.times {
		return nil, e.undid
	}
	return driver.RowsAffected(1), nil
}

func (e *undoing) query(text string) (driver.Rows, error) {
	_, err := e.run(text)
	return none{}, err
}

type connector struct{ engine }

func (c connector) Connect(context.Context) (driver.Conn, error) { return c, nil }
func (c connector) Driver() driver.Driver                        { return nil }
func (c connector) Prepare(text string) (driver.Stmt, error)     { return stmt{c.engine, text}, nil }
func (c connector) Close() error                                 { return nil }
func (c connector) Begin() (driver.Tx, error)                    { return nil, errors.New("no transactions here") }

type stmt struct {
	engine
	text string
}

func (s stmt) Close() error                               { return nil }
func (s stmt) NumInput() int                              { return -1 }
func (s stmt) Exec([]driver.Value) (driver.Result, error) { return s.run(s.text) }
func (s stmt) Query([]driver.Value) (driver.Rows, error)  { return s.query(s.text) }

type none struct{}

func (none) Columns() []string         { return []string{"session_id", "data", "expiry"} }
func (none) Close() error              { return nil }
func (none) Next([]driver.Value) error { return io.EOF }
