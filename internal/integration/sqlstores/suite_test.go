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

// suite runs the suite on one table, through the stores of two servers.
func suite(t *testing.T, first, second func(t *testing.T) store.Store) {
	storetest.Run(t, first, &storetest.Options{
		Implements: implements,
		Another:    func(t *testing.T, _ store.Store) store.Store { return second(t) },
	})
}

// A setting is a way to use an engine.
type setting struct {
	name string
	engine
	dsn        string
	unprepared bool
}

// Each server has a handle of its own, and opens its store for each rule.
func TestEveryEngineKeepsTheRules(t *testing.T) {
	suites(t, []setting{
		{name: "SQLite, two handles", engine: sqlite, dsn: sqliteDSN(t)},
		{name: "PostgreSQL", engine: postgres, dsn: postgresDSN(t)},
		{name: "MariaDB", engine: mariadb, dsn: mysqlDSN(t)},
	}, func(t *testing.T, s setting, db *sql.DB, opts *sqlstore.Options) {
		another := open(t, s.driver, s.dsn)
		suite(t,
			func(t *testing.T) store.Store { return s.new(t, db, opts) },
			func(t *testing.T) store.Store { return s.new(t, another, opts) })
	})
}

// What the settings change is in the engines and drivers, or goroutines share less, such as no
// prepared statements. So scripts/test runs this without the race detector, unlike the test above,
// and the stores are opened once.
func TestEverySettingKeepsTheRules(t *testing.T) {
	config := mysqlConfig(t)
	config.InterpolateParams = true
	config.ClientFoundRows = true // what MySQL calls an affected row depends on this
	repeatable := with(t, postgresDSN(t), "default_transaction_isolation", "repeatable read")
	suites(t, []setting{
		{name: "SQLite, not prepared", engine: sqlite, dsn: sqliteDSN(t), unprepared: true},
		// With these isolation levels, PostgreSQL fails statements that lost a race.
		{name: "PostgreSQL, not prepared, repeatable read", engine: postgres, dsn: with(t, repeatable, "default_query_exec_mode", "exec"), unprepared: true},
		{name: "PostgreSQL, serializable", engine: postgres, dsn: with(t, postgresDSN(t), "default_transaction_isolation", "serializable")},
		{name: "MariaDB, not prepared, found rows counted", engine: mariadb, dsn: config.FormatDSN(), unprepared: true},
	}, func(t *testing.T, s setting, db *sql.DB, opts *sqlstore.Options) {
		first, second := s.new(t, db, opts), s.new(t, db, opts)
		suite(t,
			func(*testing.T) store.Store { return first },
			func(*testing.T) store.Store { return second })
	})
}

// suites runs the suite in each of the settings.
func suites(t *testing.T, settings []setting, run func(t *testing.T, s setting, db *sql.DB, opts *sqlstore.Options)) {
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
				opts := test.migrated(t, db)
				opts.Unprepared = test.unprepared
				run(t, test, db, opts)
			})
		})
	}
}
