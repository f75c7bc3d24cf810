package sqlstores

import (
	"database/sql"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/sqlstore"
)

// ofOneOwner is how many sessions one owner has. `make soak` has 100,000.
var ofOneOwner = func() int {
	if n, err := strconv.Atoi(os.Getenv("WAFER_CROWD")); err == nil && n > 0 {
		return n
	}
	return 8_000
}()

// crowd makes the sessions of one owner.
func crowd(t *testing.T, e engine, db *sql.DB, opts *sqlstore.Options) {
	t.Helper()
	exec(t, db, fmt.Sprintf(map[sqlstore.Dialect]string{
		sqlstore.SQLite: `WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < %[2]d)
			INSERT INTO %[1]s SELECT randomblob(32), n, CAST('{"_owner":"ada","device":"' || n || '"}' AS BLOB), unixepoch(), 4000000000, 'ada' FROM s`,
		sqlstore.PostgreSQL: `INSERT INTO %[1]s SELECT sha256(n::text::bytea), n, ('{"_owner":"ada","device":"' || n || '"}')::bytea, EXTRACT(EPOCH FROM NOW())::bigint, 4000000000, 'ada'
			FROM generate_series(1, %[2]d) n`,
		sqlstore.MySQL: `INSERT INTO %[1]s SELECT UNHEX(SHA2(seq, 256)), seq, CONCAT('{"_owner":"ada","device":"', seq, '"}'), UNIX_TIMESTAMP(), 4000000000, 'ada' FROM seq_1_to_%[2]d`,
	}[e.dialect], opts.Table, ofOneOwner))
}

// Sessions lists in pages: while it runs, it holds a small part of what the owner has.
func TestSessions_AreListedInPages(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		db := e.open(t)
		opts := e.migrated(t, db)
		crowd(t, e, db, opts)
		sessions, err := session.New(session.Stored(e.new(t, db, opts)), nil)
		if err != nil {
			t.Fatal(err)
		}
		heap := func() uint64 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		before, most, seen := heap(), uint64(0), 0
		for one, err := range sessions.Sessions(t.Context(), "ada") {
			if err != nil {
				t.Fatal(err)
			}
			if one.Owner() != "ada" {
				t.Fatalf("a session of %q is listed", one.Owner())
			}
			if seen++; seen%2_000 == 0 {
				most = max(most, heap())
			}
		}
		held := int64(most) - int64(before) // #nosec G115 -- small
		t.Logf("%d sessions were listed, holding up to %d bytes", seen, held)
		if seen != ofOneOwner || held > 1<<20 {
			t.Errorf("%d sessions were listed of %d, holding up to %d bytes", seen, ofOneOwner, held)
		}
	})
}

// SignOutEverywhere deletes in steps, each of which locks the file for a bounded number of rows:
// another process, which waits for no lock, comes in between.
func TestSignOutEverywhere_OthersWriteBetweenItsSteps(t *testing.T) {
	dsn := sqliteDSN(t)
	db := open(t, sqlite.driver, dsn)
	opts := sqlite.migrated(t, db)
	crowd(t, sqlite, db, opts)
	sessions, err := session.New(session.Stored(sqlite.new(t, db, opts)), &session.Options{BackendTimeout: -1})
	if err != nil {
		t.Fatal(err)
	}
	exec(t, db, `CREATE TABLE deleted(id BLOB)`)
	exec(t, db, fmt.Sprintf(`CREATE TRIGGER watch AFTER DELETE ON %s BEGIN INSERT INTO deleted VALUES (OLD.id); END`, opts.Table))
	other := open(t, sqlite.driver, dsn)
	between := make(chan int)
	done := make(chan struct{})
	go func() {
		written := 0
		defer func() { between <- written }()
		for last := -1; ; {
			select {
			case <-done:
				return
			default:
			}
			// What a step has committed is seen, and this writes after it.
			var gone int
			if err := other.QueryRow("SELECT COUNT(*) FROM deleted").Scan(&gone); err != nil {
				t.Error(err)
				return
			}
			if gone == last || gone == 0 || gone == ofOneOwner {
				continue
			}
			if _, err := other.Exec("INSERT INTO deleted SELECT NULL WHERE FALSE"); err != nil {
				t.Error(err)
				return
			}
			last = gone
			written++
		}
	}()
	ended, err := sessions.SignOutEverywhere(t.Context(), "ada")
	close(done)
	written := <-between
	t.Logf("another process wrote between %d steps", written)
	if err != nil || ended != ofOneOwner || written == 0 {
		t.Errorf("%d ended, error %v; another process wrote between %d steps", ended, err, written)
	}
}
