//go:build !race

// The race detector drops pooled memory at random, so there is nothing to
// count under it.

package session_test

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

func TestTheMainPathsAllocateNoMoreThanTheyDid(t *testing.T) {
	key := secret.New()
	for what, tt := range map[string]struct {
		backend     session.Backend
		most, bytes [3]uint64 // in the order of mainPaths
	}{
		"signed": {session.Signed(key), [3]uint64{2, 4, 8}, [3]uint64{480, 940, 1340}},
		"sealed": {session.Sealed(key), [3]uint64{2, 28, 56}, [3]uint64{480, 4060, 7760}},
	} {
		for i, path := range mainPaths {
			request := serve(t, tt.backend, path.handle)
			for range 10 {
				request() // fills the pools
			}
			n, bytes := perRun(200, request)
			if n > tt.most[i] {
				t.Errorf("%s, %s: %v allocations, want %v at most", what, path.name, n, tt.most[i])
			}
			if bytes > tt.bytes[i] {
				t.Errorf("%s, %s: %v bytes, want %v at most", what, path.name, bytes, tt.bytes[i])
			}
		}
	}
}

// perRun is testing.AllocsPerRun that counts the bytes too.
func perRun(runs uint64, f func()) (allocations, bytes uint64) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection empties the pools
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		f()
	}
	runtime.ReadMemStats(&after)
	return (after.Mallocs - before.Mallocs) / runs, (after.TotalAlloc - before.TotalAlloc) / runs
}
