package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/internal/sqlretry"
	"github.com/wafer-go/wafer/store"
)

// Errors of the shapes that drivers have.
type (
	pgError     struct{ state string }       // pgx, lib/pq
	mysqlError  struct{ Number uint16 }      // go-sql-driver/mysql, by pointer
	sqliteError struct{ code int }           // modernc.org/sqlite, by pointer
	cgoError    struct{ Code, Extended int } // mattn/go-sqlite3, by value
)

func (e *pgError) Error() string     { return "ERROR (SQLSTATE " + e.state + ")" }
func (e *pgError) SQLState() string  { return e.state }
func (e *mysqlError) Error() string  { return fmt.Sprintf("Error %d: max_allowed_packet", e.Number) }
func (e *sqliteError) Error() string { return "no such table: x" }
func (e *sqliteError) Code() int     { return e.code }
func (e cgoError) Error() string     { return "no such table: x" }

func TestEachDriversErrorsAreUnderstood(t *testing.T) {
	for _, test := range []struct {
		dialect Dialect
		err     error
		want    cause
	}{
		{PostgreSQL, &pgError{"23505"}, duplicate},
		{PostgreSQL, &pgError{"57P01"}, broken}, // admin_shutdown
		{PostgreSQL, &pgError{"53300"}, broken}, // too_many_connections
		{PostgreSQL, &pgError{"26000"}, pooled},
		{PostgreSQL, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, broken},
		{PostgreSQL, context.DeadlineExceeded, other},
		{MySQL, driver.ErrBadConn, broken},
		{PostgreSQL, &pgError{"40001"}, transient},
		{PostgreSQL, &pgError{"40P01"}, transient},
		{PostgreSQL, &pgError{"54000"}, tooLarge},
		{PostgreSQL, &pgError{"53100"}, full},
		{PostgreSQL, &pgError{"42P01"}, noTable},
		{PostgreSQL, &pgError{"57014"}, other},
		{PostgreSQL, errors.New("23505"), other},
		{MySQL, &mysqlError{1062}, duplicate},
		{MySQL, &mysqlError{1213}, transient},
		{MySQL, &mysqlError{1020}, transient},
		{MySQL, &mysqlError{1153}, tooLarge},
		{MySQL, &mysqlError{1105}, tooLarge},
		{MySQL, errors.New("packet for query is too large. Try adjusting"), tooLarge},
		{MySQL, &mysqlError{1114}, full},
		{MySQL, &mysqlError{1146}, noTable},
		{MySQL, &mysqlError{1205}, other},
		{SQLite, &sqliteError{1555}, duplicate}, // SQLITE_CONSTRAINT_PRIMARYKEY
		{SQLite, &sqliteError{5}, busy},
		{SQLite, &sqliteError{517}, busy}, // SQLITE_BUSY_SNAPSHOT
		{SQLite, &sqliteError{6}, busy},
		{SQLite, &sqliteError{18}, tooLarge},
		{SQLite, &sqliteError{13}, full},
		{SQLite, &sqliteError{1}, noTable},
		{SQLite, &sqliteError{10}, other},
		{SQLite, cgoError{Code: 5}, busy},
		{SQLite, cgoError{Code: 19}, duplicate},
		{SQLite, (*mysqlError)(nil), other},
	} {
		for _, err := range []error{test.err, fmt.Errorf("wrapped: %w", test.err)} {
			if test.err == error((*mysqlError)(nil)) {
				err = test.err
			}
			if got := test.dialect.causeOf(err); got != test.want {
				t.Errorf("%v: the cause of %T %v is %d; it should be %d", test.dialect, test.err, test.err, got, test.want)
			}
		}
	}
}

func TestWhatTheEngineUndidIsTriedAgain(t *testing.T) {
	for d, failure := range map[Dialect]error{
		SQLite: &sqliteError{5}, PostgreSQL: &pgError{"40P01"}, MySQL: &mysqlError{1213},
	} {
		synctest.Test(t, func(t *testing.T) {
			f, s := newStore(t, d)
			f.failing(failure, failure, failure)
			if _, err := s.Save(t.Context(), store.ID{1}, live()); err != nil {
				t.Errorf("%v: %v", d, err)
			}
			if f.count() != 4 {
				t.Errorf("%v: %d statements ran; it should be 4", d, f.count())
			}
		})
	}
}

func TestWhatMayHaveTakenEffectIsNotTriedAgain(t *testing.T) {
	f, s := newStore(t, PostgreSQL)
	broken := errors.New("the connection broke")
	f.failing(broken)
	if _, err := s.Save(t.Context(), store.ID{1}, live()); !errors.Is(err, broken) || f.count() != 1 {
		t.Errorf("%d statements ran, error %v", f.count(), err)
	}
}

func TestADatabaseThatStaysLockedIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, s := newStore(t, SQLite)
		f.exec = func(string) (int64, error) { return 0, &sqliteError{5} }
		start := time.Now()
		err := s.Delete(t.Context(), store.ID{1})
		if took := time.Since(start); took < sqlretry.For || took > sqlretry.For+2*sqlretry.MaxPause {
			t.Errorf("it took %v", took)
		}
		if err == nil || !strings.Contains(err.Error(), "does every one of them have a busy timeout, as with SQLiteDSN?") {
			t.Errorf("the error is %v", err)
		}
	})
}

func TestAContextEndsTheWaitForAnotherWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, s := newStore(t, SQLite)
		s.writer <- struct{}{}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Delete(ctx, store.ID{1}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the error is %v", err)
		}
	})
}

func TestAnErrorWrapsTheContextsWhateverTheDriverSays(t *testing.T) {
	_, s := newStore(t, PostgreSQL)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	timeout := errors.New("i/o timeout")
	if err := s.fail(ctx, "save", timeout); !errors.Is(err, context.Canceled) || !errors.Is(err, timeout) {
		t.Errorf("the error is %v", err)
	}
}

func live() store.Record {
	return store.Record{Data: []byte("a value"), Used: time.Now(), Expires: time.Now().Add(time.Hour)}
}
