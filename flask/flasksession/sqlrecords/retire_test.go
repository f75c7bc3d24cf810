package sqlrecords_test

import (
	"database/sql"
	"database/sql/driver"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/flask/flasksession/sqlrecords"
)

// Word of an earlier time that the ID was in use makes the name a duplicate. It is deleted only if
// the row is still the one to retire: else another request has just left it.
func TestRecords_RetireDeletesOldWordOnly(t *testing.T) {
	for _, test := range []struct {
		dialect   sqlrecords.Dialect
		duplicate error
	}{
		{sqlrecords.PostgreSQL, &pgError{"23505"}}, {sqlrecords.MySQL, &mysqlError{1062}}, {sqlrecords.SQLite, &sqliteError{2067}},
	} {
		for _, row := range []string{"a", "another", ""} {
			e := &taken{row: row, duplicate: test.duplicate}
			db := sql.OpenDB(connector{e})
			records := must(sqlrecords.New(db, test.dialect, nil))
			word := flasksession.Record{Data: []byte("word"), Expires: time.Now().Add(time.Minute)}
			err := records.Retire(t.Context(), "x", []byte("a"), "x:word", word)
			want := []string{"UPDATE", "SELECT"}
			if row == "a" {
				want = []string{"UPDATE", "SELECT", "DELETE", "UPDATE"}
			}
			if (err == nil) != (row == "a") || !slices.Equal(e.ran, want) {
				t.Errorf("%d: of a row with %q, Retire ran %q and returned %v", test.dialect, row, e.ran, err)
			}
			db.Close()
		}
	}
}

// taken is a table that has the name of word until it is deleted.
type taken struct {
	row       string // the data of the session's row; empty if there is none
	duplicate error
	ran       []string
}

func (e *taken) run(text string) (driver.Result, error) {
	verb, _, _ := strings.Cut(text, " ")
	if verb == "UPDATE" && !slices.Contains(e.ran, "DELETE") {
		e.ran = append(e.ran, verb)
		return nil, e.duplicate
	}
	e.ran = append(e.ran, verb)
	return driver.RowsAffected(1), nil
}

func (e *taken) query(text string) (driver.Rows, error) {
	_, err := e.run(text)
	return &one{row: e.row}, err
}

// one has the session's row.
type one struct {
	none
	row string
}

func (o *one) Next(to []driver.Value) error {
	if o.row == "" {
		return io.EOF
	}
	to[0], to[1], to[2] = "x", []byte(o.row), time.Now().UTC().Add(time.Hour)
	o.row = ""
	return nil
}
