package stores

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/wafer-go/wafer/store/sqlstore"
)

var (
	sqliteEngine   = engine{"SQLite", []string{"sqlite"}, parseSQLite}
	postgresEngine = engine{"PostgreSQL", []string{"postgres", "postgresql"}, parsePostgres}
	mysqlEngine    = engine{"MySQL", []string{"mysql", "mariadb"}, parseMySQL}
)

const (
	// connectTimeout limits how long a connection may need, if the URL does not.
	connectTimeout = 10 * time.Second

	// connections is how many are open to a server at most. The tool has no more work at once.
	connections = 64
)

// Dialect returns the dialect of an engine, by its name in a URL.
func Dialect(name string) (sqlstore.Dialect, bool) {
	dialect, ok := map[string]sqlstore.Dialect{
		"sqlite": sqlstore.SQLite, "postgres": sqlstore.PostgreSQL, "postgresql": sqlstore.PostgreSQL, "mysql": sqlstore.MySQL, "mariadb": sqlstore.MySQL,
	}[strings.ToLower(name)]
	return dialect, ok
}

// useSQL has a Location open its store in a database.
func (l *Location) useSQL(u *url.URL, dialect sqlstore.Dialect, open func() (*sql.DB, error)) error {
	table, err := cutOption(u, "table")
	if err != nil {
		return err
	}
	table = cmp.Or(table, sqlstore.DefaultTable)
	if _, err := dialect.Schema(table); err != nil {
		return Misuse("%s", WithoutPackage(err.Error()))
	}
	l.open = func(ctx context.Context, logger *slog.Logger) (*Store, error) {
		db, err := open()
		if err != nil {
			return nil, err
		}
		db.SetMaxOpenConns(connections)
		db.SetMaxIdleConns(connections)
		s, err := sqlstore.New(ctx, db, dialect, &sqlstore.Options{Table: table, PurgeInterval: -1, Logger: logger, Unchecked: true})
		if err != nil {
			return nil, errors.Join(err, db.Close())
		}
		return &Store{
			Store: s, Ordered: true,
			Close: func() error { return errors.Join(s.Close(), db.Close()) },
			Check: func(context.Context) error { return nil }, // New has done it
		}, nil
	}
	l.migrate = func(ctx context.Context) error {
		db, err := open()
		if err != nil {
			return err
		}
		return errors.Join(sqlstore.Migrate(ctx, db, dialect, &sqlstore.Options{Table: table}), db.Close())
	}
	return nil
}

// parsePath reads what follows sqlite: as a path, in which only % and ? need escaping.
func parsePath(text string) (*url.URL, error) {
	path, options, _ := strings.Cut(text, "?")
	if rest, ok := strings.CutPrefix(path, "//"); ok {
		if !strings.HasPrefix(rest, "/") {
			return nil, Misuse("sqlite://%s has a host, which SQLite does not have: write sqlite:%[1]s for a file in this folder, or sqlite:/%[1]s", rest)
		}
		path = rest
	}
	path, err := url.PathUnescape(path)
	switch {
	case err != nil:
		return nil, Misuse("the path in sqlite:%s has a %% that does not begin an escape; write it as %%25", path)
	case path == "", strings.ContainsRune(path, 0):
		return nil, Misuse("sqlite: needs the path of a file, as in sqlite:sessions.db")
	}
	return &url.URL{Scheme: "sqlite", Path: path, RawQuery: options}, nil
}

func parseSQLite(l *Location, u *url.URL) error {
	path := u.Path
	connect := func() (*sql.DB, error) { return sql.Open("sqlite", sqlstore.SQLiteDSN(path)) }
	if err := l.useSQL(u, sqlstore.SQLite, connect); err != nil {
		return err
	}
	if u.RawQuery != "" {
		return Misuse("the only option of a sqlite: URL is table, not %q (write a ? in the path as %%3f)", u.RawQuery)
	}
	open, migrate := l.open, l.migrate
	// SQLite would make an empty file of a path that was mistyped.
	l.open = func(ctx context.Context, logger *slog.Logger) (*Store, error) {
		info, err := os.Stat(path) // #nosec G703 -- the file that the user named
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, errors.New("the file does not exist; `wafer store migrate` creates it")
		case err != nil:
			return nil, Cause(err)
		case info.IsDir():
			return nil, errors.New("that is a folder, not a database")
		}
		return open(ctx, logger)
	}
	l.migrate = func(ctx context.Context) error {
		// Only its owner may read it, whatever the umask.
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) // #nosec G304 G703 -- the file that the user named
		if err != nil {
			return fmt.Errorf("cannot create the file: %w", Cause(err))
		}
		if err := file.Close(); err != nil {
			return Cause(err)
		}
		return migrate(ctx)
	}
	return nil
}

// Cause is err without the path, which the text has already.
func Cause(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err
	}
	return err
}

func parsePostgres(l *Location, u *url.URL) error {
	var config *pgx.ConnConfig
	connect := func() (*sql.DB, error) { return stdlib.OpenDB(*config), nil }
	if err := l.useSQL(u, sqlstore.PostgreSQL, connect); err != nil {
		return err
	}
	config, err := pgx.ParseConfig(u.String())
	if err != nil {
		return Misuse("the URL %s cannot be read: %s", l, l.Redact(err.Error()))
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	if config.Password != "" {
		l.secret(config.Password) // of PGPASSWORD or a password file
	}
	return nil
}

// parseMySQL makes of the URL what go-sql-driver/mysql calls a DSN. The URL's options are the
// driver's, except table and socket.
func parseMySQL(l *Location, u *url.URL) error {
	var config *mysql.Config
	if err := l.useSQL(u, sqlstore.MySQL, func() (*sql.DB, error) {
		connector, err := mysql.NewConnector(config)
		if err != nil {
			return nil, err
		}
		return sql.OpenDB(connector), nil
	}); err != nil {
		return err
	}
	socket, err := cutOption(u, "socket")
	if err != nil {
		return err
	}
	// The driver unescapes values of its own accord, so they pass as they are.
	if config, err = mysql.ParseDSN("/?" + u.RawQuery); err != nil {
		return Misuse("the options of the URL %s cannot be read: %s", l, err)
	}
	config.User = u.User.Username()
	config.Passwd, _ = u.User.Password()
	config.DBName = strings.TrimPrefix(u.Path, "/")
	config.Net, config.Addr = "tcp", u.Host
	switch {
	case config.DBName == "":
		return Misuse("the URL %s names no database; write it after the host: mysql://user@host/database", l)
	case socket != "":
		config.Net, config.Addr = "unix", socket
	case u.Hostname() == "":
		return Misuse("the URL %s names no host", l)
	case u.Port() == "":
		config.Addr = net.JoinHostPort(u.Hostname(), "3306")
	}
	if config.Timeout == 0 {
		config.Timeout = connectTimeout
	}
	config.Logger = &mysql.NopLogger{} // what matters is in the errors
	return nil
}
