package stores

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/wafer-go/wafer/store/memcachestore"
)

var memcacheEngine = engine{"memcached", []string{"memcache", "memcached"}, parseMemcache}

const (
	memcachePort = "11211"

	// memcacheTimeout limits each call: a person can wait longer than the client's half a second.
	memcacheTimeout = 5 * time.Second
)

// parseMemcache reads a URL with a host, and further ones as the option addr. The servers must be
// all those of the program, because each session is on one of them.
func parseMemcache(l *Location, u *url.URL) error {
	prefix, err := cutOption(u, "prefix")
	if err != nil {
		return err
	}
	options := u.Query()
	hosts := append([]string{u.Host}, options["addr"]...)
	options.Del("addr")
	switch {
	case len(options) > 0:
		return Misuse("the options of a memcache: URL are addr and prefix, but %s has others", l)
	case u.User != nil:
		return Misuse("the client of memcached does not support users and passwords; leave them out of %s", l)
	case u.Path != "" && u.Path != "/":
		return Misuse("memcached does not have databases; leave out the path of %s", l)
	case slices.Contains(hosts, ""):
		return Misuse("the URL %s names no host", l)
	}
	for i, host := range hosts {
		if _, _, err := net.SplitHostPort(host); err != nil {
			hosts[i] = net.JoinHostPort(host, memcachePort)
		}
	}
	l.open = func(ctx context.Context, _ *slog.Logger) (*Store, error) {
		servers := new(memcache.ServerList)
		if err := servers.SetServers(hosts...); err != nil {
			return nil, err
		}
		client := memcache.NewFromSelector(servers)
		client.Timeout = memcacheTimeout
		client.MaxIdleConns = connections
		s, err := memcachestore.New(client, &memcachestore.Options{Prefix: prefix, Unchecked: true})
		if err == nil {
			err = s.Ping(ctx)
		}
		if err != nil {
			return nil, errors.Join(err, client.Close())
		}
		return &Store{Store: s, Close: client.Close, Check: s.Check}, nil
	}
	return nil
}
