package sqlstores

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"testing"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/sqlstore"
)

// each runs a test on every engine.
func each(t *testing.T, test func(t *testing.T, e engine)) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) { test(t, e) })
	}
}

func exec(t testing.TB, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func count(t *testing.T, db *sql.DB, table string) (rows int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestMigrateTwiceKeepsTheRecords(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		db := e.open(t)
		opts := e.migrated(t, db)
		save(t, e.new(t, db, opts), id(1), record("a value"))
		if err := sqlstore.Migrate(t.Context(), db, e.dialect, opts); err != nil {
			t.Fatal(err)
		}
		load(t, e.new(t, db, opts), id(1))
		if rows := count(t, db, opts.Table+"_schema"); rows != 1 {
			t.Errorf("the version is noted %d times", rows)
		}
	})
}

func TestServersThatMigrateAtOnceAllSucceed(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		dsn := e.dsn(t)
		if e.dialect == sqlstore.PostgreSQL {
			// Then a transaction sees what there was when it began.
			dsn = with(t, dsn, "default_transaction_isolation", "repeatable read")
		}
		db := open(t, e.driver, dsn)
		opts := &sqlstore.Options{Table: table(t, db), PurgeInterval: -1}
		var servers sync.WaitGroup
		for range 8 {
			server := open(t, e.driver, dsn)
			servers.Go(func() {
				if err := sqlstore.Migrate(t.Context(), server, e.dialect, opts); err != nil {
					t.Error(err)
				}
			})
		}
		servers.Wait()
		save(t, e.new(t, db, opts), id(1), record("a value"))
		if rows := count(t, db, opts.Table+"_schema"); rows != 1 {
			t.Errorf("the version is noted %d times", rows)
		}
	})
}

func TestMigrateLeavesNoLockBehind(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		db := e.open(t)
		db.SetMaxOpenConns(1)
		e.migrated(t, db)
		e.migrated(t, db)
		locks := map[sqlstore.Dialect]string{
			sqlstore.PostgreSQL: "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
			sqlstore.MySQL:      "SELECT RELEASE_ALL_LOCKS()",
			sqlstore.SQLite:     "SELECT 0",
		}
		var left int
		if err := db.QueryRowContext(t.Context(), locks[e.dialect]).Scan(&left); err != nil {
			t.Fatal(err)
		}
		if left != 0 {
			t.Errorf("%d locks are left", left)
		}
	})
}

// What MySQL had committed when a server stopped in the midst of it.
func TestMigrateGoesOnWhereAnotherStopped(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		db := e.open(t)
		opts := &sqlstore.Options{Table: table(t, db), PurgeInterval: -1}
		statements, err := e.dialect.Schema(opts.Table)
		if err != nil {
			t.Fatal(err)
		}
		for _, statement := range statements[:len(statements)-1] {
			exec(t, db, statement)
			if err := newError(t, db, e.dialect, opts); !strings.Contains(err.Error(), "call Migrate") {
				t.Errorf("a table that is half made: %v", err)
			}
		}
		if err := sqlstore.Migrate(t.Context(), db, e.dialect, opts); err != nil {
			t.Fatal(err)
		}
		e.new(t, db, opts)
	})
}

func TestMigrateWithACancelledContextEndsEarly(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		db := e.open(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := sqlstore.Migrate(ctx, db, e.dialect, nil)
		wraps(t, err, context.Canceled)
	})
}

func TestThePrintedSchemaIsWhatMigrateMakes(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		db := e.open(t)
		opts := &sqlstore.Options{Table: table(t, db), PurgeInterval: -1}
		statements, err := e.dialect.Schema(opts.Table)
		if err != nil {
			t.Fatal(err)
		}
		for _, statement := range statements {
			exec(t, db, statement)
		}
		s := e.new(t, db, opts)
		save(t, s, id(1), record("a value"))
		load(t, s, id(1))
	})
}

// newError returns the error of New, which has to fail.
func newError(t *testing.T, db *sql.DB, dialect sqlstore.Dialect, opts *sqlstore.Options) error {
	t.Helper()
	s, err := sqlstore.New(t.Context(), db, dialect, opts)
	if err == nil {
		s.Close()
		t.Fatal("New succeeded")
	}
	return err
}

func TestNewWithoutATableSaysToMigrate(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		err := newError(t, e.open(t), e.dialect, &sqlstore.Options{Table: "nobody_made_this"})
		if !strings.Contains(err.Error(), `no table "nobody_made_this"`) || !strings.Contains(err.Error(), "call Migrate") {
			t.Errorf("the error is %q", err)
		}
	})
}

func TestATableOfALaterReleaseIsRefusedAndLeftAlone(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		db := e.open(t)
		opts := e.migrated(t, db)
		exec(t, db, "INSERT INTO "+opts.Table+"_schema (version) VALUES (99)")
		for _, err := range []error{
			newError(t, db, e.dialect, opts),
			sqlstore.Migrate(t.Context(), db, e.dialect, opts),
		} {
			if err == nil || !strings.Contains(err.Error(), "of version 99, made by a later release") {
				t.Errorf("the error is %v", err)
			}
		}
	})
}

func TestATableWithOtherColumnsIsRefused(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		db := e.open(t)
		opts := e.migrated(t, db)
		exec(t, db, "ALTER TABLE "+opts.Table+" RENAME COLUMN data TO content")
		if err := newError(t, db, e.dialect, opts); !strings.Contains(err.Error(), "are its columns those of Dialect.Schema?") {
			t.Errorf("the error is %q", err)
		}
	})
}

func TestTheWrongDialectIsToldByName(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		db := e.open(t)
		opts := e.migrated(t, db)
		for _, wrong := range []sqlstore.Dialect{sqlstore.SQLite, sqlstore.PostgreSQL, sqlstore.MySQL} {
			if wrong == e.dialect {
				continue
			}
			for _, err := range []error{
				newError(t, db, wrong, opts),
				sqlstore.Migrate(t.Context(), db, wrong, opts),
			} {
				if err == nil || !strings.Contains(err.Error(), "does not answer as "+wrong.String()+" would") {
					t.Errorf("%v for %s: %v", wrong, e.name, err)
				}
			}
		}
	})
}

func TestATableNamedLikeAKeywordWorks(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		db := e.open(t)
		opts := &sqlstore.Options{Table: "select", PurgeInterval: -1}
		t.Cleanup(func() {
			quote := map[bool]string{true: "`", false: `"`}[e.dialect == sqlstore.MySQL]
			db.Exec("DROP TABLE IF EXISTS " + quote + "select" + quote)
			db.Exec("DROP TABLE IF EXISTS select_schema")
		})
		if err := sqlstore.Migrate(t.Context(), db, e.dialect, opts); err != nil {
			t.Fatal(err)
		}
		s := e.new(t, db, opts)
		save(t, s, id(1), record("a value"))
		if _, err := s.DeleteOwned(t.Context(), "ada", id(1), id(2)); err != nil {
			t.Error(err)
		}
		var _ store.Store = s
	})
}
