package sqlstore

import (
	"fmt"
	"log/slog"
	"time"
)

const (
	// DefaultTable is the table's name if Options name none.
	DefaultTable = "wafer_sessions"

	// DefaultPurgeInterval is the time between two purges if Options name none.
	DefaultPurgeInterval = 10 * time.Minute

	// maxPurgeInterval keeps what is computed from the interval within bounds.
	maxPurgeInterval = 10 * 365 * 24 * time.Hour

	// maxTableName leaves room for what is appended to name the indexes:
	// PostgreSQL cuts names at 63 bytes and MySQL refuses them from 65 on.
	maxTableName = 48
)

// Options are what a program may choose. The zero value has safe defaults.
type Options struct {
	// Table is the table's name: lowercase ASCII letters, digits and underscores, at most 48, with
	// no digit first. It is looked up in the connection's default schema (the search_path of
	// PostgreSQL, the current database of MySQL). Beside it there is a table with "_schema"
	// appended. Empty means DefaultTable.
	Table string

	// PurgeInterval is the time between two purges of expired records, which varies by a quarter,
	// so that servers started at once do not purge at once. Zero means DefaultPurgeInterval;
	// negative means that the Store does not purge by itself.
	PurgeInterval time.Duration

	// Unprepared sends each statement whole and leaves it to the driver to
	// prepare it or not. It is for poolers that give each transaction another
	// connection; the driver has then to be told as well. With pgx that is
	// default_query_exec_mode=exec, with go-sql-driver/mysql
	// interpolateParams=true.
	Unprepared bool

	// Logger receives what New finds wrong with the engine, purges that failed, and
	// a clock that disagrees with the engine's. Nil means slog.Default.
	Logger *slog.Logger

	// Unchecked has New not try to save a record, for tools that only read.
	Unchecked bool
}

// withDefaults returns a copy of o in which nothing is left open.
func (o *Options) withDefaults() (Options, error) {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Table == "" {
		c.Table = DefaultTable
	}
	if err := checkTable(c.Table); err != nil {
		return c, err
	}
	if c.PurgeInterval == 0 {
		c.PurgeInterval = DefaultPurgeInterval
	}
	if 0 < c.PurgeInterval && c.PurgeInterval < time.Second {
		return c, fmt.Errorf("sqlstore: Options.PurgeInterval is %v; it must be a second or more, or negative for no purges", c.PurgeInterval)
	}
	c.PurgeInterval = min(c.PurgeInterval, maxPurgeInterval)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c, nil
}

// checkTable refuses what cannot be quoted in any dialect, and what one engine would fold to
// lowercase and another not.
func checkTable(name string) error {
	ok := name != "" && len(name) <= maxTableName
	for i, c := range []byte(name) {
		ok = ok && (c >= 'a' && c <= 'z' || c == '_' || i > 0 && c >= '0' && c <= '9')
	}
	if !ok {
		return fmt.Errorf("sqlstore: %q cannot be a table's name here: use up to %d lowercase letters, digits and underscores, with no digit first", name, maxTableName)
	}
	return nil
}
