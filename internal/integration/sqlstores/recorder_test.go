package sqlstores

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wafer-go/wafer/store/sqlstore"
)

// A recorder is a driver that keeps the text of what is prepared.
type recorder struct {
	driver driver.Driver
	dsn    string

	mu    sync.Mutex
	texts []string
}

type recordedConn struct {
	driver.Conn
	to *recorder
}

func (r *recorder) Driver() driver.Driver { return r.driver }

func (r *recorder) Connect(context.Context) (driver.Conn, error) {
	conn, err := r.driver.Open(r.dsn)
	return recordedConn{conn, r}, err
}

func (c recordedConn) Prepare(text string) (driver.Stmt, error) {
	c.to.mu.Lock()
	c.to.texts = append(c.to.texts, text)
	c.to.mu.Unlock()
	return c.Conn.Prepare(text)
}

// statements returns the texts of all that a store prepares on its table.
func (e engine) statements(t *testing.T, dsn string, opts *sqlstore.Options) []string {
	t.Helper()
	db := open(t, e.driver, dsn)
	r := &recorder{driver: db.Driver(), dsn: dsn}
	recorded := sql.OpenDB(r)
	defer recorded.Close()
	s, err := sqlstore.New(t.Context(), recorded, e.dialect, opts)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(r.texts, func(text string) bool {
		return !strings.Contains(text, opts.Table) || strings.Contains(text, opts.Table+"_schema")
	})
}
