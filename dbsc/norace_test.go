//go:build !race

package dbsc_test

import (
	"net/http"
	"testing"

	"github.com/wafer-go/wafer/internal/guard/devicetest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// This file has the tests that the race detector changes or makes too slow. scripts/test runs them
// without it.

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

// TestRegistration_TenThousandOfOneSession has a thief register keys of their own.
func TestRegistration_TenThousandOfOneSession(t *testing.T) {
	for _, b := range backends[:2] {
		t.Run(b.name, func(t *testing.T) {
			st := memstore.New(nil)
			backend := session.Stored(st)
			if b.name == "overflow" {
				backend = session.Overflow(session.Signed(secret.New()), st)
			}
			s := newSite(t, backend, nil, nil)
			d, challenge := s.offered()
			if err := d.Accept(); err != nil {
				t.Fatal(err)
			}
			thief := devicetest.New(s)
			thief.SetCookie(cookie, d.Cookies()[cookie])
			proof := thief.Response(thief.Proof(challenge, true))
			for range 10_000 {
				if res := thief.Send("POST", "/dbsc/register", "", proof); res.Status != 403 {
					t.Fatalf("a second registration answers %d", res.Status)
				}
			}
			if n := records(t, st); n != 1 {
				t.Errorf("the store has %d records", n)
			}
			for range 10 { // the answer was lost: the same key is the same registration
				if res := d.Send("POST", "/dbsc/register", "", d.Response(d.Proof(challenge, true))); res.Status != 200 {
					t.Errorf("the same registration again answers %d", res.Status)
				}
			}
			s.enforced(d)
		})
	}
}
