package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/store"
)

const (
	// pageSize is how many records are asked for in one round trip, and how many names of an index.
	pageSize = 200

	// cutSize is how many records are deleted in one round trip.
	cutSize = 1024
)

// Owned yields the records of an owner. It reads some names in each part in one round trip, and
// then their records, 200 in a round trip. It keeps 16 bytes of each ID that it has read, because
// Redis may name a record twice.
func (s *Store) Owned(ctx context.Context, owner string) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		err := s.eachPage(ctx, owner, func(ids []store.ID) error {
			entries, err := s.loadAll(ctx, ids)
			if err != nil {
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

// eachPage calls f with the IDs that the owner's indexes name, a page at a time and each once.
func (s *Store) eachPage(ctx context.Context, owner string, f func(ids []store.ID) error) error {
	if owner == "" {
		return ctx.Err()
	}
	type reading struct {
		begin  string
		cursor uint64
	}
	var todo []reading
	for _, begin := range s.begins {
		todo = append(todo, reading{begin: begin})
	}
	seen := map[[16]byte]struct{}{}
	for len(todo) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		pipe := s.client.Pipeline()
		cmds := make([]*redis.ScanCmd, len(todo))
		for i, r := range todo {
			cmds[i] = pipe.ZScan(ctx, indexKey(r.begin, owner), r.cursor, "", pageSize)
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return err
		}
		var fresh []store.ID
		var unread []reading
		for i, r := range todo {
			var members []string
			if members, r.cursor = cmds[i].Val(); r.cursor != 0 {
				unread = append(unread, r)
			}
			for member := range slices.Chunk(members, 2) { // each with its score
				id, err := store.ParseID(member[0])
				if err != nil {
					return errMalformed
				}
				short := [16]byte(id[:])
				if _, again := seen[short]; !again {
					seen[short] = struct{}{}
					fresh = append(fresh, id)
				}
			}
		}
		for page := range slices.Chunk(fresh, pageSize) {
			if err := f(page); err != nil {
				return err
			}
		}
		todo = unread
	}
	return nil
}

var errMalformed = errors.New("the index of the owner is not as this package writes it")

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

// DeleteOwned deletes the records of an owner, except some, and returns how many it deleted. In
// each part of the records it removes names from the owner's index and deletes their records in the
// same step, up to 1024 in a round trip, until no name is left but those of the exceptions. If an
// answer was lost all have been deleted too, and an error says that not all were counted.
//
// It works on one part after the other, and locks none: a session that is renewed at that moment
// stays in its part, and the step that removes the last names of that part removes its name.
func (s *Store) DeleteOwned(ctx context.Context, owner string, except ...store.ID) (deleted int, err error) {
	if owner == "" {
		return 0, nil
	}
	todo := make([]cut, len(s.begins))
	for i, begin := range s.begins {
		todo[i] = cut{begin: begin}
	}
	for _, id := range except {
		c := &todo[id.Part()%len(todo)]
		c.keep = append(c.keep, id.String())
	}
	var lost error
	for len(todo) > 0 {
		n, why, left, err := s.cut(ctx, owner, todo)
		deleted += n
		if err != nil {
			return deleted, fmt.Errorf("redisstore: DeleteOwned: %w", told(ctx, err))
		}
		todo, lost = left, cmp.Or(lost, why)
	}
	if lost != nil {
		return deleted, fmt.Errorf("redisstore: DeleteOwned: all records of the owner are deleted, and it is not known how many those were: %w", lost)
	}
	return deleted, nil
}

// A cut is what DeleteOwned has to do in one part.
type cut struct {
	begin string
	keep  []any // the IDs of the exceptions
}

// cut makes one round of cuts, in one round trip to each server. It returns how many records were
// deleted, why they may have been more, and the cuts that are not finished.
func (s *Store) cut(ctx context.Context, owner string, todo []cut) (deleted int, lost error, left []cut, err error) {
	if err := ctx.Err(); err != nil {
		return 0, nil, nil, err
	}
	size := min(pageSize, max(1, cutSize/len(todo)))
	ask := func(c cut) ([]string, []any) {
		return []string{indexKey(c.begin, owner)}, append([]any{owner, size}, c.keep...)
	}
	pipe := s.client.Pipeline()
	cmds := make([]once, len(todo))
	for i, c := range todo {
		keys, args := ask(c)
		cmds[i] = cutScript.command(ctx, "evalsha", cutScript.sha, keys, args)
		_ = pipe.Process(ctx, cmds[i])
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	failed := false
	for i, c := range todo {
		reply, err := cmds[i].Slice()
		if err != nil && failed {
			lost = cmp.Or(lost, unanswered(err))
			left = append(left, c) // with the next round, when the server knows the script
			continue
		}
		if err != nil {
			failed = true
			keys, args := ask(c)
			a, again := s.run(ctx, cutScript, keys, args...)
			if again != nil {
				return deleted, lost, nil, again
			}
			lost = cmp.Or(lost, unanswered(err), a.lost)
			reply = a.slice
		}
		n, names, ok := parseCut(reply)
		if !ok {
			return deleted, lost, nil, errMalformed
		}
		deleted += n
		if names == size {
			left = append(left, c)
		}
	}
	return deleted, lost, left, nil
}

// parseCut reads what cutScript answers.
func parseCut(answer []any) (deleted, names int, ok bool) {
	if len(answer) != 2 {
		return 0, 0, false
	}
	d, okay := answer[0].(int64)
	n, fine := answer[1].(int64)
	return int(d), int(n), okay && fine
}

// DeleteOne deletes the record if owner is its owner, in one step and one round
// trip, and reports whether it did. If an answer was lost and the record is not
// the owner's at the next try, the error says that the outcome is not known.
func (s *Store) DeleteOne(ctx context.Context, owner string, id store.ID) (deleted bool, err error) {
	if owner == "" {
		return false, nil
	}
	a, err := s.run(ctx, deleteOneScript, []string{s.recordKey(id), s.index(id, owner)}, owner)
	switch {
	case err != nil:
		return false, fail(ctx, "DeleteOne", id, err)
	case a.text != done && a.lost != nil:
		return false, fail(ctx, "DeleteOne", id, judge(a.text, a.lost))
	}
	return a.text == done, nil
}
