package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
)

// A versionError says that a table is of a version that this release does not
// work with.
type versionError struct {
	table string
	found int // 0 if there is none
}

func (e *versionError) Error() string {
	switch {
	case e.found == 0:
		return fmt.Sprintf("sqlstore: the database has no table %q for sessions; call Migrate, or run what `wafer store schema` prints", e.table)
	case e.found < schemaVersion:
		return fmt.Sprintf("sqlstore: the table %q is of version %d and this release needs %d; call Migrate", e.table, e.found, schemaVersion)
	default:
		return fmt.Sprintf("sqlstore: the table %q is of version %d, made by a later release, and this one knows none after %d; use that release", e.table, e.found, schemaVersion)
	}
}

// recognize asks the engine something that no other understands. A table of the wrong engine would
// fail too, but with words that do not help.
func (d Dialect) recognize(ctx context.Context, db *sql.DB) error {
	if err := d.check(); err != nil {
		return err
	}
	// To open SQLite's file may need a lock for which SQLite does not wait: see SQLiteDSN.
	if err := d.again(ctx, func() error { return db.PingContext(ctx) }); err != nil {
		return d.fail(ctx, "reach the database", err)
	}
	question := map[Dialect]string{
		SQLite:     "SELECT sqlite_version()",
		PostgreSQL: "SELECT current_setting('server_version_num')",
		MySQL:      "SELECT @@version_comment",
	}[d]
	var answer string
	if err := d.again(ctx, func() error { return db.QueryRowContext(ctx, question).Scan(&answer) }); err != nil {
		what := fmt.Sprintf("the database does not answer as %v would; is it the right dialect?", d)
		if c := d.causeOf(err); c == broken || c == pooled {
			what = "ask the database its version"
		}
		return d.fail(ctx, what, err)
	}
	return nil
}

// checkVersion returns a versionError unless the table is of the version that
// this release works with.
func (d Dialect) checkVersion(ctx context.Context, db *sql.DB, table string) error {
	found := 0
	err := d.read(ctx, func() (err error) {
		found, err = d.version(ctx, db, table)
		return err
	})
	if err != nil && d.causeOf(err) != noTable {
		return d.fail(ctx, fmt.Sprintf("read the version of the table %q", table), err)
	}
	if found != schemaVersion {
		return &versionError{table: table, found: found}
	}
	return nil
}

// version returns which version a table is of, 0 for none.
func (d Dialect) version(ctx context.Context, from interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}, table string,
) (int, error) {
	var version sql.NullInt64
	err := from.QueryRowContext(ctx, d.write(table, "SELECT MAX(version) FROM {schema}")).Scan(&version)
	return int(version.Int64), err
}
