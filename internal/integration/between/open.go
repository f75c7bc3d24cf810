package between

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memcachestore"
	"github.com/wafer-go/wafer/store/redisstore"
	"github.com/wafer-go/wafer/store/sqlstore"
)

// Connections is how many connections to each server a store that was opened
// here may have.
const Connections = 16

// Open opens the store for an engine's URL, as scripts/services has it, with
// the network between them. Names keep the data of stores on one engine apart.
// answer is how long memcached's client waits, because it has no context.
func Open(ctx context.Context, n *Network, engine, name string, answer time.Duration) (st store.Store, end func() error, err error) {
	u, err := url.Parse(engine)
	if err != nil {
		return nil, nil, fmt.Errorf("between: no engine: %w; run this through `make test`", err)
	}
	switch u.Scheme {
	case "postgres":
		config, err := pgx.ParseConfig(engine)
		if err != nil {
			return nil, nil, fmt.Errorf("between: %w", err)
		}
		config.DialFunc = n.Dial
		return openSQL(ctx, stdlib.OpenDB(*config), sqlstore.PostgreSQL, name)
	case "mysql":
		config := mysql.NewConfig()
		config.Net, config.Addr, config.DBName = "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
		config.User = u.User.Username()
		config.Passwd, _ = u.User.Password()
		config.DialFunc = n.Dial
		config.Logger = new(mysql.NopLogger)
		connector, err := mysql.NewConnector(config)
		if err != nil {
			return nil, nil, fmt.Errorf("between: %w", err)
		}
		return openSQL(ctx, sql.OpenDB(connector), sqlstore.MySQL, name)
	case "redis":
		client, err := redisClient(n, engine, u.Query().Has("addr"))
		if err != nil {
			return nil, nil, fmt.Errorf("between: %w", err)
		}
		st, err := redisstore.New(client, &redisstore.Options{Prefix: name + ":"})
		if err != nil {
			return nil, nil, errors.Join(err, client.Close())
		}
		return st, client.Close, nil
	case "memcache":
		client := memcache.New(u.Host)
		client.MaxIdleConns, client.Timeout, client.DialContext = Connections, answer, n.Dial
		st, err := memcachestore.New(client, &memcachestore.Options{Prefix: name + ":"})
		if err != nil {
			return nil, nil, errors.Join(err, client.Close())
		}
		return st, client.Close, nil
	}
	return nil, nil, fmt.Errorf("between: %q is not an engine's URL; run this through `make test`, which starts the engines and sets their variables", engine)
}

func openSQL(ctx context.Context, db *sql.DB, dialect sqlstore.Dialect, table string) (store.Store, func() error, error) {
	db.SetMaxOpenConns(Connections)
	db.SetMaxIdleConns(Connections)
	opts := &sqlstore.Options{Table: table}
	if err := sqlstore.Migrate(ctx, db, dialect, opts); err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	st, err := sqlstore.New(ctx, db, dialect, opts)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return st, func() error { return errors.Join(st.Close(), db.Close()) }, nil
}

func redisClient(n *Network, engine string, cluster bool) (redis.UniversalClient, error) {
	if cluster {
		options, err := redis.ParseClusterURL(engine)
		if err != nil {
			return nil, err
		}
		options.Dialer, options.PoolSize, options.ContextTimeoutEnabled = n.Dial, Connections, true
		return redis.NewClusterClient(options), nil
	}
	options, err := redis.ParseURL(engine)
	if err != nil {
		return nil, err
	}
	options.Dialer, options.PoolSize, options.ContextTimeoutEnabled = n.Dial, Connections, true
	return redis.NewClient(options), nil
}
