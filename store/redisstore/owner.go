package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/store"
)

// A record and its owner's index may be on different servers, which nothing
// changes in one step. So that the index names each record that is there, and
// perhaps some that are not:
//
//   - Who writes a record enters it first, by a claim, and writes the record
//     only within writeTime of that.
//   - A name leaves the index when the time is over for which it was entered,
//     as no record with that owner lasts for longer; see the field listed.
//   - A call that finds a name without a record removes it from the index, but only
//     within cleanTime of having read it there, and only if no claim on it was
//     made in the last two minutes (claimTime).
//
// So while a writer is under way its claim keeps the name. The clocks of two
// servers may be a minute apart (claimTime less the other two).
const (
	writeTime = 30 // seconds
	cleanTime = 30 // seconds
)

// pageSize is how many records are asked for in one round trip.
const pageSize = 200

func pages(ids []store.ID) iter.Seq[[]store.ID] { return slices.Chunk(ids, pageSize) }

// A claim is an entry in an index that was made a moment ago.
type claim struct {
	till  int64 // when the index drops the record's name, in Unix seconds
	until int64 // before when the record has to be written
}

// claim makes the owner's index name a record. If the mode is relist it fails with ErrNotFound
// unless the index names it already.
func (s *Store) claim(ctx context.Context, id store.ID, owner string, expires time.Time, mode string) (claim, error) {
	c := claim{till: till(expires)}
	a, err := s.run(ctx, enterScript, []string{s.indexKey(owner)}, id.String(), c.till, mode)
	if err != nil {
		return c, fmt.Errorf("its owner's index: %w", err)
	}
	if a.text == none {
		return c, store.ErrNotFound // all of the owner's were deleted
	}
	at, err := strconv.ParseInt(a.text, 10, 64)
	if err != nil {
		return c, fmt.Errorf("its owner's index: the script answered no time but %q", a.text)
	}
	c.until = at + writeTime
	return c, nil
}

// Owned yields the records of an owner. It reads some 200 at a time: a round
// trip for their names, one for the records, and one to drop names that have no
// record. It keeps 16 bytes of each ID that it has read, because Redis may name
// a record twice.
func (s *Store) Owned(ctx context.Context, owner string) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		err := s.eachPage(ctx, owner, func(ids []store.ID, at int64) error {
			entries, err := s.loadAll(ctx, ids)
			if err != nil {
				return err
			}
			there := map[store.ID]bool{}
			for _, e := range entries {
				there[e.ID] = e.Owner == owner
			}
			var stale []store.ID
			for _, id := range ids {
				if !there[id] {
					stale = append(stale, id)
				}
			}
			if err := s.clean(ctx, owner, at, stale); err != nil {
				return err
			}
			for _, e := range entries {
				if err := ctx.Err(); err != nil {
					return err
				}
				if e.Owner == owner && !yield(e, nil) {
					return errLeft
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, errLeft) {
			yield(store.Entry{}, fmt.Errorf("redisstore: Owned: %w", told(ctx, err)))
		}
	}
}

// eachPage calls f with the IDs that the owner's index names, a page at a time
// and each once, and with the second at which the page was read.
func (s *Store) eachPage(ctx context.Context, owner string, f func(ids []store.ID, at int64) error) error {
	if err := ctx.Err(); err != nil || owner == "" {
		return err
	}
	seen := map[[16]byte]struct{}{}
	for cursor := "0"; ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		names, err := s.names(ctx, owner, cursor)
		if err != nil {
			return err
		}
		fresh := names.ids[:0]
		for _, id := range names.ids {
			short := [16]byte(id[:])
			if _, again := seen[short]; !again {
				seen[short] = struct{}{}
				fresh = append(fresh, id)
			}
		}
		// A small index is read whole, whatever was asked for.
		for page := range pages(fresh) {
			if err := f(page, names.at); err != nil {
				return err
			}
		}
		if cursor = names.cursor; cursor == "0" {
			return nil
		}
	}
}

// names are a part of an owner's index.
type names struct {
	ids    []store.ID
	at     int64  // the second at which they were read
	cursor string // the begin of the next names, "0" at the end
}

var errMalformed = errors.New("the index of the owner is not as this package writes it")

func (s *Store) names(ctx context.Context, owner, cursor string) (n names, err error) {
	a, err := s.run(ctx, namesScript, []string{s.indexKey(owner)}, cursor, pageSize)
	if err != nil {
		return n, err
	}
	if len(a.slice) != 3 {
		return n, errMalformed
	}
	second, _ := a.slice[0].(string)
	if n.at, err = strconv.ParseInt(second, 10, 64); err != nil {
		return n, errMalformed
	}
	if n.cursor, _ = a.slice[1].(string); n.cursor == "" {
		return n, errMalformed
	}
	members, _ := a.slice[2].([]any)
	for i := 0; i < len(members); i += 2 { // each with its score
		name, _ := members[i].(string)
		if strings.HasPrefix(name, "claim:") {
			continue
		}
		id, err := store.ParseID(name)
		if err != nil {
			return n, errMalformed
		}
		n.ids = append(n.ids, id)
	}
	return n, nil
}

