package sqlstores

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/sqlstore"
)

func TestARecordAsLargeAsTheServersPacketIsKeptAndALargerOneRefused(t *testing.T) {
	db := mariadb.open(t)
	s := mariadb.new(t, db, mariadb.migrated(t, db))
	var packet int
	if err := db.QueryRowContext(t.Context(), "SELECT @@max_allowed_packet").Scan(&packet); err != nil {
		t.Fatal(err)
	}
	r := record("")
	r.Owner = strings.Repeat("o", 255)
	r.Data = bytes.Repeat([]byte{0xff}, packet-1024)
	r = save(t, s, id(1), r)
	if got := load(t, s, id(1)); !bytes.Equal(got.Data, r.Data) {
		t.Errorf("%d bytes came back as %d others", len(r.Data), len(got.Data))
	}
	r.Data = make([]byte, packet)
	_, err := s.Save(t.Context(), id(1), r)
	wraps(t, err, store.ErrTooLarge)
	if !strings.Contains(err.Error(), "max_allowed_packet") {
		t.Errorf("the error is %q", err)
	}
}

func TestAFullDatabaseIsErrFullAndLosesNothing(t *testing.T) {
	db := open(t, sqlite.driver, sqliteDSN(t)+"&_pragma=max_page_count(40)")
	s := sqlite.new(t, db, sqlite.migrated(t, db))
	save(t, s, id(1), record("a value"))
	_, err := s.Save(t.Context(), id(2), record(strings.Repeat("x", 1<<20)))
	wraps(t, err, store.ErrFull)
	load(t, s, id(1))
}

func TestAWriterWaitsForAnotherProcess(t *testing.T) {
	// The driver itself does not wait.
	db, other := lockable(t)
	s := sqlite.new(t, db, sqlite.migrated(t, db))
	unlock := lock(t, other, "BEGIN IMMEDIATE")
	time.AfterFunc(200*time.Millisecond, unlock)
	save(t, s, id(1), record("a value"))
	load(t, s, id(1))
}

// Every collision of the two comes to the stores, since the drivers do not wait.
func TestWritersOnTwoHandlesAllSucceed(t *testing.T) {
	db, other := lockable(t)
	opts := sqlite.migrated(t, db)
	stores := []*sqlstore.Store{sqlite.new(t, db, opts), sqlite.new(t, other, opts)}
	var crowd sync.WaitGroup
	for worker := range 8 {
		crowd.Go(func() {
			r, s := record("a value"), stores[worker%2]
			for range 20 {
				version, err := s.Save(t.Context(), id(worker), r)
				if err != nil {
					t.Error(err)
				}
				r.Version = version
			}
		})
	}
	crowd.Wait()
}

func TestALockThatStaysIsAClearErrorAndReadersGoOn(t *testing.T) {
	db, other := lockable(t)
	s := sqlite.new(t, db, sqlite.migrated(t, db))
	save(t, s, id(1), record("a value"))
	defer lock(t, other, "BEGIN IMMEDIATE")()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := s.Save(ctx, id(2), record("a value"))
	wraps(t, err, context.DeadlineExceeded)
	if !strings.Contains(err.Error(), "kept the database locked") || !strings.Contains(err.Error(), "SQLiteDSN") {
		t.Errorf("the error is %q", err)
	}
	load(t, s, id(1))
}

func lockable(t *testing.T) (db, other *sql.DB) {
	dsn := "file:" + t.TempDir() + "/sessions.db?_pragma=busy_timeout(0)&_pragma=journal_mode(WAL)"
	return open(t, sqlite.driver, dsn), open(t, sqlite.driver, dsn)
}

// lock takes the writer's place in a file of SQLite, or all of it with "BEGIN EXCLUSIVE".
func lock(t *testing.T, db *sql.DB, begin string) (unlock func()) {
	t.Helper()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), begin); err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
			t.Error(err)
		}
		conn.Close()
	}
}

func TestPingFailsWhereNothingCanBeWritten(t *testing.T) {
	file := sqliteDSN(t)
	config := mysqlConfig(t)
	config.Params = map[string]string{"tx_read_only": "1"}
	for _, test := range []struct {
		engine
		dsn, readOnly string
	}{
		{sqlite, file, file + "&_pragma=query_only(1)"},
		{postgres, postgresDSN(t), with(t, postgresDSN(t), "default_transaction_read_only", "on")},
		{mariadb, mysqlDSN(t), config.FormatDSN()},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := open(t, test.driver, test.dsn)
			opts := test.migrated(t, db)
			if err := test.new(t, db, opts).Ping(t.Context()); err != nil {
				t.Errorf("Ping of what can be written: %v", err)
			}
			opts.Unprepared = true // MariaDB refuses already to prepare
			s := test.new(t, open(t, test.driver, test.readOnly), opts)
			if err := s.Ping(t.Context()); err == nil {
				t.Error("Ping of what can only be read succeeded")
			}
		})
	}
}

func TestErrorsHoldNoData(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		const secret = "the visitor's secret"
		db := e.open(t)
		opts := e.migrated(t, db)
		opts.Unprepared = true // so that drivers may put values into the text
		s := e.new(t, db, opts)
		r := record(secret)
		r.Owner = secret
		exec(t, db, "DROP TABLE "+opts.Table)
		_, err := s.Save(t.Context(), id(1), r)
		if err == nil {
			t.Fatal("Save without a table succeeded")
		}
		if !strings.Contains(err.Error(), "call Migrate") {
			t.Errorf("the error is %q", err)
		}
		var listed error
		for _, listed = range s.Owned(t.Context(), secret) {
			break
		}
		if listed == nil {
			t.Error("Owned without a table succeeded")
		}
		for _, err := range []error{err, listed} {
			for ; err != nil; err = errors.Unwrap(err) {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error is %q", err)
				}
			}
		}
	})
}
