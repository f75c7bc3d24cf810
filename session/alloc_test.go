//go:build !race

// The race detector drops pooled memory at random, so there is nothing to
// count under it.

package session_test

import (
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

func TestTheMainPathsAllocateNoMoreThanTheyDid(t *testing.T) {
	key := secret.New()
	for what, tt := range map[string]struct {
		backend session.Backend
		most    []float64 // in the order of mainPaths
	}{
		"signed": {session.Signed(key), []float64{2, 4, 10}},
		"sealed": {session.Sealed(key), []float64{2, 30, 62}},
	} {
		for i, path := range mainPaths {
			request := serve(t, tt.backend, path.handle)
			if n := testing.AllocsPerRun(200, request); n > tt.most[i] {
				t.Errorf("%s, %s: %v allocations, want %v at most", what, path.name, n, tt.most[i])
			}
		}
	}
}
