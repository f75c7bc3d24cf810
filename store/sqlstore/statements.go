package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// A statement is prepared, or is its text if the program asked for that.
type statement struct {
	db       *sql.DB
	text     string
	prepared *sql.Stmt
}

func (s *statement) exec(ctx context.Context, args ...any) (sql.Result, error) {
	if s.prepared == nil {
		return s.db.ExecContext(ctx, s.text, args...)
	}
	return s.prepared.ExecContext(ctx, args...)
}

func (s *statement) query(ctx context.Context, args ...any) (*sql.Rows, error) {
	if s.prepared == nil {
		return s.db.QueryContext(ctx, s.text, args...)
	}
	return s.prepared.QueryContext(ctx, args...)
}

func (s *statement) queryRow(ctx context.Context, args ...any) *sql.Row {
	if s.prepared == nil {
		return s.db.QueryRowContext(ctx, s.text, args...)
	}
	return s.prepared.QueryRowContext(ctx, args...)
}

// statements are all that a Store runs.
type statements struct {
	load, look, create, revive, replace, move, vacate, touch, remove statement
	owned, ownedIDs, removeOwned, removeOne                          statement
	all                                                              statement
	due, purge                                                       statement

	prepared []*sql.Stmt
}

const columns = "id, version, data, used, expires, owner"

// texts returns each statement with its text. An expired row is not a record, so each has the
// engine's time in its condition.
func (s *statements) texts(d Dialect) map[*statement]string {
	create := `INSERT INTO {t} (` + columns + `) VALUES (?, ?, ?, ?, ?, ?)`
	greatest := "GREATEST"
	var due, purge string
	switch d {
	case MySQL:
		// Its ON DUPLICATE KEY UPDATE has no condition, and counts rows in a way
		// that depends on a flag of the connection: see revive.
		due = `SELECT id, expires FROM {t} WHERE expires >= ? AND expires <= {now} ORDER BY expires LIMIT ?`
		purge = `DELETE FROM {t} WHERE id IN (?` + strings.Repeat(", ?", dueStep-1) + `) AND expires + 0 <= {now}`
	case PostgreSQL:
		create += onConflict
		purge = postgresPurge
	case SQLite:
		create += onConflict
		greatest = "MAX"
		purge = `DELETE FROM {t} WHERE id IN (SELECT id FROM {t} WHERE expires <= {now} ORDER BY expires LIMIT ?) AND expires <= {now}`
	}
	const (
		values = `data = ?, used = ?, expires = ?, owner = ?`
		live   = ` WHERE id = ? AND expires > {now}`
		dead   = ` WHERE id = ? AND expires <= {now}`
		same   = ` WHERE id = ? AND version = ? AND expires > {now}`

		// Of the statements that read in the order of IDs, a part at a time. "expires + 0" cannot
		// be looked up in the index by expiry: all that is live would be sorted for each part.
		alive = ` AND expires + 0 > {now} ORDER BY id LIMIT `
	)
	after, limit := d.hidden("BYTEA"), d.hidden("BIGINT")
	texts := map[*statement]string{
		&s.load:    `SELECT ` + columns + ` FROM {t}` + live,
		&s.look:    `SELECT version, used, expires FROM {t}` + live,
		&s.create:  create,
		&s.revive:  `UPDATE {t} SET version = ?, ` + values + dead,
		&s.replace: `UPDATE {t} SET version = ?, ` + values + same,
		&s.move:    d.moveText(),
		&s.vacate:  `DELETE FROM {t}` + dead,
		&s.touch:   fmt.Sprintf(`UPDATE {t} SET used = %[1]s(used, ?), expires = %[1]s(expires, ?)`, greatest) + same,
		&s.remove:  `DELETE FROM {t} WHERE id = ?`,

		&s.owned:       `SELECT ` + columns + ` FROM {t} WHERE owner = ? AND id > ` + after + alive + limit,
		&s.ownedIDs:    `SELECT id FROM {t} WHERE owner = ? AND id > ` + after + alive + limit,
		&s.removeOwned: `DELETE FROM {t} WHERE owner = ? AND id >= ? AND id <= ? AND expires + 0 > {now}`,
		&s.removeOne:   `DELETE FROM {t} WHERE id = ? AND owner = ? AND expires > {now}`,

		&s.all: `SELECT ` + columns + ` FROM {t} WHERE id > ?` + alive + `?`,

		&s.purge: purge,
	}
	if due != "" {
		texts[&s.due] = due
	}
	return texts
}

// postgresPurge is a step from a second on. It returns the point at which it stopped, so that the
// next step does not read again what it deleted, which stays in the index as long as a transaction
// has a snapshot.
//
// It must read the index in order and stop after a step, also if there are no statistics, or old
// ones; see hidden.
//
// ANY (ARRAY (...)) is evaluated once, as IN (...) need not be, and two servers that purge do not
// wait for one another. The outer condition excludes a row that was replaced since.
const postgresPurge = `WITH gone AS (
	DELETE FROM {t} WHERE id = ANY (ARRAY (
		SELECT id FROM {t} WHERE expires >= (SELECT CAST(? AS BIGINT)) AND expires <= (SELECT {now})
		ORDER BY expires LIMIT (SELECT CAST(? AS BIGINT)) FOR UPDATE SKIP LOCKED
	)) AND expires + 0 <= {now} RETURNING expires
) SELECT COUNT(*), COALESCE(MAX(expires), 0) FROM gone`

// hidden returns an argument whose value PostgreSQL's planner does not know. It would otherwise
// read and sort all rows for each step of a statement if it expects few, as it does without
// statistics. If it does not know the limit it expects a tenth of the rows, and reads the index in
// order.
func (d Dialect) hidden(kind string) string {
	if d != PostgreSQL {
		return "?"
	}
	return "(SELECT CAST(? AS " + kind + "))"
}

// onConflict replaces an expired row. If the row is live, no row counts as changed.
const onConflict = ` ON CONFLICT (id) DO UPDATE SET version = excluded.version, data = excluded.data, used = excluded.used, expires = excluded.expires, owner = excluded.owner WHERE {t}.expires <= {now}`

// prepare makes the statements ready. On failure it leaves none prepared.
func (s *statements) prepare(ctx context.Context, db *sql.DB, d Dialect, o Options) error {
	for statement, text := range s.texts(d) {
		statement.db, statement.text = db, d.write(o.Table, text)
		if o.Unprepared {
			continue
		}
		var prepared *sql.Stmt
		err := d.again(ctx, func() (err error) {
			prepared, err = db.PrepareContext(ctx, statement.text)
			return err
		})
		if err != nil {
			return errors.Join(d.fail(ctx, fmt.Sprintf("prepare a statement on the table %q; are its columns those of Dialect.Schema?", o.Table), err), s.close())
		}
		statement.prepared = prepared
		s.prepared = append(s.prepared, prepared)
	}
	return nil
}

func (s *statements) close() error {
	var failed []error
	for _, prepared := range s.prepared {
		failed = append(failed, prepared.Close())
	}
	return errors.Join(failed...)
}
