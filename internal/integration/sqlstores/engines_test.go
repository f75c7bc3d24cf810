// Package sqlstores runs sqlstore on real engines, through real drivers: SQLite
// in this process, and the servers that WAFER_POSTGRES and WAFER_MYSQL name.
package sqlstores

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/wafer-go/wafer/store/sqlstore"
)

// An engine is what the tests run on.
type engine struct {
	name    string
	dialect sqlstore.Dialect
	driver  string
	dsn     func(t testing.TB) string
}

var (
	sqlite   = engine{"SQLite", sqlstore.SQLite, "sqlite", sqliteDSN}
	postgres = engine{"PostgreSQL", sqlstore.PostgreSQL, "pgx", postgresDSN}
	mariadb  = engine{"MariaDB", sqlstore.MySQL, "mysql", mysqlDSN}

	engines = []engine{sqlite, postgres, mariadb}
)

func sqliteDSN(t testing.TB) string {
	return sqlstore.SQLiteDSN(filepath.Join(t.TempDir(), "sessions.db"))
}

func postgresDSN(t testing.TB) string { return variable(t, "WAFER_POSTGRES") }

func mysqlDSN(t testing.TB) string { return mysqlConfig(t).FormatDSN() }

func mysqlConfig(t testing.TB) *mysql.Config {
	t.Helper()
	u, err := url.Parse(variable(t, "WAFER_MYSQL"))
	if err != nil {
		t.Fatalf("WAFER_MYSQL is no URL: %v", err)
	}
	config := mysql.NewConfig()
	config.Net, config.Addr = "tcp", u.Host
	config.User = u.User.Username()
	config.Passwd, _ = u.User.Password()
	config.DBName = strings.TrimPrefix(u.Path, "/")
	return config
}

// with adds an option to a URL.
func with(t testing.TB, dsn, option, value string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set(option, value)
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	return u.String()
}

func variable(t testing.TB, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set: run the tests with `make test`, which starts the servers that they need", name)
	}
	return value
}

// open opens a database, or fails the test.
func open(t testing.TB, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(32)
	db.SetMaxIdleConns(32)
	return db
}

func (e engine) open(t testing.TB) *sql.DB {
	t.Helper()
	return open(t, e.driver, e.dsn(t))
}

var tables atomic.Int64

// table returns a name that no other test uses, and drops the table in the end.
func table(t testing.TB, db *sql.DB) string {
	name := fmt.Sprintf("wafer_test_%d_%d", os.Getpid(), tables.Add(1))
	t.Cleanup(func() {
		for _, name := range []string{name, name + "_schema"} {
			if _, err := db.Exec("DROP TABLE IF EXISTS " + name); err != nil {
				t.Error(err)
			}
		}
	})
	return name
}

// migrated returns options that name a table of its own, which it has made.
func (e engine) migrated(t testing.TB, db *sql.DB) *sqlstore.Options {
	t.Helper()
	opts := &sqlstore.Options{Table: table(t, db), PurgeInterval: -1}
	if err := sqlstore.Migrate(t.Context(), db, e.dialect, opts); err != nil {
		t.Fatal(err)
	}
	return opts
}

// new returns a store on a table, and closes it in the end.
func (e engine) new(t testing.TB, db *sql.DB, opts *sqlstore.Options) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.New(t.Context(), db, e.dialect, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
