package memstore_test

import (
	"testing"
	"time"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// TestSave_VersionDiffersFromEveryNonce: a record that was copied from another store has its nonce,
// which may be the version that is next in this one.
func TestSave_VersionDiffersFromEveryNonce(t *testing.T) {
	s := memstore.New(nil)
	for nonce := range uint64(20) {
		id := store.ID{1, byte(nonce)}
		r := store.Record{Data: []byte("copied"), Nonce: nonce + 1, Used: time.Now(), Expires: time.Now().Add(time.Hour)}
		created, err := s.Save(t.Context(), id, r)
		if err != nil {
			t.Fatal(err)
		}
		r.Version, r.Nonce = created, 0
		if changed, err := s.Save(t.Context(), id, r); err != nil || changed == created {
			t.Errorf("with the nonce %d a changed record has the version %d, as before: %v", nonce+1, changed, err)
		}
	}
}
