package redisstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/internal/engineclock"
)

// Ping returns nil if every primary can be reached, the cluster, if it is one,
// says that all is well, and a record can be saved, as Save does, by a script. A
// replica, a server that is still loading, one that is full, one that refuses to
// write because it cannot write to its disk, and rights that do not suffice are
// all errors. What it saves has expired, so that Redis removes it at once.
func (s *Store) Ping(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("redisstore: Ping: %w", told(ctx, err))
	}
	if cluster, ok := s.client.(clusterClient); ok {
		if err := cluster.ForEachMaster(ctx, pingPrimary); err != nil {
			return fmt.Errorf("redisstore: Ping: %w", told(ctx, err))
		}
	}
	var id store.ID
	_, _ = rand.Read(id[:]) // never fails: crypto/rand
	if _, err := s.Save(ctx, id, store.Record{Expires: time.Unix(1, 0)}); err != nil {
		return fmt.Errorf("redisstore: Ping: %w", rights(err))
	}
	return nil
}

// rights adds what to allow to an error, if that is why it came about.
func rights(err error) error {
	if mayNot(err) {
		return fmt.Errorf("the user may not run what is needed; allow EVAL, EVALSHA, TIME and the commands on hashes, sorted sets and keys, under their own names, on all keys that begin with Options.Prefix: %w", err)
	}
	return err
}

// tryAll calls what a session with an owner needs, on one that lasts for a minute.
func (s *Store) tryAll(ctx context.Context) error {
	var id, next store.ID
	_, _ = rand.Read(id[:]) // never fails: crypto/rand
	_, _ = rand.Read(next[:])
	next[0] = id[0] // so that they are in one part
	now := time.Now()
	r := store.Record{Owner: "wafer check " + id.String(), Used: now, Expires: now.Add(time.Minute)}
	var err error
	if r.Version, err = s.Save(ctx, id, r); err != nil {
		return err
	}
	if _, err := s.Load(ctx, id); err != nil {
		return err
	}
	if err := s.Touch(ctx, id, r.Version, now, now.Add(2*time.Minute)); err != nil {
		return err
	}
	if _, err := s.Move(ctx, id, next, r, store.Record{Expires: now.Add(time.Minute)}); err != nil {
		return err
	}
	if _, err := s.DeleteOwned(ctx, r.Owner); err != nil {
		return err
	}
	return s.Delete(ctx, id)
}

// mayNot reports whether a server refused a command, itself or in a script,
// because of the user's rights or because it goes by another name there.
func mayNot(err error) bool {
	if _, ok := errors.AsType[*settingError](err); ok || err == nil {
		return false
	}
	text := err.Error()
	return strings.Contains(text, "NOPERM") || strings.Contains(text, "unknown command") || strings.Contains(text, "can't run this command")
}

func pingPrimary(ctx context.Context, c *redis.Client) error {
	info, err := c.ClusterInfo(ctx).Result()
	switch {
	case isAlone(err):
		return c.Ping(ctx).Err()
	case err != nil:
		return err
	case infoField(info, "cluster_state") != "ok":
		return fmt.Errorf("%s says that its cluster is in the state %q", c.Options().Addr, infoField(info, "cluster_state"))
	}
	return nil
}

// Check returns an error if a session cannot be saved, renewed and ended, which it tries. It also
// returns one, with all that it found, if a primary is set so that it drops sessions when its
// memory is full: then visitors are signed out; if one does not answer INFO; and if the clock of
// one is more than five seconds from this machine's: the server's says what has expired. [New]
// calls it; a program can call it again.
func (s *Store) Check(ctx context.Context) error {
	if err := s.tryAll(ctx); err != nil {
		return fmt.Errorf("redisstore: Check: %w", rights(told(ctx, err)))
	}
	cluster, ok := s.client.(clusterClient)
	if !ok {
		return errors.Join(s.checkServer(ctx, s.client, "the Redis server")...)
	}
	var mu sync.Mutex
	var found []error
	err := cluster.ForEachMaster(ctx, func(ctx context.Context, c *redis.Client) error {
		wrong := s.checkServer(ctx, c, "the Redis server "+c.Options().Addr)
		mu.Lock()
		defer mu.Unlock()
		found = append(found, wrong...)
		return nil
	})
	return errors.Join(append(found, err)...)
}

// checkServer returns what is wrong with a server.
func (s *Store) checkServer(ctx context.Context, c redis.UniversalClient, server string) (wrong []error) {
	if err := s.compareClocks(ctx, c, server); err != nil {
		wrong = append(wrong, err)
	}
	info, err := c.Info(ctx, "memory").Result()
	if err != nil {
		return append(wrong, &settingError{fmt.Errorf("redisstore: Check: %s does not tell its maxmemory-policy; allow INFO: %w", server, err)})
	}
	policy := infoField(info, "maxmemory_policy")
	if infoField(info, "maxmemory") == "0" || policy == "noeviction" {
		return wrong
	}
	return append(wrong, fmt.Errorf("redisstore: Check: %s has maxmemory-policy %s, so it drops sessions when its memory is full; set maxmemory-policy to noeviction, and have the other things that it keeps, such as caches, kept by another server", server, policy))
}

// A settingError is one of what only Check needs, so that New goes on.
type settingError struct{ error }

func (e *settingError) Unwrap() error { return e.error }

// Now returns the time by a server's clock, which [New] and [Store.Check] read, and otherwise the
// first call and one every 15 minutes. In between, the time that has passed is added to it, also if
// this machine's clock is set.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	now, err := s.clock.Now(ctx, timeOf(s.client), time.Microsecond)
	if err != nil {
		return time.Time{}, fmt.Errorf("redisstore: Now: %w", told(ctx, err))
	}
	return now, nil
}

// timeOf returns what asks a server for its time.
func timeOf(c redis.UniversalClient) engineclock.Ask {
	return func(ctx context.Context) (time.Time, error) { return c.Time(ctx).Result() }
}

func (s *Store) compareClocks(ctx context.Context, c redis.UniversalClient, server string) error {
	ahead, _, err := s.clock.Read(ctx, timeOf(c), time.Microsecond)
	if err != nil {
		return fmt.Errorf("redisstore: Check: %w", err)
	}
	if ahead == 0 {
		return nil
	}
	return fmt.Errorf("redisstore: Check: this machine's clock is %v ahead of that of %s, which says what has expired; synchronize both (NTP), or sessions end too late, or too early on other servers", ahead.Round(time.Second), server)
}
