package sqlstores

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/wafer-go/wafer/store/sqlstore"
)

func TestNew_RefusesAConnectionWithoutAutocommit(t *testing.T) {
	config := mysqlConfig(t)
	db := open(t, mariadb.driver, config.FormatDSN())
	opts := mariadb.migrated(t, db)
	config.Params = map[string]string{"autocommit": "0"}
	s, err := sqlstore.New(t.Context(), open(t, mariadb.driver, config.FormatDSN()), sqlstore.MySQL, opts)
	if err == nil {
		s.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "autocommit=0") {
		t.Errorf("New returned %v", err)
	}
}

func TestPing_FindsThatTheFileIsGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	db := open(t, sqlite.driver, sqlstore.SQLiteDSN(path))
	s := sqlite.new(t, db, sqlite.migrated(t, db))
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "was removed while it was open") {
		t.Errorf("Ping after the file was removed returned %v", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "was replaced while it was open") {
		t.Errorf("Ping after the file was replaced returned %v", err)
	}
}

// A server that is restarted ends all connections of a pool.
func TestLoad_AsksAgainIfTheEngineHasEndedTheConnection(t *testing.T) {
	for _, e := range []engine{postgres, mariadb} {
		t.Run(e.dialect.String(), func(t *testing.T) {
			db := e.open(t)
			db.SetMaxIdleConns(3)
			s := e.new(t, db, e.migrated(t, db))
			save(t, s, id(1), record("a value"))
			var busy sync.WaitGroup
			for range 3 {
				busy.Go(func() { load(t, s, id(1)) })
			}
			busy.Wait()
			// Other packages' tests use the engine too, so only these connections are ended.
			which, end := "SELECT CONNECTION_ID()", "KILL %d"
			if e.dialect == sqlstore.PostgreSQL {
				which, end = "SELECT pg_backend_pid()", "SELECT pg_terminate_backend(%d)"
			}
			admin := e.open(t)
			for _, id := range connections(t, db, which) {
				exec(t, admin, fmt.Sprintf(end, id))
			}
			for range 3 {
				load(t, s, id(1))
			}
		})
	}
}

// connections returns what a query says of each of three connections of a pool.
func connections(t *testing.T, db *sql.DB, query string) (ids []int64) {
	t.Helper()
	for range 3 {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close() // after the last was opened
		var id int64
		if err := conn.QueryRowContext(t.Context(), query).Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}
