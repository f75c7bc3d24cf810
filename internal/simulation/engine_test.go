package simulation

import (
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
			case memcachedLike:
				o.Implements, o.VersionUntold = nil, true
			case sqlLike, redisLike, clusterLike, kinds:
			}
			storetest.Run(t, func(*testing.T) store.Store {
				return open(newEngine(k), nil, flaws{})
			}, &o)
		})
	}
}
