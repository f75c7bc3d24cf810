// Package everystore opens each of the project's stores on the engines that
// the environment names. Programs that hold all of them to one rule use it.
// scripts/services starts the engines and sets the variables.
package everystore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/redis/go-redis/v9"
	_ "modernc.org/sqlite"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memcachestore"
	"github.com/wafer-go/wafer/store/memstore"
	"github.com/wafer-go/wafer/store/redisstore"
	"github.com/wafer-go/wafer/store/sqlstore"
)

// A Kind is one store on one engine.
type Kind struct {
	Name string

	// Variable names the environment's variable with the engine's URL; empty
	// for what runs in this process.
	Variable string

	open func(ctx context.Context, url, folder, name string) (opened, error)
}

// Kinds are all of them.
var Kinds = []Kind{
	{"memory", "", openMemory},
	{"SQLite", "", openSQLite},
	{"PostgreSQL", "WAFER_POSTGRES", openPostgres},
	{"MariaDB", "WAFER_MYSQL", openMySQL},
	{"Redis", "WAFER_REDIS", openRedis},
	{"Redis Cluster", "WAFER_REDIS_CLUSTER", openRedisCluster},
	{"memcached", "WAFER_MEMCACHED", openMemcached},
}

// ErrNoEngine is returned if the environment does not name the engine.
var ErrNoEngine = errors.New("is not set; run this through scripts/services, which starts the engines")

// opened is a store and what ends it.
type opened struct {
	store.Store
	close func() error
}

// memory is the one store in memory of each name: what is one process's cannot
// be opened twice.
var (
	mu     sync.Mutex
	memory = make(map[string]*memstore.Store)
)

// Open opens count instances of the store over the same data, as count servers
// would. The data are apart from those of other names; folder is where files
// go. close closes the instances.
func (k Kind) Open(ctx context.Context, folder, name string, count int) (stores []store.Store, close func() error, err error) {
	address := os.Getenv(k.Variable)
	if k.Variable != "" && address == "" {
		return nil, nil, fmt.Errorf("%s: the variable %s %w", k.Name, k.Variable, ErrNoEngine)
	}
	var closers []func() error
	close = func() error {
		var errs []error
		for _, c := range closers {
			errs = append(errs, c())
		}
		return errors.Join(errs...)
	}
	for range count {
		one, err := k.open(ctx, address, folder, name)
		if err != nil {
			return nil, nil, errors.Join(fmt.Errorf("%s: %w", k.Name, err), close())
		}
		stores = append(stores, one.Store)
		closers = append(closers, one.close)
	}
	return stores, close, nil
}

func openMemory(_ context.Context, _, folder, name string) (opened, error) {
	id := folder + "\x00" + name
	mu.Lock()
	defer mu.Unlock()
	if memory[id] == nil {
		memory[id] = memstore.New(&memstore.Options{MaxBytes: 8 << 30})
	}
	return opened{memory[id], func() error {
		mu.Lock()
		defer mu.Unlock()
		delete(memory, id)
		return nil
	}}, nil
}

func openSQLite(ctx context.Context, _, folder, name string) (opened, error) {
	return openSQL(ctx, "sqlite", sqlstore.SQLiteDSN(filepath.Join(folder, name+".db")), sqlstore.SQLite, name)
}

func openPostgres(ctx context.Context, address, _, name string) (opened, error) {
	return openSQL(ctx, "pgx", address, sqlstore.PostgreSQL, name)
}

func openMySQL(ctx context.Context, address, _, name string) (opened, error) {
	u, err := url.Parse(address)
	if err != nil {
		return opened{}, err
	}
	config := mysql.NewConfig()
	config.Net, config.Addr, config.DBName = "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	config.User = u.User.Username()
	config.Passwd, _ = u.User.Password()
	return openSQL(ctx, "mysql", config.FormatDSN(), sqlstore.MySQL, name)
}

// connections is how many connections each instance may have.
const connections = 32

func openSQL(ctx context.Context, driver, dsn string, dialect sqlstore.Dialect, table string) (opened, error) {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return opened{}, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	opts := &sqlstore.Options{Table: table}
	if err := sqlstore.Migrate(ctx, db, dialect, opts); err != nil {
		return opened{}, errors.Join(err, db.Close())
	}
	st, err := sqlstore.New(ctx, db, dialect, opts)
	if err != nil {
		return opened{}, errors.Join(err, db.Close())
	}
	return opened{st, func() error { return errors.Join(st.Close(), db.Close()) }}, nil
}

func openRedis(_ context.Context, address, _, name string) (opened, error) {
	options, err := redis.ParseURL(address)
	if err != nil {
		return opened{}, err
	}
	options.PoolSize = connections
	return redisOn(redis.NewClient(options), name)
}

func openRedisCluster(_ context.Context, address, _, name string) (opened, error) {
	options, err := redis.ParseClusterURL(address)
	if err != nil {
		return opened{}, err
	}
	options.PoolSize = connections
	return redisOn(redis.NewClusterClient(options), name)
}

func redisOn(client redis.UniversalClient, name string) (opened, error) {
	st, err := redisstore.New(client, &redisstore.Options{Prefix: name + ":"})
	if err != nil {
		return opened{}, errors.Join(err, client.Close())
	}
	return opened{st, client.Close}, nil
}

func openMemcached(_ context.Context, address, _, name string) (opened, error) {
	u, err := url.Parse(address)
	if err != nil {
		return opened{}, err
	}
	client := memcache.New(u.Host)
	client.MaxIdleConns, client.Timeout = connections, 10*time.Second
	st, err := memcachestore.New(client, &memcachestore.Options{Prefix: name + ":"})
	if err != nil {
		return opened{}, errors.Join(err, client.Close())
	}
	return opened{st, client.Close}, nil
}
