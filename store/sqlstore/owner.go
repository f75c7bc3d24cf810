package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"iter"
	"slices"

	"github.com/wafer-go/wafer/store"
)

// DeleteOwned deletes deleteStep records at a time, and goes through an owner's
// records again until there are none. A record that gets another ID between the
// query that found it and the statement that deletes it is found the next time; on
// average that is so for less than half of them. So deletePasses is never reached.
const (
	deleteStep   = 256
	deletePasses = 1000
)

// Owned yields the records of an owner, in the order of their IDs. It reads a
// page at a time and holds no connection while it yields. The empty owner has no
// records.
func (s *Store) Owned(ctx context.Context, owner string) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		const what = "list an owner's records"
		if err := ctx.Err(); err != nil {
			yield(store.Entry{}, s.fail(ctx, what, err))
			return
		}
		if owner == "" {
			return
		}
		s.paged(ctx, what, func(ctx context.Context, after []byte) (*sql.Rows, error) {
			return s.statements.owned.query(ctx, s.dialect.owner(owner), after, pageRows)
		}, yield)
	}
}

// DeleteOwned deletes the records of an owner, except some, and returns how many
// it deleted. It works in steps of 256 records, each a query and a statement for
// each run of records between two exceptions. It looks again until it finds
// none, so that a record which got another ID in between is found too. The empty
// owner has no records.
func (s *Store) DeleteOwned(ctx context.Context, owner string, except ...store.ID) (deleted int, err error) {
	const what = "delete an owner's records"
	if err := ctx.Err(); err != nil {
		return 0, s.fail(ctx, what, err)
	}
	if owner == "" {
		return 0, nil
	}
	kept := slices.Clone(except)
	slices.SortFunc(kept, compare)
	for range deletePasses {
		found, n, err := s.deleteOwned(ctx, owner, kept)
		deleted += n
		if err != nil {
			return deleted, s.fail(ctx, what, err)
		}
		if found == 0 {
			return deleted, nil
		}
	}
	return deleted, s.fail(ctx, what, errors.New("others kept moving them to other IDs; call it again"))
}

// deleteOwned goes through an owner's records once. It returns how many it found
// that are not kept, and how many it deleted: fewer if others deleted or moved
// some in between.
func (s *Store) deleteOwned(ctx context.Context, owner string, kept []store.ID) (found, deleted int, err error) {
	after := []byte{}
	for {
		ids, err := s.ownedIDs(ctx, owner, after)
		if err != nil {
			return found, deleted, err
		}
		for run := range runs(ids, kept) {
			found += len(run)
			rows, err := s.write(ctx, &s.statements.removeOwned, s.dialect.owner(owner), run[0][:], run[len(run)-1][:])
			deleted += int(rows)
			if err != nil {
				return found, deleted, err
			}
		}
		if len(ids) < deleteStep {
			return found, deleted, nil
		}
		after = ids[len(ids)-1][:]
	}
}

// ownedIDs returns the next IDs of an owner's records, in order.
func (s *Store) ownedIDs(ctx context.Context, owner string, after []byte) (ids []store.ID, err error) {
	err = s.dialect.read(ctx, func() error {
		ids = nil
		rows, err := s.statements.ownedIDs.query(ctx, s.dialect.owner(owner), after, deleteStep)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id []byte
			if err := rows.Scan(&id); err != nil {
				return err
			}
			if len(id) != len(store.ID{}) {
				return idSizeError(len(id))
			}
			ids = append(ids, store.ID(id))
		}
		return rows.Err()
	})
	return ids, err
}

// runs yields the parts of a sorted list between the IDs that are kept, which are
// sorted too. So a kept ID is not within a part, even if its record becomes the
// owner's in between.
func runs(ids, kept []store.ID) iter.Seq[[]store.ID] {
	return func(yield func([]store.ID) bool) {
		for len(ids) > 0 {
			next, is := slices.BinarySearchFunc(kept, ids[0], compare)
			if is {
				ids = ids[1:]
				continue
			}
			end := len(ids)
			if next < len(kept) {
				end, _ = slices.BinarySearchFunc(ids, kept[next], compare)
			}
			if !yield(ids[:end]) {
				return
			}
			ids = ids[end:]
		}
	}
}

func compare(a, b store.ID) int { return bytes.Compare(a[:], b[:]) }

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
	rows, err := s.write(ctx, &s.statements.removeOne, id[:], s.dialect.owner(owner))
	if err != nil {
		return false, s.fail(ctx, what, err)
	}
	return rows > 0, nil
}
