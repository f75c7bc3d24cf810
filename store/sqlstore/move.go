package sqlstore

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/wafer-go/wafer/store"
)

// Touch sets Used and Expires of the record that has the version, unless they
// are later already. It fails with ErrNotFound if there is no record, and with
// ErrConflict if it has another version.
func (s *Store) Touch(ctx context.Context, id store.ID, version uint64, used, expires time.Time) error {
	const what = "touch a record"
	u, e := used.Unix(), expires.Unix()
	for range attempts {
		var rows int64
		var err error
		if version <= math.MaxInt64 { // newVersion makes none above
			rows, err = s.write(ctx, &s.statements.touch, u, e, id[:], int64(version)) // #nosec G115 -- compared above
		}
		switch {
		case err != nil:
			return s.fail(ctx, what, err)
		case rows > 0:
			return nil
		}
		g, err := s.look(ctx, what, id)
		if err != nil {
			return err
		}
		if g.version != version {
			return store.ErrConflict
		}
		// Without clientFoundRows, MySQL does not count a row that had these
		// times already.
		if g.used >= u && g.expires >= e {
			return nil
		}
		// A server that lags behind the one that was written to said so.
	}
	return store.ErrConflict
}

// Move saves r under the ID to and replaces the record at from by mark, in one
// statement. It fails with ErrConflict if the record has another version or if
// there is a record at to, and with ErrNotFound if there is none at from.
func (s *Store) Move(ctx context.Context, from, to store.ID, r, mark store.Record) (moved uint64, err error) {
	const what = "move a record"
	mark.Owner = ""
	if err := errors.Join(s.check(r), s.check(mark)); err != nil {
		return 0, err
	}
	if from == to {
		if _, err := s.look(ctx, what, from); err != nil {
			return 0, err
		}
		return 0, store.ErrConflict
	}
	version := newVersion(r)
	for range attempts {
		rows, err := s.moveOnce(ctx, from, to, r, mark, version)
		if err != nil && s.dialect.causeOf(err) == duplicate {
			// Perhaps the record at to has expired: then it can go.
			if err := s.vacate(ctx, what, to); err != nil {
				return 0, err
			}
			continue
		}
		switch {
		case err != nil:
			return 0, s.fail(ctx, what, err)
		case rows > 0:
			return uint64(version), nil // #nosec G115 -- newVersion makes none below 1
		}
		found, err := s.look(ctx, what, from)
		if err != nil {
			return 0, err
		}
		if found.version != r.Version {
			return 0, store.ErrConflict
		}
		switch _, err := s.look(ctx, what, to); {
		case err == nil:
			return 0, store.ErrConflict
		case !errors.Is(err, store.ErrNotFound):
			return 0, err
		}
		// A server that lags behind the one that was written to said so.
	}
	return 0, store.ErrConflict
}

// moveOnce runs the statement of Move and returns how many rows it changed: 0
// if it did nothing.
func (s *Store) moveOnce(ctx context.Context, from, to store.ID, r, mark store.Record, version int64) (rows int64, err error) {
	if r.Version > math.MaxInt64 {
		return 0, nil // newVersion makes none above
	}
	was := int64(r.Version) // #nosec G115 -- compared above
	data, used, expires, owner := s.values(r)
	markData, markUsed, markExpires, _ := s.values(mark)
	var args []any
	switch s.dialect {
	case PostgreSQL:
		args = []any{
			version, markData, markUsed, markExpires, from[:], was,
			to[:], version, data, used, expires, owner,
		}
	case MySQL:
		args = []any{
			from[:], to[:], version, markData, data, markUsed, used, markExpires, expires, owner,
			from[:], was, to[:], from[:],
		}
	case SQLite:
		args = []any{
			to[:], version, data, used, expires, owner,
			from[:], version, markData, markUsed, markExpires,
			from[:], was, to[:],
		}
	}
	return s.write(ctx, &s.statements.move, args...)
}

// moveText returns the statement of Move: it writes two rows or none. If there
// is a live record at to, it writes none, or fails with a duplicate key.
func (d Dialect) moveText() string {
	switch d {
	case PostgreSQL:
		// The row of the mark is locked first, so of two that move one record
		// the later sees the mark's version. Both rows are written or none: a
		// duplicate key undoes the statement.
		return `WITH marked AS (
	UPDATE {t} SET version = ?, data = ?, used = ?, expires = ?, owner = NULL
	WHERE id = ? AND version = ? AND expires > {now} RETURNING id
) INSERT INTO {t} (` + columns + `)
SELECT CAST(? AS BYTEA), CAST(? AS BIGINT), CAST(? AS BYTEA), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BYTEA) FROM marked`
	case MySQL:
		// Neither engine can update one row and insert another but so: FOR
		// UPDATE locks the old row and reads its newest version, at any level
		// of isolation. The new row of an ID in use would get the old row's ID,
		// which is a duplicate key, and that undoes the statement. Assignments
		// are made from left to right (MySQL's manual, "UPDATE").
		return `INSERT INTO {t} (` + columns + `)
SELECT IF(which.n, CAST(? AS BINARY(32)), CAST(? AS BINARY(32))), ?, IF(which.n, CAST(? AS BINARY), CAST(? AS BINARY)), IF(which.n, ?, ?), IF(which.n, ?, ?), IF(which.n, NULL, CAST(? AS BINARY))
FROM {t} AS old CROSS JOIN (SELECT 0 AS n UNION ALL SELECT 1) AS which
WHERE old.id = ? AND old.version = ? AND old.expires > {now} FOR UPDATE
ON DUPLICATE KEY UPDATE id = IF({t}.id = ? AND {t}.expires > {now}, ?, {t}.id),
	version = VALUES(version), data = VALUES(data), used = VALUES(used), expires = VALUES(expires), owner = VALUES(owner)`
	default:
		// What is read of the table is read before anything is written, and there is no other
		// writer.
		return `INSERT INTO {t} (` + columns + `)
SELECT * FROM (SELECT ? AS id, ?, ?, ?, ?, ? UNION ALL SELECT ?, ?, ?, ?, ?, NULL)
WHERE EXISTS (SELECT 1 FROM {t} WHERE id = ? AND version = ? AND expires > {now})
AND NOT EXISTS (SELECT 1 FROM {t} WHERE id = ? AND expires > {now})
ON CONFLICT (id) DO UPDATE SET version = excluded.version, data = excluded.data, used = excluded.used, expires = excluded.expires, owner = excluded.owner`
	}
}
