package sqlstores

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/wafer-go/wafer/store/sqlstore"
)

const expiredRows = 40_000

// expire makes a table of expired records, in no order.
func expire(t *testing.T, e engine, db *sql.DB, opts *sqlstore.Options) {
	t.Helper()
	exec(t, db, fmt.Sprintf(map[sqlstore.Dialect]string{
		sqlstore.PostgreSQL: `INSERT INTO %s SELECT sha256(n::text::bytea), n, '', 0, n, NULL FROM generate_series(1, %d) n ORDER BY random()`,
		sqlstore.MySQL:      `INSERT INTO %s SELECT UNHEX(SHA2(seq, 256)), seq, '', 0, seq, NULL FROM seq_1_to_%d`,
	}[e.dialect], opts.Table, expiredRows))
}

// read returns what a connection's engine has read so far: PostgreSQL entries of the index by
// expiry, with those of deleted rows, and MariaDB pages, of all its tables.
func read(t *testing.T, e engine, db *sql.DB, opts *sqlstore.Options) (count int) {
	t.Helper()
	var err error
	if e.dialect == sqlstore.PostgreSQL {
		exec(t, db, "SELECT pg_stat_force_next_flush()")
		err = db.QueryRowContext(t.Context(), "SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = $1", opts.Table+"_by_expires").Scan(&count)
	} else {
		err = db.QueryRowContext(t.Context(), "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'INNODB_BUFFER_POOL_READ_REQUESTS'").Scan(&count)
	}
	if err != nil {
		t.Fatal(err)
	}
	return count
}

// A snapshot keeps what was deleted in the index, where each step would find it again. One that
// starts where the last one stopped reads as much as the first.
func TestPurge_StepsDoNotRiseWhileASnapshotIsHeld(t *testing.T) {
	for _, e := range []engine{postgres, mariadb} {
		t.Run(e.name, func(t *testing.T) {
			db := e.open(t)
			opts := e.migrated(t, db)
			expire(t, e, db, opts)
			reader := e.open(t)
			held, err := reader.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
			if err != nil {
				t.Fatal(err)
			}
			defer held.Rollback()
			if _, err := held.ExecContext(t.Context(), "SELECT 1 FROM "+opts.Table+" LIMIT 1"); err != nil {
				t.Fatal(err)
			}
			db.SetMaxOpenConns(1) // PostgreSQL counts what a connection read when that asks
			s := e.new(t, db, opts)
			rows := expiredRows
			purge := func(s *sqlstore.Store, limit int) (reads int) {
				t.Helper()
				before := read(t, e, db, opts)
				if purged, err := s.Purge(t.Context(), limit); err != nil || purged != limit {
					t.Fatalf("%d purged of %d, error %v", purged, limit, err)
				}
				rows -= limit
				return read(t, e, db, opts) - before
			}
			// Steps of one row, so that what they delete does not hide what they look for. The least
			// of some: MariaDB counts what it does for others in that time, too.
			least := func(enough int) int {
				reads := purge(s, 1)
				for range 49 {
					if reads <= enough {
						break
					}
					time.Sleep(20 * time.Millisecond)
					reads = min(reads, purge(s, 1))
				}
				return reads
			}
			first := least(100)
			most := 2*first + 50
			// What MariaDB reads depends on how many rows it expects to be left.
			last := 0
			for _, left := range []int{5000, 1000, 300} {
				purge(s, rows-left)
				last = max(last, least(most))
			}
			again := purge(e.new(t, db, opts), 1)
			t.Logf("a step reads %d at first, %d in the end, and %d if it starts at the beginning", first, last, again)
			if last > most {
				t.Errorf("a step read %d at first and %d in the end", first, last)
			}
			if again <= most {
				t.Errorf("a step from the beginning reads %d: the snapshot keeps nothing, so this test shows nothing", again)
			}
		})
	}
}
