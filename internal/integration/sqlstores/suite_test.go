package sqlstores

import (
	"database/sql"
	"testing"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/sqlstore"
	"github.com/wafer-go/wafer/store/storetest"
)

var implements = []storetest.Interface{
	storetest.Toucher, storetest.Mover, storetest.OwnerIndex,
	storetest.Lister, storetest.Purger, storetest.Pinger,
}

// suite runs the suite on one table, through stores on two handles, as two
// servers would have them.
func suite(t *testing.T, e engine, db, another *sql.DB, opts *sqlstore.Options) {
	storetest.Run(t,
		func(t *testing.T) store.Store { return e.new(t, db, opts) },
		&storetest.Options{
			Implements: implements,
			Another:    func(t *testing.T, _ store.Store) store.Store { return e.new(t, another, opts) },
		})
}

func TestEveryEngineKeepsTheRules(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			db := e.open(t)
			suite(t, e, db, db, e.migrated(t, db))
		})
	}
}

func TestTwoHandlesOnOneFileKeepTheRules(t *testing.T) {
	t.Parallel()
	dsn := sqliteDSN(t)
	db, another := open(t, sqlite.driver, dsn), open(t, sqlite.driver, dsn)
	suite(t, sqlite, db, another, sqlite.migrated(t, db))
}

// Without a busy timeout every collision of two writers comes to the store.
func TestAFileWithoutABusyTimeoutKeepsTheRules(t *testing.T) {
	t.Parallel()
	dsn := "file:" + t.TempDir() + "/sessions.db?_pragma=busy_timeout(0)&_pragma=journal_mode(WAL)"
	db, another := open(t, sqlite.driver, dsn), open(t, sqlite.driver, dsn)
	suite(t, sqlite, db, another, sqlite.migrated(t, db))
}

func TestStatementsThatAreNotPreparedKeepTheRules(t *testing.T) {
	config := mysqlConfig(t)
	config.InterpolateParams = true
	for _, test := range []struct {
		engine
		dsn string
	}{
		{sqlite, sqliteDSN(t)},
		{postgres, with(t, postgresDSN(t), "default_query_exec_mode", "exec")},
		{mariadb, config.FormatDSN()},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db := open(t, test.driver, test.dsn)
			opts := test.migrated(t, db)
			opts.Unprepared = true
			suite(t, test.engine, db, db, opts)
		})
	}
}

// What MySQL calls an affected row depends on this flag of the connection.
func TestEveryWayToCountRowsKeepsTheRules(t *testing.T) {
	config := mysqlConfig(t)
	t.Parallel()
	config.ClientFoundRows = true
	db := open(t, mariadb.driver, config.FormatDSN())
	suite(t, mariadb, db, db, mariadb.migrated(t, db))
}

// Under these levels PostgreSQL fails statements that lost a race.
func TestEveryIsolationLevelKeepsTheRules(t *testing.T) {
	for _, level := range []string{"repeatable read", "serializable"} {
		t.Run(level, func(t *testing.T) {
			t.Parallel()
			db := open(t, postgres.driver, with(t, postgresDSN(t), "default_transaction_isolation", level))
			suite(t, postgres, db, db, postgres.migrated(t, db))
		})
	}
}
