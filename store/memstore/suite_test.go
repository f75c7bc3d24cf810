package memstore_test

import (
	"testing"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
	"github.com/wafer-go/wafer/store/storetest"
)

func TestStoreKeepsTheContract(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return memstore.New(nil) }, &storetest.Options{
		Implements: []storetest.Interface{
			storetest.Toucher, storetest.Mover, storetest.OwnerIndex,
			storetest.Lister, storetest.Purger, storetest.Pinger, storetest.Clock,
		},
		FakeClock: true,
	})
}

func TestAFullStoreKeepsTheContract(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return memstore.New(&memstore.Options{MaxBytes: 3 << 20}) }, &storetest.Options{
		Implements: []storetest.Interface{
			storetest.Toucher, storetest.Mover, storetest.OwnerIndex,
			storetest.Lister, storetest.Purger, storetest.Pinger, storetest.Clock,
		},
		FakeClock: true,
	})
}
