package memcachestore_test

import (
	"os"
	"strings"
	"testing"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memcachestore"
	"github.com/wafer-go/wafer/store/storetest"
)

// server returns the address of the server that the tests need.
func server(t testing.TB) string {
	t.Helper()
	address, ok := strings.CutPrefix(os.Getenv("WAFER_MEMCACHED"), "memcache://")
	if !ok {
		t.Fatal("WAFER_MEMCACHED is not set: run `make test`, which starts the servers that the tests need")
	}
	return address
}

func connect(t testing.TB, address string) *memcache.Client {
	t.Helper()
	c := memcache.New(address)
	c.MaxIdleConns = 20
	c.Timeout = 5e9
	t.Cleanup(func() { c.Close() })
	return c
}

func open(t testing.TB, c *memcache.Client, opts *memcachestore.Options) *memcachestore.Store {
	t.Helper()
	s, err := memcachestore.New(c, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, connect(t, server(t)), nil) }, &storetest.Options{
		Another: func(t *testing.T, _ store.Store) store.Store {
			return open(t, connect(t, server(t)), nil)
		},
		Implements:    []storetest.Interface{storetest.Pinger, storetest.Clock},
		VersionUntold: true,
		MaxData:       1<<20 - 1024,
	})
}
