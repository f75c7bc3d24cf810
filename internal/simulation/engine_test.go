package simulation

import (
	"crypto/rand"
	"testing"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/storetest"
)

// The simulated engines keep the contract that real ones do.
func TestEngine_KeepsTheContract(t *testing.T) {
	all := []storetest.Interface{storetest.Toucher, storetest.Mover, storetest.OwnerIndex}
	for k := range kinds {
		t.Run(k.String(), func(t *testing.T) {
			o := storetest.Options{Implements: all, FakeClock: true}
			switch k {
			case clusterLike:
				o.Near = func(from store.ID) store.ID {
					var to store.ID
					_, _ = rand.Read(to[:])
					to[0] = from[0]
					return to
				}
			case memcachedLike:
				o.Implements, o.VersionUntold = nil, true
			case sqlLike, redisLike, kinds:
			}
			storetest.Run(t, func(*testing.T) store.Store {
				e := newEngine(k)
				e.byByte = true
				return open(e, nil, flaws{})
			}, &o)
		})
	}
}
