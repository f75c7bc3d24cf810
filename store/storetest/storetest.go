// Package storetest is the suite that every store passes.
//
// A store's own test opens it and hands it over:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) store.Store {
//			s := open(t)
//			t.Cleanup(func() { s.Close() })
//			return s
//		}, &storetest.Options{Implements: []storetest.Interface{storetest.Toucher}})
//	}
//
// Each rule of the contract in package store is a subtest, and a failure says
// which rule is broken. Ids and owners are random, so that the suite can run
// on a server that is in use; it deletes what it saved there, unless a rule
// failed.
package storetest

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/wafer-go/wafer/store"
)

// An Interface is one of the optional interfaces of package store.
type Interface string

// The optional interfaces, for [Options.Implements].
const (
	Toucher    Interface = "Toucher"
	Mover      Interface = "Mover"
	OwnerIndex Interface = "OwnerIndex"
	Lister     Interface = "Lister"
	Purger     Interface = "Purger"
	Pinger     Interface = "Pinger"
	Clock      Interface = "Clock"
)

// Options tell what to expect of a store. The zero value is a store that lives
// in one process and has no optional interface.
type Options struct {
	// Another opens a second instance over what first keeps, as a second
	// server would, and closes it with t.Cleanup. Races then run through both.
	// Nil means a store that lives in one process.
	Another func(t *testing.T, first store.Store) store.Store

	// Implements lists the optional interfaces that the store has. One that is
	// missing, or one that the store has besides, fails the suite at once, so
	// that none can come or go unseen.
	Implements []Interface

	// VersionUntold says that Save and Move may return 0 for the version.
	VersionUntold bool

	// MaxData is how many bytes of data the store keeps for certain, if its
	// documentation names fewer than the 1 MiB of the contract.
	MaxData int

	// FakeClock runs the rules on expiry under [testing/synctest], so that
	// they need no time and are exact. It is for a store that has no clock but
	// package time's and waits for nothing outside the process. Without it
	// they need about three seconds.
	FakeClock bool

	only []string // the rules that the test of this package checks; nil means all
}

// checks reports whether a rule is to be checked.
func (o *Options) checks(r rule) bool {
	return has(o.Implements, r.needs) && (o.only == nil || slices.Contains(o.only, r.name))
}

// Run runs the suite: a subtest a rule. It calls open in each of them, several
// times at once, and open closes what it opened with t.Cleanup. If opts is
// nil, the defaults apply.
func Run(t *testing.T, open func(t *testing.T) store.Store, opts *Options) {
	t.Helper()
	if opts == nil {
		opts = &Options{}
	}
	o := *opts
	if o.MaxData == 0 {
		o.MaxData = 1 << 20
	}
	if !t.Run("Implements", func(t *testing.T) { checkImplements(t, open(t), o.Implements) }) {
		return
	}
	if o.only == nil || slices.Contains(o.only, goroutines) {
		t.Run(goroutines, func(t *testing.T) { checkGoroutines(t, open, &o) })
	}
	for _, r := range rules() {
		if o.checks(r) {
			t.Run(r.name, func(t *testing.T) { r.check(t, open, &o) })
		}
	}
	t.Run("Expiry", func(t *testing.T) {
		// These sleep. Started from goroutines they all do so at once;
		// t.Parallel would have as many wait as there are processors.
		var group sync.WaitGroup
		for _, r := range expiring() {
			if o.checks(r) {
				group.Go(func() { t.Run(r.name, func(t *testing.T) { r.checkExpiry(t, open, &o) }) })
			}
		}
		group.Wait()
	})
}

// goroutines is the name of the rule that checkGoroutines checks.
const goroutines = "LeavesNoGoroutine"

func rules() []rule {
	return slices.Concat(saveRules, raceRules, dataRules, contextRules, touchRules, moveRules, ownerRules, listRules, pingRules)
}

// expiring are the rules that sleep.
func expiring() []rule { return slices.Concat(expiryRules, purgeRules) }

// A rule is one that a store may break.
type rule struct {
	name  string
	says  string // the rule, as the failure tells it
	needs []Interface
	run   func(c *checker)
}

func (r rule) check(t *testing.T, open func(t *testing.T) store.Store, o *Options) {
	s := open(t)
	c := &checker{T: t, rule: r.says, opts: o, first: s, second: s, ctx: t.Context()}
	if o.Another != nil {
		c.second = o.Another(t, s)
	}
	r.run(c)
	c.clean()
}

// checkExpiry checks a rule that sleeps.
func (r rule) checkExpiry(t *testing.T, open func(t *testing.T) store.Store, o *Options) {
	if o.FakeClock {
		synctest.Test(t, func(t *testing.T) { r.check(t, open, o) })
		return
	}
	r.check(t, open, o)
}

// has reports whether a store with these interfaces has all that are needed.
func has(implemented, needed []Interface) bool {
	return !slices.ContainsFunc(needed, func(i Interface) bool { return !slices.Contains(implemented, i) })
}

// checkImplements fails if the store has other optional interfaces than
// those named.
func checkImplements(t *testing.T, s store.Store, want []Interface) {
	_, toucher := s.(store.Toucher)
	_, mover := s.(store.Mover)
	_, index := s.(store.OwnerIndex)
	_, lister := s.(store.Lister)
	_, purger := s.(store.Purger)
	_, pinger := s.(store.Pinger)
	_, clock := s.(store.Clock)
	found := map[Interface]bool{Toucher: toucher, Mover: mover, OwnerIndex: index, Lister: lister, Purger: purger, Pinger: pinger, Clock: clock}
	for _, i := range want {
		if has, known := found[i]; !known {
			t.Errorf("Options.Implements names %q; package store has no such optional interface", i)
		} else if !has {
			t.Errorf("Options.Implements names %s, and %T does not implement store.%s", i, s, i)
		}
		delete(found, i)
	}
	for i, has := range found {
		if has {
			t.Errorf("%T implements store.%s; add it to Options.Implements, so that its rules are checked", s, i)
		}
	}
}
