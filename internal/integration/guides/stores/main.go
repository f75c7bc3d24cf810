// Command stores is the program of docs/stores.md.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"net/http"
	"os"

	_ "modernc.org/sqlite" // the driver of the database

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/sqlstore"
)

const visits = session.Field[int]("visits")

func main() {
	ctx := context.Background()
	if err := os.MkdirAll("data", 0o700); err != nil { // other users must not read sessions
		log.Fatal(err)
	}
	db, err := sql.Open("sqlite", sqlstore.SQLiteDSN("data/sessions.db"))
	if err != nil {
		log.Fatal(err)
	}
	if err := sqlstore.Migrate(ctx, db, sqlstore.SQLite, nil); err != nil { // creates the table
		log.Fatal(err)
	}
	st, err := sqlstore.New(ctx, db, sqlstore.SQLite, nil) // nil: the default options
	if err != nil {
		log.Fatal(err)
	}
	sessions, err := session.New(session.Stored(st), nil)
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		visits.Update(s, func(n int) int { return n + 1 })
		fmt.Fprintf(w, "This is visit %d.\n", visits.GetOr(s, 0))
	})
	log.Fatal(http.ListenAndServe("localhost:8080", sessions.Handler(http.DefaultServeMux)))
}
