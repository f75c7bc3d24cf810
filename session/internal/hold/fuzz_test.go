package hold_test

import (
	"net/http"
	"os"
	"testing"

	"github.com/wafer-go/wafer/session/internal/hold/holdtest"
)

// The first byte chooses the request and the second how much is buffered; the others are calls.
func FuzzWriter(f *testing.F) {
	if seeds, err := os.ReadDir("testdata/fuzz/FuzzWriter"); err != nil || len(seeds) == 0 {
		f.Errorf("there is no seed corpus: %v", err)
	}
	s := holdtest.NewServer(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 2 {
			return
		}
		size := []int{64 << 10, 3, 0, -1, 2048}[int(b[1])%5]
		holdtest.CompareOne(t, s, holdtest.Sequence(b[2:]), int(b[0]), func(next http.Handler) http.Handler {
			return held(size, next)
		})
	})
}
