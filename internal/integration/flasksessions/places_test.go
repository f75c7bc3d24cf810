// Package flasksessions runs a Flask program and a Go program on the same records: those of Debian's
// Flask-Session, on each engine that it keeps them in.
package flasksessions

import (
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/redis/go-redis/v9"
	_ "modernc.org/sqlite"

	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/flask/flasksession/memcachedrecords"
	"github.com/wafer-go/wafer/flask/flasksession/sqlrecords"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/sqlstore"
)

// secretKey signs the IDs of the places that have signed ones.
const secretKey = "4f1c0b6d2a9e8f7c5b3a1d0e9f8c7b6a"

// A place is where both programs keep their records.
type place struct {
	records flasksession.Records
	options flasksession.Options
	signed  bool           // the IDs are, with secretKey
	config  map[string]any // of the Flask program
}

// backend is a Go program's, with these records.
func (p place) backend(records flasksession.Records) (session.Backend, error) {
	if p.signed {
		return flasksession.NewSigned(secretKey, records, &p.options)
	}
	return flasksession.New(records, &p.options)
}

// places open the places by name. Between them they have each setting that changes a record or its key.
var places = map[string]func() place{
	"Redis":         openRedis,
	"Redis, signed": openRedisSigned,
	"PostgreSQL":    openPostgreSQL,
	"MariaDB":       openMariaDB,
	"SQLite":        openSQLite,
	"as in Airflow": openAirflow,
	"memcached":     openMemcached,
}

func variable(name string) string {
	value := os.Getenv(name)
	if value == "" {
		panic(name + " is not set: run the tests with `make test`, which starts the servers that they need")
	}
	return value
}

func redisClient() *redis.Client {
	return redis.NewClient(must(redis.ParseURL(variable("WAFER_REDIS"))))
}

func openRedis() place {
	return place{
		records: flasksession.Redis(redisClient()),
		config:  map[string]any{"SESSION_TYPE": "redis", "client": variable("WAFER_REDIS")},
	}
}

func openRedisSigned() place {
	p := openRedis()
	p.signed, p.options.KeyPrefix = true, "app:"
	p.config["SECRET_KEY"], p.config["SESSION_USE_SIGNER"], p.config["SESSION_KEY_PREFIX"] = secretKey, true, "app:"
	return p
}

func openMemcached() place {
	address := must(url.Parse(variable("WAFER_MEMCACHED"))).Host
	return place{
		records: memcachedrecords.New(memcache.New(address)),
		config:  map[string]any{"SESSION_TYPE": "memcached", "client": address},
	}
}

func openSQL(driver, dsn string, d sqlrecords.Dialect, uri, table string) place {
	records := must(sqlrecords.New(must(sql.Open(driver, dsn)), d, &sqlrecords.Options{Table: table}))
	return place{
		records: records,
		config:  map[string]any{"SESSION_TYPE": "sqlalchemy", "SQLALCHEMY_DATABASE_URI": uri, "SQLALCHEMY_TRACK_MODIFICATIONS": false},
	}
}

func postgreSQL(table string) place {
	dsn := variable("WAFER_POSTGRES")
	_, rest, _ := strings.Cut(dsn, "://")
	return openSQL("pgx", dsn, sqlrecords.PostgreSQL, "postgresql+psycopg2://"+rest, table)
}

func openPostgreSQL() place { return postgreSQL("") }

// openAirflow has the settings of Airflow 2.
func openAirflow() place {
	p := postgreSQL("session")
	p.options.NoKeyPrefix, p.signed = true, true
	p.config["SESSION_SQLALCHEMY_TABLE"], p.config["SESSION_KEY_PREFIX"] = "session", ""
	p.config["SECRET_KEY"], p.config["SESSION_USE_SIGNER"] = secretKey, true
	return p
}

func openMariaDB() place {
	u := must(url.Parse(variable("WAFER_MYSQL")))
	config := mysql.NewConfig()
	config.Net, config.Addr, config.DBName = "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	config.User = u.User.Username()
	config.Passwd, _ = u.User.Password()
	u.Scheme = "mysql+pymysql"
	return openSQL("mysql", config.FormatDSN(), sqlrecords.MySQL, u.String(), "")
}

func openSQLite() place {
	file := filepath.Join(must(os.MkdirTemp("", "flask")), "flask.db")
	return openSQL("sqlite", sqlstore.SQLiteDSN(file), sqlrecords.SQLite, "sqlite:///"+file, "")
}

// sqliteFile returns the file of a place that openSQLite opened.
func sqliteFile(p place) string {
	return strings.TrimPrefix(p.config["SQLALCHEMY_DATABASE_URI"].(string), "sqlite:///")
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// running are the places that were opened, each with its Flask program, which ends with the tests.
var running = map[string]func() (place, string){}

func init() {
	for name := range places {
		running[name] = sync.OnceValues(func() (place, string) {
			p := places[name]()
			return p, startFlask(&p)
		})
	}
}

// open returns a place, and the address of a Flask program there.
func open(t *testing.T, name string) (place, string) {
	t.Helper()
	p, flask := running[name]()
	return p, flask
}

// eachPlace runs a test on each place.
func eachPlace(t *testing.T, test func(t *testing.T, p place, flask string)) {
	t.Helper()
	for name := range places {
		t.Run(name, func(t *testing.T) {
			p, flask := open(t, name)
			test(t, p, flask)
		})
	}
}
