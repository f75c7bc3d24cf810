// Package drivertest is the suite that every driver passes.
//
// A driver's own test opens its backend and hands it over:
//
//	func TestDriver(t *testing.T) {
//		drivertest.Run(t, func(t *testing.T) driver.Backend {
//			return mybackend.New(open(t))
//		}, &drivertest.Options{Records: true, Implements: []drivertest.Interface{drivertest.Owners}})
//	}
//
// Each rule of the contract in package driver is a subtest, and a failure says which rule is
// broken. [Codec] does the same for a codec alone. Owners and session IDs are random, so the suite
// can run on a server that is in use; it does not delete what it saved there, which expires within
// an hour.
package drivertest

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/wafer-go/wafer/session/driver"
)

// An Interface is one of the optional interfaces of package driver.
type Interface string

// The optional interfaces, for [Options.Implements].
const (
	Toucher  Interface = "Toucher"
	Owners   Interface = "Owners"
	Adopter  Interface = "Adopter"
	Retirer  Interface = "Retirer"
	Departer Interface = "Departer"
	Lister   Interface = "Lister"
)

// Options tell what to expect of a driver. The zero value is a driver that keeps each session in
// its cookie and has no optional interface.
type Options struct {
	// Config is what the backend is opened with. An empty CookieName means "session", and a
	// MaxCookieSize of zero 4096.
	Config driver.Config

	// Records means that Save gives a session that has an owner a record. One without an owner may
	// be in its cookie, as those of session.Overflow are.
	Records bool

	// Implements lists the optional interfaces that the driver can serve. One that is missing fails
	// the suite, and so does one that the driver serves besides. A driver that has the methods of
	// Toucher, Owners or Lister and does not serve them returns an error that wraps
	// [errors.ErrUnsupported]; one that does not serve Adopter adopts nothing.
	Implements []Interface

	// OthersFormat means that the driver's values have a format that others wrote, in which the
	// cookie's name does not count.
	OthersFormat bool

	// Respells means that what the driver keeps is not JSON: values come back as they were, in the
	// codec's spelling.
	Respells bool

	// Adoptable returns a new value that the driver can adopt. Nil means [driver.NewID].
	Adoptable func() string

	// FakeClock runs the rules on expiry under [testing/synctest], so that they finish at once. Set
	// it for a driver that uses only package time as its clock, and waits for nothing outside the
	// process. Without it they need about three seconds, and marks that last longer are not
	// checked.
	FakeClock bool

	only []string // the rules that the test of this package checks; nil means all
}

// checks reports whether a rule is to be checked.
func (o *Options) checks(r rule) bool {
	return r.applies(o) && (o.only == nil || slices.Contains(o.only, r.name))
}

// Run runs the suite, a subtest a rule. It calls open in each of them and opens what it returns,
// with the configuration in opts and with others; open closes what it opened with t.Cleanup. If
// opts is nil, the zero Options apply.
func Run(t *testing.T, open func(t *testing.T) driver.Backend, opts *Options) {
	t.Helper()
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.Config.CookieName == "" {
		o.Config.CookieName = "session"
	}
	if o.Config.MaxCookieSize == 0 {
		o.Config.MaxCookieSize = 4096
	}
	if o.Adoptable == nil {
		o.Adoptable = driver.NewID
	}
	serves := rule{name: "Implements", says: "Options say what the driver can do", run: (*checker).implements}
	if !t.Run(serves.name, func(t *testing.T) { serves.check(t, open, &o) }) {
		return
	}
	if o.only == nil {
		t.Run("Codec", func(t *testing.T) {
			d, err := open(t).Open(o.Config)
			if err != nil {
				t.Fatal(err)
			}
			Codec(t, d.Info().Codec)
		})
	}
	for _, r := range rules() {
		if o.checks(r) {
			t.Run(r.name, func(t *testing.T) { r.check(t, open, &o) })
		}
	}
	t.Run("Expiry", func(t *testing.T) {
		// These sleep. Started from goroutines they all do so at once; t.Parallel would have as
		// many wait as there are processors.
		var group sync.WaitGroup
		for _, r := range expiryRules {
			if o.checks(r) {
				group.Go(func() { t.Run(r.name, func(t *testing.T) { r.checkExpiry(t, open, &o) }) })
			}
		}
		group.Wait()
	})
}

func rules() []rule {
	return slices.Concat(infoRules, loadRules, saveRules, lifeRules, recordRules, touchRules,
		ownerRules, adoptRules, retireRules, departRules, listRules, unservedRules, contextRules, raceRules)
}

// A rule is one that a driver may break.
type rule struct {
	name    string
	says    string    // the rule, as the failure says it
	records bool      // it is of records
	needs   Interface // it is of an optional interface
	without Interface // it is for drivers that do not serve the interface
	fake    bool      // it is too slow without a fake clock
	run     func(c *checker)
}

// applies reports whether a driver with these options has to obey the rule.
func (r *rule) applies(o *Options) bool {
	switch {
	case r.records && !o.Records, r.fake && !o.FakeClock:
		return false
	case r.needs != "" && !slices.Contains(o.Implements, r.needs):
		return false
	}
	return r.without == "" || !slices.Contains(o.Implements, r.without)
}

func (r *rule) check(t *testing.T, open func(t *testing.T) driver.Backend, o *Options) {
	c := &checker{T: t, says: r.says, opts: o, backend: open(t), ctx: t.Context(), owner: newOwner()}
	c.quietly("the driver, or what the suite does with what it returned,", func() {
		c.d = c.open(o.Config)
		c.info = c.d.Info()
		r.run(c)
	})
}

// checkExpiry checks a rule that sleeps.
func (r *rule) checkExpiry(t *testing.T, open func(t *testing.T) driver.Backend, o *Options) {
	if o.FakeClock {
		synctest.Test(t, func(t *testing.T) { r.check(t, open, o) })
		return
	}
	r.check(t, open, o)
}

// implements fails if the driver does not serve what the options name, or serves more.
func (c *checker) implements() {
	if c.info.Codec == nil {
		c.broken("Info has no codec")
	}
	_, toucher := c.d.(driver.Toucher)
	_, owners := c.d.(driver.Owners)
	_, adopter := c.d.(driver.Adopter)
	_, retirer := c.d.(driver.Retirer)
	_, departer := c.d.(driver.Departer)
	_, lister := c.d.(driver.Lister)
	has := map[Interface]bool{Toucher: toucher, Owners: owners, Adopter: adopter, Retirer: retirer, Departer: departer, Lister: lister}
	for _, i := range c.opts.Implements {
		if has, known := has[i]; !known {
			c.broken("Options.Implements names %q; package driver has no such optional interface", i)
		} else if !has {
			c.broken("Options.Implements names %s, and %T does not implement driver.%s", i, c.d, i)
		}
	}
	for _, i := range []Interface{Retirer, Departer} {
		if has[i] && c.opts.Records && !slices.Contains(c.opts.Implements, i) {
			c.broken("%T implements driver.%s; add it to Options.Implements, so that its rules are checked", c.d, i)
		}
	}
	if _, record := c.save(c.write(c.owner, "a value")); (record != nil) != c.opts.Records {
		c.broken("Options.Records is %v, and the session of an owner was saved with the record %v", c.opts.Records, record)
	}
}