// clean removes names from an index that was read at a time.
func (s *Store) clean(ctx context.Context, owner string, at int64, stale []store.ID) error {
	for page := range pages(stale) {
		args := []any{at + cleanTime}
		for _, id := range page {
			args = append(args, id.String())
		}
		if _, err := s.run(ctx, cleanScript, []string{s.indexKey(owner)}, args...); err != nil {
			return err
		}
	}
	return nil
}

// loadAll loads those of the records that are there, in one round trip to each
// server.
func (s *Store) loadAll(ctx context.Context, ids []store.ID) ([]store.Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	pipe := s.client.Pipeline()
	cmds := make([]*redis.SliceCmd, len(ids))
	for i, id := range ids {
		cmds[i] = pipe.HMGet(ctx, s.recordKey(id), fields...)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, err
	}
	entries := make([]store.Entry, 0, len(ids))
	for i, cmd := range cmds {
		r, err := parse(cmd.Val())
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", ids[i], err)
		}
		entries = append(entries, store.Entry{ID: ids[i], Record: r})
	}
	return entries, nil
}

// DeleteOwned deletes the records of an owner, except some, and returns how many it deleted. It
// removes 200 names at a time from the owner's index, which deletes their records, whatever others
// do to these at the moment; then it gives their room back. It ends when no name is left but those
// of the exceptions. If an answer was lost all have been deleted too, and an error says that not
// all were counted.
func (s *Store) DeleteOwned(ctx context.Context, owner string, except ...store.ID) (deleted int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("redisstore: DeleteOwned: %w", told(ctx, err))
	}
	if owner == "" {
		return 0, nil
	}
	args := []any{pageSize}
	for _, id := range except {
		args = append(args, id.String())
	}
	var lost error
	for {
		a, err := s.run(ctx, cutScript, []string{s.indexKey(owner)}, args...)
		if err != nil {
			return deleted, fmt.Errorf("redisstore: DeleteOwned: %w", told(ctx, err))
		}
		lost = cmp.Or(lost, a.lost)
		cut, ids, err := parseCut(a.slice)
		if err != nil {
			return deleted, fmt.Errorf("redisstore: DeleteOwned: %w", err)
		}
		if cut == 0 {
			break
		}
		n, err := s.drop(ctx, owner, ids)
		deleted += n
		if err != nil {
			return deleted, fmt.Errorf("redisstore: DeleteOwned: %w", told(ctx, err))
		}
	}
	if lost != nil {
		return deleted, fmt.Errorf("redisstore: DeleteOwned: all records of the owner are deleted, and it is not known how many those were: %w", lost)
	}
	return deleted, nil
}

// parseCut reads what cutScript answers.
func parseCut(answer []any) (cut int64, ids []store.ID, err error) {
	if len(answer) == 0 {
		return 0, nil, errMalformed
	}
	cut, ok := answer[0].(int64)
	if !ok {
		return 0, nil, errMalformed
	}
	for _, name := range answer[1:] {
		text, _ := name.(string)
		id, err := store.ParseID(text)
		if err != nil {
			return 0, nil, errMalformed
		}
		ids = append(ids, id)
	}
	return cut, ids, nil
}

// DeleteOne deletes the record if owner is its owner, in one step and one round
// trip, and reports whether it did. If an answer was lost and the record is not
// the owner's at the next try, the error says that the outcome is not known.
func (s *Store) DeleteOne(ctx context.Context, owner string, id store.ID) (deleted bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, fail(ctx, "DeleteOne", id, err)
	}
	if owner == "" {
		return false, nil
	}
	a, err := s.run(ctx, dropScript, []string{s.recordKey(id)}, owner, id.String(), s.indexes())
	switch {
	case err != nil:
		return false, fail(ctx, "DeleteOne", id, err)
	case a.text != done && a.lost != nil:
		return false, fail(ctx, "DeleteOne", id, judge(a.text, a.lost))
	}
	return a.text == done, nil
}

// drop deletes those of the records that are the owner's, named or not.
func (s *Store) drop(ctx context.Context, owner string, ids []store.ID) (deleted int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	pipe := s.client.Pipeline()
	cmds := make([]once, len(ids))
	for i, id := range ids {
		cmds[i] = dropScript.command(ctx, "evalsha", dropScript.sha, []string{s.recordKey(id)}, []any{owner, id.String(), ""})
		_ = pipe.Process(ctx, cmds[i])
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	for i, cmd := range cmds {
		text, _ := cmd.Val().(string)
		if err := cmd.Err(); err != nil {
			// The server did not know the script, or the connection broke.
			a, err := s.run(ctx, dropScript, []string{s.recordKey(ids[i])}, owner, ids[i].String(), "")
			if err != nil {
				return deleted, err
			}
			text = a.text
		}
		if text == done {
			deleted++
		}
	}
	return deleted, nil
}
