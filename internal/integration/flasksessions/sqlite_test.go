package flasksessions

import (
	"context"
	"database/sql"
	"testing"
	"time"
)

// A request to Flask that has written to the file, and not committed yet, keeps it locked. SQLite fails
// at once if another connection then turns on write-ahead logging, as Go's first one does.
func TestSQLite_GoWaitsForAnotherTransaction(t *testing.T) {
	p := openSQLite()
	flask := startFlask(&p)
	v := newVisitor(t, flask, startGo(t, p))
	v.do("POST", v.flask+"/login?user=ada")

	db := must(sql.Open("sqlite", "file:"+sqliteFile(p)))
	defer db.Close()
	tx := must(db.Conn(t.Context()))
	must(tx.ExecContext(t.Context(), "BEGIN IMMEDIATE"))
	committed := make(chan error)
	time.AfterFunc(200*time.Millisecond, func() {
		_, err := tx.ExecContext(context.Background(), "COMMIT")
		committed <- err
	})
	v.do("POST", v.goHalf+"/add?n=1")
	if err := <-committed; err != nil {
		t.Fatal(err)
	}
	if got := v.session(v.flask); got["user"] != "ada" || got["go"] == nil {
		t.Errorf("Flask has %v", got)
	}
}
