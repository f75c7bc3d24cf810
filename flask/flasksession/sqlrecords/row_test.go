package sqlrecords_test

import (
	"bytes"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/flask/flasksession/sqlrecords"
	sessiondriver "github.com/wafer-go/wafer/session/driver"
)

// row is a table with at most one row, which a program changes only if changed is 1.
type row struct {
	none
	values  []driver.Value // session_id, data, expiry
	changed int64
	failed  error  // of what changes the row
	ran     string // the last statement
}

func (r *row) run(text string) (driver.Result, error) {
	r.ran = text
	return driver.RowsAffected(r.changed), r.failed
}

func (r *row) query(string) (driver.Rows, error) { return &row{values: r.values}, nil }

func (r *row) Next(to []driver.Value) error {
	if r.values == nil {
		return io.EOF
	}
	copy(to, r.values)
	r.values = nil
	return nil
}

func (r *row) open(t *testing.T, d sqlrecords.Dialect) *sqlrecords.Records {
	t.Helper()
	db := sql.OpenDB(connector{r})
	t.Cleanup(func() { db.Close() })
	return must(sqlrecords.New(db, d, nil))
}

func TestRecords_LoadWhatDriversReturn(t *testing.T) {
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	data := []byte("a")
	for _, test := range []struct {
		what    string
		values  []driver.Value
		data    []byte
		expires time.Time
		fails   bool
	}{
		{what: "no row"},
		{"a time in another zone", []driver.Value{"x", data, time.Date(2030, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))}, data, at, false},
		{"text", []driver.Value{"x", data, "2030-01-02 03:04:05.25"}, data, at.Add(250 * time.Millisecond), false},
		{"text with a T", []driver.Value{"x", data, "2030-01-02T03:04:05Z"}, data, at, false},
		{"bytes", []driver.Value{[]byte("x"), data, []byte("2030-01-02 03:04:05")}, data, at, false},
		{"a NULL for the data", []driver.Value{"x", nil, at}, []byte{}, at, false},
		{what: "a NULL for the expiry", values: []driver.Value{"x", data, nil}},
		{what: "a name in another case", values: []driver.Value{"X", data, at}},
		{what: "another text", values: []driver.Value{"x", data, "soon"}, fails: true},
		{what: "a number", values: []driver.Value{"x", data, int64(5)}, fails: true},
	} {
		records := (&row{values: test.values}).open(t, sqlrecords.MySQL)
		got, err := records.Load(t.Context(), "x")
		if (err != nil) != test.fails || !bytes.Equal(got.Data, test.data) || (got.Data == nil) != (test.data == nil) || !got.Expires.Equal(test.expires) {
			t.Errorf("of %s, Load returned %q, until %v, and %v", test.what, got.Data, got.Expires, err)
		}
	}
}

// A statement that changes no row does not tell why. MySQL does not count a row that has all of it.
func TestRecords_SwapThatChangesNoRow(t *testing.T) {
	at := time.Now().UTC().Add(time.Hour)
	for _, test := range []struct {
		now, next string // the data of the row, or none if it is empty; all expect "a"
		want      error
	}{
		{"", "b", sessiondriver.ErrEnded},
		{"", "a", sessiondriver.ErrEnded},
		{"c", "b", sessiondriver.ErrConflict},
		{"c", "a", sessiondriver.ErrConflict},
		{"a", "b", sessiondriver.ErrConflict}, // it was another's in between
		{"a", "a", nil},
	} {
		r := &row{}
		if test.now != "" {
			r.values = []driver.Value{"x", []byte(test.now), at}
		}
		err := r.open(t, sqlrecords.MySQL).Swap(t.Context(), "x", []byte("a"), flasksession.Record{Data: []byte(test.next), Expires: at})
		if !errors.Is(err, test.want) {
			t.Errorf("of a row with %q, Swap to %q returned %v", test.now, test.next, err)
		}
	}
}

func TestRecords_SwapRefusesWhatTheColumnWouldCut(t *testing.T) {
	for _, test := range []struct {
		dialect sqlrecords.Dialect
		size    int
		fits    bool
	}{
		{sqlrecords.MySQL, 1<<16 - 1, true}, {sqlrecords.MySQL, 1 << 16, false}, {sqlrecords.PostgreSQL, 1 << 16, true}, {sqlrecords.SQLite, 1 << 16, true},
	} {
		next := flasksession.Record{Data: make([]byte, test.size), Expires: time.Now().Add(time.Hour)}
		for _, old := range [][]byte{nil, []byte("a")} {
			err := (&row{changed: 1}).open(t, test.dialect).Swap(t.Context(), "x", old, next)
			if (err == nil) != test.fits || err != nil && !errors.Is(err, sessiondriver.ErrTooLarge) {
				t.Errorf("%d: of %d bytes, Swap returned %v", test.dialect, test.size, err)
			}
		}
	}
}

// Retire that fails for another reason than an earlier word says that reason.
func TestRecords_RetireThatFails(t *testing.T) {
	r := &row{values: []driver.Value{"x", []byte("a"), time.Now().UTC().Add(time.Hour)}, failed: errDown}
	word := flasksession.Record{Data: []byte("word"), Expires: time.Now().Add(time.Minute)}
	if err := r.open(t, sqlrecords.MySQL).Retire(t.Context(), "x", []byte("a"), "x:word", word); !errors.Is(err, errDown) {
		t.Errorf("Retire returned %v", err)
	}
}

func TestRecords_WriteTheDialect(t *testing.T) {
	for d, want := range map[sqlrecords.Dialect]string{
		sqlrecords.PostgreSQL: `DELETE FROM "sessions" WHERE session_id = $1`,
		sqlrecords.MySQL:      "DELETE FROM `sessions` WHERE session_id = ?",
		sqlrecords.SQLite:     `DELETE FROM "sessions" WHERE session_id = ?`,
	} {
		r := &row{}
		if err := r.open(t, d).Delete(t.Context(), "x"); err != nil || r.ran != want {
			t.Errorf("%d: Delete ran %s: %v", d, r.ran, err)
		}
	}
}
