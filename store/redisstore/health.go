package redisstore

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/store"
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
	_, err := s.Save(ctx, id, store.Record{Expires: time.Unix(1, 0)})
	if err != nil && mayNot(err) {
		err = fmt.Errorf("the user may not run what is needed; allow EVAL, EVALSHA, TIME and the commands on hashes, sorted sets and keys, under their own names: %w", err)
	}
	if err != nil {
		return fmt.Errorf("redisstore: Ping: %w", err)
	}
	return nil
}

// mayNot reports whether a server refused a command, itself or in a script,
// because of the user's rights or because it goes by another name there.
func mayNot(err error) bool {
	text := err.Error()
	return redis.HasErrorPrefix(err, "NOPERM") || strings.Contains(text, "unknown command") || strings.Contains(text, "can't run this command")
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

// Check returns an error if a primary is set so that it drops sessions when its memory is full:
// then visitors are signed out, users who sign out everywhere stay signed in, silently. A server
// that does not answer INFO is an error too, and one whose clock is more than five seconds from
// this machine's: the server's says what has expired. Call it when the program starts, and log what
// it says, or stop.
func (s *Store) Check(ctx context.Context) error {
	check := func(ctx context.Context, c redis.UniversalClient, server string) error {
		info, err := c.Info(ctx, "memory").Result()
		if err != nil {
			return fmt.Errorf("redisstore: Check: %w", err)
		}
		if err := compareClocks(ctx, c, server); err != nil {
			return err
		}
		policy := infoField(info, "maxmemory_policy")
		if infoField(info, "maxmemory") == "0" || policy == "noeviction" {
			return nil
		}
		return fmt.Errorf("redisstore: Check: %s has maxmemory-policy %s, so it drops sessions when its memory is full; set maxmemory-policy to noeviction, and have the other things that it keeps, such as caches, kept by another server", server, strings.TrimSpace(policy))
	}
	if cluster, ok := s.client.(clusterClient); ok {
		return cluster.ForEachMaster(ctx, func(ctx context.Context, c *redis.Client) error {
			return check(ctx, c, "the Redis server "+c.Options().Addr)
		})
	}
	return check(ctx, s.client, "the Redis server")
}

// maxClockSkew is how far this machine's clock may be from a server's before
// Check reports it.
const maxClockSkew = 5 * time.Second

func compareClocks(ctx context.Context, c redis.UniversalClient, server string) error {
	before := time.Now()
	at, err := c.Time(ctx).Result()
	if err != nil {
		return fmt.Errorf("redisstore: Check: %w", err)
	}
	return judgeClocks(before, at, time.Now(), server)
}

// judgeClocks is told when a server was asked, what it answered, and when the
// answer came.
func judgeClocks(before, at, after time.Time, server string) error {
	var ahead time.Duration
	switch {
	case before.After(at):
		ahead = before.Sub(at)
	case after.Before(at):
		ahead = after.Sub(at)
	}
	if ahead.Abs() <= maxClockSkew {
		return nil
	}
	return fmt.Errorf("redisstore: Check: this machine's clock is %v ahead of that of %s, which says what has expired; synchronize both (NTP), or sessions end too early or too late", ahead.Round(time.Second), server)
}
