package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"

	"github.com/wafer-go/wafer/store/sqlstore"
)

func ExampleNew() {
	// The program imports the driver: _ "modernc.org/sqlite"
	db, err := sql.Open("sqlite", sqlstore.SQLiteDSN("/var/lib/app/sessions.db"))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	ctx := context.Background()
	if err := sqlstore.Migrate(ctx, db, sqlstore.SQLite, nil); err != nil {
		log.Fatal(err)
	}
	sessions, err := sqlstore.New(ctx, db, sqlstore.SQLite, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer sessions.Close()
	// session.Stored(sessions) is the backend.
}

func ExampleDialect_Schema() {
	statements, err := sqlstore.PostgreSQL.Schema("wafer_sessions")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, statement := range statements {
		fmt.Println(statement + ";")
	}
	// Output:
	// CREATE TABLE IF NOT EXISTS "wafer_sessions_schema" (version INTEGER NOT NULL PRIMARY KEY);
	// CREATE TABLE IF NOT EXISTS "wafer_sessions" (
	// 	id BYTEA NOT NULL PRIMARY KEY,
	// 	version BIGINT NOT NULL,
	// 	data BYTEA NOT NULL,
	// 	used BIGINT NOT NULL,
	// 	expires BIGINT NOT NULL,
	// 	owner BYTEA
	// );
	// CREATE INDEX IF NOT EXISTS "wafer_sessions_by_expires" ON "wafer_sessions" (expires);
	// CREATE INDEX IF NOT EXISTS "wafer_sessions_by_owner" ON "wafer_sessions" (owner, id) WHERE owner IS NOT NULL;
	// INSERT INTO "wafer_sessions_schema" (version) VALUES (1);
}

func ExampleSQLiteDSN() {
	fmt.Println(sqlstore.SQLiteDSN("/srv/100%/what?.db"))
	// Output:
	// file:/srv/100%25/what%3f.db?_pragma=busy_timeout%285000%29&_pragma=journal_mode%28WAL%29&_pragma=synchronous%28FULL%29
}
