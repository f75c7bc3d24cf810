package redisstore_test

import (
	"os"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/redisstore"
	"github.com/wafer-go/wafer/store/storetest"
)

// server returns the URL of a server that the tests need.
func server(t testing.TB, variable string) string {
	t.Helper()
	url := os.Getenv(variable)
	if url == "" {
		t.Fatalf("%s is not set: run `make test`, which starts the servers that the tests need", variable)
	}
	return url
}

func single(t testing.TB) *redis.Client {
	t.Helper()
	opts, err := redis.ParseURL(server(t, "WAFER_REDIS"))
	if err != nil {
		t.Fatal(err)
	}
	opts.ContextTimeoutEnabled = true
	c := redis.NewClient(opts)
	t.Cleanup(func() { c.Close() })
	return c
}

func cluster(t testing.TB) *redis.ClusterClient {
	t.Helper()
	opts, err := redis.ParseClusterURL(server(t, "WAFER_REDIS_CLUSTER"))
	if err != nil {
		t.Fatal(err)
	}
	opts.ContextTimeoutEnabled = true
	c := redis.NewClusterClient(opts)
	t.Cleanup(func() { c.Close() })
	return c
}

func open(t testing.TB, c redis.UniversalClient, prefix string) *redisstore.Store {
	t.Helper()
	s, err := redisstore.New(c, &redisstore.Options{Prefix: prefix})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var all = []storetest.Interface{storetest.Toucher, storetest.Mover, storetest.OwnerIndex, storetest.Lister, storetest.Pinger, storetest.Clock}

func TestStoreOnOneServer(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, single(t), "one:") }, &storetest.Options{
		Another:    func(t *testing.T, _ store.Store) store.Store { return open(t, single(t), "one:") },
		Implements: all,
	})
}

func TestStoreOnACluster(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, cluster(t), "many:") }, &storetest.Options{
		Another:    func(t *testing.T, _ store.Store) store.Store { return open(t, cluster(t), "many:") },
		Implements: all,
	})
}

func TestStoreInOneSlotOfACluster(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, cluster(t), "{wafer}:") }, &storetest.Options{
		Another:    func(t *testing.T, _ store.Store) store.Store { return open(t, cluster(t), "{wafer}:") },
		Implements: all,
	})
}
