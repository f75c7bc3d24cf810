//go:build !race

package dbsc_test

import (
	"net/http"
	"testing"
)

// This file has the tests that the race detector changes. scripts/test runs them without it.

func (m *measured) allocations(h http.Handler) float64 {
	w := &nowhere{http.Header{}}
	return testing.AllocsPerRun(100, func() { clear(w.h); h.ServeHTTP(w, m.request) })
}

// TestGuard_AllocatesNothing compares a request with and without a Guard.
func TestGuard_AllocatesNothing(t *testing.T) {
	for _, b := range backends {
		for _, reads := range []bool{false, true} {
			m := measure(t, b.open(), reads)
			with, without := m.allocations(m.guarded), m.allocations(m.plain)
			if with > without {
				t.Errorf("%s, reads a value: %t: %v allocations with a Guard and %v without", b.name, reads, with, without)
			}
		}
	}
}
