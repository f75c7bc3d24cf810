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

// On one server, TestRights_OfTheGuideAreEnough runs the suite, and opens the store for each rule.
func TestStoreOnACluster(t *testing.T) { onCluster(t, "many:") }

func TestStoreInOneSlotOfACluster(t *testing.T) { onCluster(t, "{wafer}:") }

func onCluster(t *testing.T, prefix string) {
	first, second := open(t, cluster(t), prefix), open(t, cluster(t), prefix)
	storetest.Run(t, func(*testing.T) store.Store { return first }, &storetest.Options{
		Another:    func(*testing.T, store.Store) store.Store { return second },
		Implements: all,
	})
}
