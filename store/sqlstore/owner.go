package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/wafer-go/wafer/store"
)

// maxExcept is how many records DeleteOwned can spare. SQLite takes 32766
// arguments in a statement and the others 65535.
const maxExcept = 10_000

// Owned returns the records of an owner. Nobody's records, those of the empty
// owner, cannot be asked for: there are none.
func (s *Store) Owned(ctx context.Context, owner string) ([]store.Entry, error) {
	if owner == "" {
		return nil, nil
	}
	entries, err := s.entries(ctx, func(ctx context.Context) (*sql.Rows, error) {
		return s.statements.owned.query(ctx, s.dialect.owner(owner), s.now())
	}, nil)
	if err != nil {
		return nil, s.fail(ctx, "list an owner's records", err)
	}
	return entries, nil
}

// DeleteOwned deletes the records of an owner, but for up to 10,000, and
// returns how many there were. Nobody's records, those of the empty owner, are
// not deleted.
func (s *Store) DeleteOwned(ctx context.Context, owner string, except ...store.ID) (deleted int, err error) {
	const what = "delete an owner's records"
	if owner == "" {
		return 0, nil
	}
	if len(except) > maxExcept {
		return 0, fmt.Errorf("sqlstore: %s: it can spare %d and was asked to spare %d", what, maxExcept, len(except))
	}
	st := s.statements.removeOwned
	args := []any{s.dialect.owner(owner), s.now()}
	if len(except) > 0 {
		// One statement for each number of them; too many to prepare.
		text := removeOwned + " AND id NOT IN (?" + strings.Repeat(", ?", len(except)-1) + ")"
		st = statement{db: s.db, text: s.dialect.write(s.table, text)}
		for _, id := range except {
			args = append(args, id[:])
		}
	}
	rows, err := s.write(ctx, &st, args...)
	if err != nil {
		return 0, s.fail(ctx, what, err)
	}
	return int(rows), nil
}

// DeleteOne deletes the record if owner is its owner, in one statement, and
// reports whether it did. The empty owner has no records.
func (s *Store) DeleteOne(ctx context.Context, owner string, id store.ID) (deleted bool, err error) {
	const what = "delete an owner's record"
	if err := ctx.Err(); err != nil {
		return false, s.fail(ctx, what, err)
	}
	if owner == "" {
		return false, nil
	}
	rows, err := s.write(ctx, &s.statements.removeOne, id[:], s.dialect.owner(owner), s.now())
	if err != nil {
		return false, s.fail(ctx, what, err)
	}
	return rows > 0, nil
}

// entries reads the rows of a query, all of them or until full says so.
func (s *Store) entries(ctx context.Context, query func(context.Context) (*sql.Rows, error), full func(bytes int) bool) ([]store.Entry, error) {
	var entries []store.Entry
	err := s.dialect.again(ctx, func() error {
		entries = nil
		rows, err := query(ctx)
		if err != nil {
			return err
		}
		defer rows.Close()
		bytes := 0
		for rows.Next() {
			e, err := scan(rows)
			if err != nil {
				return err
			}
			entries = append(entries, e)
			bytes += len(e.Data)
			if full != nil && full(bytes) {
				return rows.Close()
			}
		}
		return rows.Err()
	})
	return entries, err
}
