package redisstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Ping returns nil if every primary can be reached, the cluster, if it is one,
// says that all is well, and a key can be written. A replica, a server that is
// still loading, one that is full, and one that refuses to write because it
// cannot write to its disk, are all errors. What it writes expires in a minute.
func (s *Store) Ping(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("redisstore: Ping: %w", told(ctx, err))
	}
	if cluster, ok := s.client.(clusterClient); ok {
		if err := cluster.ForEachMaster(ctx, pingPrimary); err != nil {
			return fmt.Errorf("redisstore: Ping: %w", told(ctx, err))
		}
	}
	if err := s.client.Set(ctx, s.prefix+"ping", "", time.Minute).Err(); err != nil {
		return fmt.Errorf("redisstore: Ping: %w", told(ctx, err))
	}
	return nil
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

// Check returns an error if a primary is set so that it drops sessions when its
// memory is full: then visitors are signed out, and nobody is told. A server
// that does not answer INFO is an error too. Call it when the program starts,
// and log what it says, or stop.
func (s *Store) Check(ctx context.Context) error {
	check := func(ctx context.Context, c redis.UniversalClient, server string) error {
		info, err := c.Info(ctx, "memory").Result()
		if err != nil {
			return fmt.Errorf("redisstore: Check: %w", err)
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
