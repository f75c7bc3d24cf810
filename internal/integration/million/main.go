// Command million measures what a store costs as it grows from ten thousand
// sessions to a million: on SQLite, and on PostgreSQL.
//
//	scripts/services run -- go -C internal/integration run ./million
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/wafer-go/wafer/store/sqlstore"
)

// An engine is a database, and how it makes many records at once: going
// through Save a million times would measure nothing but patience.
type engine struct {
	name    string
	dialect sqlstore.Dialect
	driver  string
	dsn     func(folder string) (string, error)
	fill    string // the arguments: how many, now, how many have expired
	settle  string // what an engine does by itself after a while
	size    string // the bytes of the table and its indexes
}

const table = "million"

var engines = []engine{
	{
		"SQLite", sqlstore.SQLite, "sqlite",
		func(folder string) (string, error) {
			return sqlstore.SQLiteDSN(filepath.Join(folder, "million.db")), nil
		},
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
		 INSERT INTO million (id, version, data, used, expires, owner)
		 SELECT randomblob(32), 1, CAST('{"_flashes":[],"cart":"' || hex(randomblob(128)) || '"}' AS BLOB), ?2,
		   CASE WHEN i <= ?3 THEN ?2 - 1 ELSE ?2 + 86400 * 31 END, 'user' || (i / 3) FROM n`,
		`PRAGMA wal_checkpoint(TRUNCATE)`,
		`SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`,
	},
	{
		"PostgreSQL", sqlstore.PostgreSQL, "pgx",
		func(string) (string, error) {
			if address := os.Getenv("WAFER_POSTGRES"); address != "" {
				return address, nil
			}
			return "", errors.New("the variable WAFER_POSTGRES is not set; run this through scripts/services, which starts the engine")
		},
		`INSERT INTO million (id, version, data, used, expires, owner)
		 SELECT sha256(convert_to(gen_random_uuid()::text, 'UTF8')), 1,
		   convert_to('{"_flashes":[],"cart":"' || repeat(md5(random()::text), 8) || '"}', 'UTF8'), $2,
		   CASE WHEN i <= $3 THEN $2::bigint - 1 ELSE $2::bigint + 86400 * 31 END, convert_to('user' || (i / 3), 'UTF8') FROM generate_series(1, $1) AS i`,
		`VACUUM ANALYZE million`,
		`SELECT pg_total_relation_size('million')`,
	},
}

func main() {
	most := flag.Int("most", 1_000_000, "the largest `number` of sessions")
	flag.Parse()
	if err := run(context.Background(), *most, 2000); err != nil {
		fmt.Fprintln(os.Stderr, "million:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, most, samples int) error {
	fmt.Println("| engine | sessions | load | change | create | sessions of an owner | purge, each of a thousand | on disk |")
	fmt.Println("|---|---:|---:|---:|---:|---:|---:|---:|")
	for _, e := range engines {
		for n := 10_000; n <= most; n *= 10 {
			if err := e.measure(ctx, n, samples); err != nil {
				return fmt.Errorf("%s, %d sessions: %w", e.name, n, err)
			}
		}
	}
	return nil
}

// measure fills a table with n records and prints what the store needs.
func (e engine) measure(ctx context.Context, n, samples int) (err error) {
	folder, err := os.MkdirTemp("", "million")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	dsn, err := e.dsn(folder)
	if err != nil {
		return err
	}
	db, err := sql.Open(e.driver, dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	opts := &sqlstore.Options{Table: table, PurgeInterval: -1}
	if err := sqlstore.Migrate(ctx, db, e.dialect, opts); err != nil {
		return err
	}
	defer func() {
		for _, name := range []string{table, table + "_schema"} {
			_, dropErr := db.ExecContext(ctx, "DROP TABLE "+name)
			err = errors.Join(err, dropErr)
		}
	}()
	now := time.Now().Unix()
	if _, err := db.ExecContext(ctx, e.fill, n, now, n/10); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, e.settle); err != nil {
		return err
	}
	var size int64
	if err := db.QueryRowContext(ctx, e.size).Scan(&size); err != nil {
		return err
	}
	st, err := sqlstore.New(ctx, db, e.dialect, opts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	cost, err := measure(ctx, st, db, samples)
	if err != nil {
		return err
	}
	fmt.Printf("| %s | %d | %v | %v | %v | %v | %v | %d MB |\n", e.name, n, cost.load, cost.change, cost.create, cost.owned, cost.purge, size>>20)
	return nil
}
