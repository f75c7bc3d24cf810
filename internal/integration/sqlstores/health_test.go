package sqlstores

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session"
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

// breakConnections has the pool keep some connections, and the engine end them.
func breakConnections(t *testing.T, e engine, db *sql.DB, count int) {
	t.Helper()
	id, kill := "SELECT CONNECTION_ID()", "KILL %d"
	if e.dialect == sqlstore.PostgreSQL {
		id, kill = "SELECT pg_backend_pid()", "SELECT pg_terminate_backend(%d)"
	}
	var conns []*sql.Conn
	var ids []int64
	for range count {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
		var one int64
		if err := conn.QueryRowContext(t.Context(), id).Scan(&one); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, one)
	}
	for _, conn := range conns {
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
	admin := e.open(t)
	for _, one := range ids {
		exec(t, admin, fmt.Sprintf(kill, one))
	}
}

// A server that is restarted ends all connections of a pool.
func TestLoad_AsksAgainIfTheEngineHasEndedTheConnection(t *testing.T) {
	for _, e := range []engine{postgres, mariadb} {
		t.Run(e.dialect.String(), func(t *testing.T) {
			db := e.open(t)
			s := e.new(t, db, e.migrated(t, db))
			save(t, s, id(1), record("a value"))
			breakConnections(t, e, db, 3)
			for range 3 {
				load(t, s, id(1))
			}
		})
	}
}

// A request that begins a session loads nothing, so its save is the first to meet the connections
// that have ended.
func TestSave_SucceedsAfterTheEngineHasEndedAllConnections(t *testing.T) {
	for _, e := range []engine{postgres, mariadb} {
		t.Run(e.dialect.String(), func(t *testing.T) {
			db := e.open(t)
			sessions, err := session.New(session.Stored(e.new(t, db, e.migrated(t, db))), nil)
			if err != nil {
				t.Fatal(err)
			}
			visit := func() int {
				answer := httptest.NewRecorder()
				sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					session.From(r).Flash("Hello")
				})).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "https://example.org/", nil))
				return answer.Code
			}
			visit() // the statements are prepared
			breakConnections(t, e, db, 32)
			for range 3 {
				if code := visit(); code != http.StatusOK {
					t.Errorf("the first visit afterwards is answered with %d", code)
				}
			}
		})
	}
}
