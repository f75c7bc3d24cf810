package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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
	purge                                                            statement

	prepared []*sql.Stmt
}

const columns = "id, version, data, used, expires, owner"

// texts returns each statement with its text. An expired row is not a record, so each has the
// engine's time in its condition.
func (s *statements) texts(d Dialect) map[*statement]string {
	create := `INSERT INTO {t} (` + columns + `) VALUES (?, ?, ?, ?, ?, ?)`
	greatest := "GREATEST"
	var purge string
	switch d {
	case MySQL:
		// Its ON DUPLICATE KEY UPDATE has no condition, and counts rows in a way
		// that depends on a flag of the connection: see revive.
		purge = `DELETE FROM {t} WHERE expires <= {now} ORDER BY expires LIMIT ?`
	case PostgreSQL:
		create += onConflict
		// ANY (ARRAY (...)) is evaluated once, as IN (...) need not be, and two servers that purge
		// do not wait for one another. The outer condition excludes a row that was replaced since.
		// It returns the point at which it stopped, so that the next step does not read again what
		// it deleted, which stays in the index as long as a transaction has a snapshot.
		purge = `WITH gone AS (
	DELETE FROM {t} WHERE id = ANY (ARRAY (
		SELECT id FROM {t} WHERE expires >= ? AND expires <= {now} ORDER BY expires LIMIT ? FOR UPDATE SKIP LOCKED
	)) AND expires <= {now} RETURNING expires
) SELECT COUNT(*), COALESCE(MAX(expires), 0) FROM gone`
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
	)
	return map[*statement]string{
		&s.load:    `SELECT ` + columns + ` FROM {t}` + live,
		&s.look:    `SELECT version, used, expires FROM {t}` + live,
		&s.create:  create,
		&s.revive:  `UPDATE {t} SET version = ?, ` + values + dead,
		&s.replace: `UPDATE {t} SET version = ?, ` + values + same,
		&s.move:    d.moveText(),
		&s.vacate:  `DELETE FROM {t}` + dead,
		&s.touch:   fmt.Sprintf(`UPDATE {t} SET used = %[1]s(used, ?), expires = %[1]s(expires, ?)`, greatest) + same,
		&s.remove:  `DELETE FROM {t} WHERE id = ?`,

		&s.owned:       `SELECT ` + columns + ` FROM {t} WHERE owner = ? AND id > ? AND expires > {now} ORDER BY id LIMIT ?`,
		&s.ownedIDs:    `SELECT id FROM {t} WHERE owner = ? AND id > ? AND expires > {now} ORDER BY id LIMIT ?`,
		&s.removeOwned: `DELETE FROM {t} WHERE owner = ? AND id >= ? AND id <= ? AND expires > {now}`,
		&s.removeOne:   `DELETE FROM {t} WHERE id = ? AND owner = ? AND expires > {now}`,

		&s.all: `SELECT ` + columns + ` FROM {t} WHERE id > ? AND expires > {now} ORDER BY id LIMIT ?`,

		&s.purge: purge,
	}
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
