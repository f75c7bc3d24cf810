package memcachestore_test

import (
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memcachestore"
)

// Sessions in memcached, for a program whose visitors may be signed out when
// memory is short.
func Example() {
	address := strings.TrimPrefix(os.Getenv("WAFER_MEMCACHED"), "memcache://") // localhost:11211
	client := memcache.New(address)
	client.MaxIdleConns = 100 // as many as requests at once
	defer client.Close()

	st, err := memcachestore.New(client, nil)
	if err != nil {
		log.Fatal(err)
	}
	sessions, err := session.New(session.Stored(st), nil)
	if err != nil {
		log.Fatal(err)
	}
	_ = sessions // sessions.Handler(mux) serves
	fmt.Println("ready")
	// Output: ready
}
