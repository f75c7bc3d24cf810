package stores

import (
	"context"
	"errors"
	"log/slog"
	"net/url"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"github.com/wafer-go/wafer/store/redisstore"
)

var redisEngine = engine{"Redis", []string{"redis", "rediss"}, parseRedis}

// parseRedis reads the URLs of go-redis: with the option addr that of a Cluster, with master_name
// that of a server behind Sentinel. The option prefix is ours.
func parseRedis(l *Location, u *url.URL) error {
	prefix, err := cutOption(u, "prefix")
	if err != nil {
		return err
	}
	client, err := redisClient(u)
	if err != nil {
		return Misuse("the URL %s cannot be read: %s", l, l.Redact(err.Error()))
	}
	logging.Disable() // what matters is in the errors
	l.open = func(ctx context.Context, _ *slog.Logger) (*Store, error) {
		c := client()
		s, err := redisstore.New(c, &redisstore.Options{Prefix: prefix, Unchecked: true})
		if err == nil {
			// Not Ping, which writes: a replica can be looked into.
			err = c.Do(ctx, "EXISTS", "wafer:ping").Err()
		}
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		return &Store{Store: s, Close: c.Close, Check: s.Check}, nil
	}
	return nil
}

// redisClient returns what creates the client that a URL names.
func redisClient(u *url.URL) (func() redis.UniversalClient, error) {
	switch options := u.Query(); {
	case options.Has("addr"):
		o, err := redis.ParseClusterURL(u.String())
		if err == nil {
			o.ContextTimeoutEnabled = true
		}
		return func() redis.UniversalClient { return redis.NewClusterClient(o) }, err
	case options.Has("master_name"):
		o, err := redis.ParseFailoverURL(u.String())
		if err == nil {
			o.ContextTimeoutEnabled = true
		}
		return func() redis.UniversalClient { return redis.NewFailoverClient(o) }, err
	}
	o, err := redis.ParseURL(u.String())
	if err == nil {
		o.ContextTimeoutEnabled = true
	}
	return func() redis.UniversalClient { return redis.NewClient(o) }, err
}
