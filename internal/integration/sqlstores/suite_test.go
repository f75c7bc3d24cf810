package sqlstores

import (
	"database/sql"
	"sync"
	"testing"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/sqlstore"
	"github.com/wafer-go/wafer/store/storetest"
)

var implements = []storetest.Interface{
	storetest.Toucher, storetest.Mover, storetest.OwnerIndex,
	storetest.Lister, storetest.Purger, storetest.Pinger, storetest.Clock,
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

// A setting is a way to use an engine.
type setting struct {
	name string
	engine
	dsn        string
	another    bool // a handle of its own for the second server
	unprepared bool
}

func TestEveryEngineKeepsTheRules(t *testing.T) {
	suites(t, []setting{
		{name: "SQLite, two handles", engine: sqlite, dsn: sqliteDSN(t), another: true},
		{name: "PostgreSQL", engine: postgres, dsn: postgresDSN(t), another: true},
		{name: "MariaDB", engine: mariadb, dsn: mysqlDSN(t), another: true},
	})
}

// What the settings change is in the engines and drivers, or goroutines share less, such as no
// prepared statements. So scripts/test runs this without the race detector, unlike the test above.
func TestEverySettingKeepsTheRules(t *testing.T) {
	interpolating, foundRows := mysqlConfig(t), mysqlConfig(t)
	interpolating.InterpolateParams = true
	foundRows.ClientFoundRows = true
	suites(t, []setting{
		{name: "SQLite", engine: sqlite, dsn: sqliteDSN(t)},
		{name: "SQLite, not prepared", engine: sqlite, dsn: sqliteDSN(t), unprepared: true},
		{name: "PostgreSQL, not prepared", engine: postgres, dsn: with(t, postgresDSN(t), "default_query_exec_mode", "exec"), unprepared: true},
		// Under these, PostgreSQL fails statements that lost a race.
		{name: "PostgreSQL, repeatable read", engine: postgres, dsn: with(t, postgresDSN(t), "default_transaction_isolation", "repeatable read")},
		{name: "PostgreSQL, serializable", engine: postgres, dsn: with(t, postgresDSN(t), "default_transaction_isolation", "serializable")},
		{name: "MariaDB, not prepared", engine: mariadb, dsn: interpolating.FormatDSN(), unprepared: true},
		// What MySQL calls an affected row depends on this flag.
		{name: "MariaDB, found rows counted", engine: mariadb, dsn: foundRows.FormatDSN()},
	})
}

// suites runs the suite in each of the settings.
func suites(t *testing.T, settings []setting) {
	t.Helper()
	// They sleep for a good part, so four run at once, however few processors
	// there are for t.Parallel; with more, records would expire before a busy
	// machine got round to using them.
	places := make(chan struct{}, 4)
	var group sync.WaitGroup
	defer group.Wait()
	for _, test := range settings {
		places <- struct{}{}
		group.Go(func() {
			defer func() { <-places }()
			t.Run(test.name, func(t *testing.T) {
				db := open(t, test.driver, test.dsn)
				another := db
				if test.another {
					another = open(t, test.driver, test.dsn)
				}
				opts := test.migrated(t, db)
				opts.Unprepared = test.unprepared
				suite(t, test.engine, db, another, opts)
			})
		})
	}
}
