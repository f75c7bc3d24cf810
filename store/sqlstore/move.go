package sqlstore

import (
	"context"
	"time"

	"github.com/wafer-go/wafer/store"
)

// Touch sets Used and Expires, unless they are later already. It fails with
// ErrNotFound where there is no record.
func (s *Store) Touch(ctx context.Context, id store.ID, used, expires time.Time) error {
	const what = "touch a record"
	u, e := used.Unix(), expires.Unix()
	for range attempts {
		now := s.now()
		rows, err := s.write(ctx, &s.statements.touch, u, e, id[:], now)
		switch {
		case err != nil:
			return s.fail(ctx, what, err)
		case rows > 0:
			return nil
		case s.dialect != MySQL:
			return store.ErrNotFound
		}
		// Without clientFoundRows, MySQL does not count a row that had these
		// times already.
		g, err := s.look(ctx, what, id, now)
		if err != nil {
			return err
		}
		if g.used >= u && g.expires >= e {
			return nil
		}
		// It was made just then.
	}
	return store.ErrConflict
}

// Move saves r under the id to and deletes the record at from, in one
// statement. It fails with ErrConflict where the record has another version or
// to is taken, and with ErrNotFound where there is none at from.
func (s *Store) Move(ctx context.Context, from, to store.ID, r store.Record) (version uint64, err error) {
	const what = "move a record"
	if err := s.check(r); err != nil {
		return 0, err
	}
	if from == to {
		if _, err := s.look(ctx, what, from, s.now()); err != nil {
			return 0, err
		}
		return 0, store.ErrConflict
	}
	return s.replace(ctx, what, from, to, r)
}
