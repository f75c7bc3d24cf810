package redisstore

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/store"
)

// maxPasses is how often All begins again if servers are added or removed.
const maxPasses = 3

// All goes through the records of one server after the other, by SCAN: two round trips for about
// 200 records. It keeps 16 bytes of each id that it has yielded, since SCAN may return a key twice.
// If a server was replaced, or slots of a cluster moved, it reads everything again for what it may
// have missed, and if that happens again and again ends with an error.
func (s *Store) All(ctx context.Context) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		w := walk{s: s, seen: map[[16]byte]struct{}{}, yield: yield}
		if err := w.all(ctx); err != nil {
			yield(store.Entry{}, fmt.Errorf("redisstore: All: %w", told(ctx, err)))
		}
	}
}

// A walk is one iteration.
type walk struct {
	s     *Store
	seen  map[[16]byte]struct{}
	yield func(store.Entry, error) bool
}

var (
	errLeft     = errors.New("the caller has seen enough")
	errReplaced = errors.New("a server was replaced or restarted during the iteration")
	errMoving   = errors.New("the cluster is moving slots between its servers, and records on the way may have been missed")
)

func (w *walk) all(ctx context.Context) error {
	var err error
	for range maxPasses {
		if err = w.pass(ctx); !errors.Is(err, errReplaced) && !errors.Is(err, errMoving) {
			break
		}
	}
	if errors.Is(err, errLeft) {
		return nil
	}
	return err
}

// pass goes through all servers once.
func (w *walk) pass(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	servers, layout, err := w.s.primaries(ctx)
	if err != nil {
		return err
	}
	for _, server := range servers {
		if err := w.server(ctx, server); err != nil {
			return err
		}
	}
	_, after, err := w.s.primaries(ctx)
	switch {
	case err != nil:
		return err
	case after != layout:
		return errReplaced
	case strings.Contains(after, "["):
		return errMoving
	}
	return nil
}

// A scanner is a server, or the client that leads to it.
type scanner interface {
	Pipeline() redis.Pipeliner
}

// primaries returns the servers that hold records, and a text which changes
// when one is replaced or a slot moves. It has a bracket while slots move: so
// CLUSTER NODES shows them ("[93->-NODE]").
func (s *Store) primaries(ctx context.Context) (servers []scanner, layout string, err error) {
	cluster, ok := s.client.(clusterClient)
	if !ok {
		return []scanner{s.client}, "", nil
	}
	var mu sync.Mutex
	var lines []string
	err = cluster.ForEachMaster(ctx, func(ctx context.Context, c *redis.Client) error {
		nodes, err := c.ClusterNodes(ctx).Result()
		if isAlone(err) {
			err = nil
		}
		mu.Lock()
		defer mu.Unlock()
		servers = append(servers, c)
		for line := range strings.Lines(nodes) {
			// ID ADDRESS FLAGS PRIMARY PING PONG EPOCH LINK SLOT...
			if f := strings.Fields(line); len(f) > 8 && strings.Contains(f[2], "myself") {
				lines = append(lines, strings.Join(slices.Concat(f[:1], f[6:7], f[8:]), " "))
			}
		}
		return err
	})
	slices.Sort(lines)
	return servers, strings.Join(lines, "\n"), err
}

// isAlone reports whether a command failed because the server is not in a cluster, such as those of
// redis.NewFailoverClusterClient.
func isAlone(err error) bool {
	return err != nil && strings.Contains(err.Error(), "cluster support disabled")
}

// server goes through the records of one server. A cursor means nothing to
// another process, so each page asks whose it is.
func (w *walk) server(ctx context.Context, c scanner) error {
	var cursor uint64
	var run string
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		pipe := c.Pipeline()
		scan := pipe.Scan(ctx, cursor, w.s.pattern(), pageSize)
		info := pipe.Info(ctx, "server")
		if _, err := pipe.Exec(ctx); err != nil {
			return err
		}
		now := infoField(info.Val(), "run_id")
		if run == "" {
			run = now
		}
		if now != run {
			return errReplaced
		}
		keys, next := scan.Val()
		if err := w.page(ctx, keys); err != nil {
			return err
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

// page yields the records of these keys that are there and were not yielded.
func (w *walk) page(ctx context.Context, keys []string) error {
	var ids []store.ID
	for _, key := range keys {
		id, err := store.ParseID(key[max(0, len(key)-2*len(store.ID{})):])
		if err != nil || w.s.recordKey(id) != key {
			continue // not written by this package
		}
		short := [16]byte(id[:])
		if _, again := w.seen[short]; again {
			continue
		}
		w.seen[short] = struct{}{}
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil
	}
	entries, err := w.s.loadAll(ctx, ids)
	if err == nil {
		entries, err = w.s.named(ctx, entries)
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !w.yield(e, nil) {
			return errLeft
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// named returns those of the entries that have no owner, or that their owner's index names.
func (s *Store) named(ctx context.Context, entries []store.Entry) ([]store.Entry, error) {
	pipe := s.client.Pipeline()
	scores := make(map[store.ID]*redis.FloatCmd)
	for _, e := range entries {
		if e.Owner != "" {
			scores[e.ID] = pipe.ZScore(ctx, s.index(e.ID, e.Owner), e.ID.String())
		}
	}
	if len(scores) == 0 {
		return entries, nil
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return nil, err
	}
	var failed error
	entries = slices.DeleteFunc(entries, func(e store.Entry) bool {
		score := scores[e.ID]
		if score == nil || score.Err() == nil {
			return false
		}
		if !errors.Is(score.Err(), redis.Nil) {
			failed = score.Err()
		}
		return true
	})
	return entries, failed
}

// pattern matches the keys of all records.
func (s *Store) pattern() string {
	part := "{*}:"
	if len(s.begins) == 1 {
		part = ""
	}
	return escapeGlob(s.prefix) + part + "session:*"
}

// escapeGlob returns a pattern that matches the text and nothing else.
func escapeGlob(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if strings.IndexByte(`*?[]\^-`, text[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// infoField returns a field of what INFO answered, or nothing.
func infoField(info, name string) string {
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
