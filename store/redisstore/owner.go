package redisstore

import (
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
//   - Who finds that a name has no record takes it from the index, but only
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

// claim makes the owner's index name a record.
func (s *Store) claim(ctx context.Context, id store.ID, owner string, expires time.Time) (claim, error) {
	c := claim{till: till(expires)}
	a, err := s.run(ctx, enterScript, []string{s.indexKey(owner)}, id.String(), c.till)
	if err != nil {
		return c, fmt.Errorf("its owner's index: %w", err)
	}
	at, err := strconv.ParseInt(a.text, 10, 64)
	if err != nil {
		return c, fmt.Errorf("its owner's index: the script answered no time but %q", a.text)
	}
	c.until = at + writeTime
	return c, nil
}

// Owned returns the records of an owner: a round trip for their names, one for
// each 200 of them, and one to drop names that have no record any more.
func (s *Store) Owned(ctx context.Context, owner string) ([]store.Entry, error) {
	found, err := s.owned(ctx, owner)
	if err != nil {
		return nil, fmt.Errorf("redisstore: Owned: %w", told(ctx, err))
	}
	return found, nil
}

func (s *Store) owned(ctx context.Context, owner string) ([]store.Entry, error) {
	if err := ctx.Err(); err != nil || owner == "" {
		return nil, err
	}
	ids, at, err := s.names(ctx, owner)
	if err != nil {
		return nil, err
	}
	var found []store.Entry
	var stale []store.ID
	for page := range pages(ids) {
		entries, err := s.loadAll(ctx, page)
		if err != nil {
			return nil, err
		}
		there := map[store.ID]bool{}
		for _, e := range entries {
			if e.Owner == owner {
				there[e.ID] = true
				found = append(found, e)
			}
		}
		for _, id := range page {
			if !there[id] {
				stale = append(stale, id)
			}
		}
	}
	return found, s.clean(ctx, owner, at, stale)
}

// names returns what the owner's index names, and when.
func (s *Store) names(ctx context.Context, owner string) (ids []store.ID, at int64, err error) {
	a, err := s.run(ctx, namesScript, []string{s.indexKey(owner)})
	if err != nil {
		return nil, 0, err
	}
	malformed := errors.New("the index of the owner is not as this package writes it")
	if len(a.slice) != 2 {
		return nil, 0, malformed
	}
	second, _ := a.slice[0].(string)
	if at, err = strconv.ParseInt(second, 10, 64); err != nil {
		return nil, 0, malformed
	}
	members, _ := a.slice[1].([]any)
	for _, m := range members {
		name, _ := m.(string)
		if strings.HasPrefix(name, "claim:") {
			continue
		}
		id, err := store.ParseID(name)
		if err != nil {
			return nil, 0, malformed
		}
		ids = append(ids, id)
	}
	return ids, at, nil
}

// clean takes names from an index that was read at a time.
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

// DeleteOwned deletes the records of an owner, but for some, and returns how
// many there were. It looks again until it finds none, so that a session which
// was given another id meanwhile does not slip through; not for ever, though.
func (s *Store) DeleteOwned(ctx context.Context, owner string, except ...store.ID) (int, error) {
	kept := make(map[store.ID]bool, len(except))
	for _, id := range except {
		kept[id] = true
	}
	total := 0
	for range 10 {
		n, err := s.deleteOwned(ctx, owner, kept)
		total += n
		if err != nil {
			return total, fmt.Errorf("redisstore: DeleteOwned: %w", told(ctx, err))
		}
		if n == 0 {
			break
		}
	}
	return total, nil
}

func (s *Store) deleteOwned(ctx context.Context, owner string, kept map[store.ID]bool) (deleted int, err error) {
	if err := ctx.Err(); err != nil || owner == "" {
		return 0, err
	}
	ids, at, err := s.names(ctx, owner)
	if err != nil {
		return 0, err
	}
	stale := ids[:0]
	for _, id := range ids {
		if !kept[id] {
			stale = append(stale, id)
		}
	}
	for page := range pages(stale) {
		n, err := s.drop(ctx, owner, page)
		deleted += n
		if err != nil {
			return deleted, err
		}
	}
	return deleted, s.clean(ctx, owner, at, stale)
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
	a, err := s.run(ctx, dropScript, []string{s.recordKey(id)}, owner)
	switch {
	case err != nil:
		return false, fail(ctx, "DeleteOne", id, err)
	case a.text != done && a.lost != nil:
		return false, fail(ctx, "DeleteOne", id, judge(a.text, a.lost))
	}
	return a.text == done, nil
}

// drop deletes those of the records that are the owner's.
func (s *Store) drop(ctx context.Context, owner string, ids []store.ID) (deleted int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	pipe := s.client.Pipeline()
	cmds := make([]once, len(ids))
	for i, id := range ids {
		cmds[i] = dropScript.command(ctx, "evalsha", dropScript.sha, []string{s.recordKey(id)}, []any{owner})
		_ = pipe.Process(ctx, cmds[i])
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	for i, cmd := range cmds {
		text, _ := cmd.Val().(string)
		if err := cmd.Err(); err != nil {
			// The server did not know the script, or the connection broke.
			a, err := s.run(ctx, dropScript, []string{s.recordKey(ids[i])}, owner)
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
