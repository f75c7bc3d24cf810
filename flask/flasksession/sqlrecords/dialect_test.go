package sqlrecords_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/flask/flasksession/sqlrecords"
)

func TestNew_Errors(t *testing.T) {
	db := sql.OpenDB(deadEnd{})
	for _, table := range []string{"a b", `a"b`, "a`b", "a;b", "a.b.c", ".", "a.", "é", "a-b", "a@b", "a[b", "a{b", "a/b", "a:b", strings.Repeat("'", 9)} {
		if _, err := sqlrecords.New(db, sqlrecords.SQLite, &sqlrecords.Options{Table: table}); err == nil {
			t.Errorf("%q is a table's name", table)
		}
	}
	for _, table := range []string{"", "session", "azAZ_09", "web.sessions"} {
		if _, err := sqlrecords.New(db, sqlrecords.MySQL, &sqlrecords.Options{Table: table}); err != nil {
			t.Errorf("%q: %v", table, err)
		}
	}
	if _, err := sqlrecords.New(nil, sqlrecords.SQLite, nil); err == nil {
		t.Error("it needs no database")
	}
	for _, d := range []sqlrecords.Dialect{0, sqlrecords.SQLite + 1} {
		if _, err := sqlrecords.New(db, d, nil); err == nil {
			t.Errorf("there is a dialect %d", d)
		}
	}
}

// A database that cannot be asked does not look like one without the session.
func TestRecords_OfADatabaseThatIsDown(t *testing.T) {
	records, err := sqlrecords.New(sql.OpenDB(deadEnd{}), sqlrecords.PostgreSQL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := records.Load(t.Context(), "session:x"); !errors.Is(err, errDown) || r.Data != nil {
		t.Errorf("Load returned %q, %v", r.Data, err)
	}
	if err := records.Delete(t.Context(), "session:x"); !errors.Is(err, errDown) {
		t.Errorf("Delete returned %v", err)
	}
	if _, err := records.DeleteExpired(t.Context()); !errors.Is(err, errDown) {
		t.Errorf("DeleteExpired returned %v", err)
	}
}

var errDown = errors.New("the database is down")

// deadEnd is a database that cannot be reached.
type deadEnd struct{}

func (deadEnd) Connect(context.Context) (driver.Conn, error) { return nil, errDown }

func (deadEnd) Driver() driver.Driver { return nil }
