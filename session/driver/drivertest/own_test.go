package drivertest_test

import (
	"slices"
	"testing"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/driver/drivertest"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

const flaskKey = "8c1fb2a07d4e93b65a12f7c0d3e8496b7f"

func flaskCookies(t *testing.T) driver.Backend {
	t.Helper()
	b, err := flask.Cookies(flaskKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var everything = []drivertest.Interface{
	drivertest.Toucher, drivertest.Owners, drivertest.Adopter, drivertest.Retirer, drivertest.Departer, drivertest.Lister,
}

var leastInterfaces = []drivertest.Interface{drivertest.Toucher, drivertest.Adopter, drivertest.Retirer, drivertest.Departer}

func without(all []drivertest.Interface, one drivertest.Interface) []drivertest.Interface {
	return slices.DeleteFunc(slices.Clone(all), func(i drivertest.Interface) bool { return i == one })
}

// leastStore has only what a store must have.
type leastStore struct{ store.Store }

// backends are our own, each with what the suite has to know of it.
func backends() map[string]struct {
	open func(t *testing.T) driver.Backend
	opts drivertest.Options
} {
	memory := func() store.Store { return memstore.New(nil) }
	cookie := drivertest.Options{FakeClock: true}
	others := drivertest.Options{FakeClock: true, OthersFormat: true}
	record := drivertest.Options{FakeClock: true, Records: true, Implements: everything}
	least := drivertest.Options{FakeClock: true, Records: true, Implements: leastInterfaces}
	moving := record // Migrate makes no second move of what is moving
	moving.Implements = without(everything, drivertest.Departer)
	movingLeast := least
	movingLeast.Implements = without(leastInterfaces, drivertest.Departer)
	listing := drivertest.Options{FakeClock: true, Implements: []drivertest.Interface{drivertest.Owners, drivertest.Lister}}
	type one = struct {
		open func(t *testing.T) driver.Backend
		opts drivertest.Options
	}
	return map[string]one{
		"Signed":         {func(*testing.T) driver.Backend { return session.Signed(secret.New()) }, cookie},
		"Sealed":         {func(*testing.T) driver.Backend { return session.Sealed(secret.New()) }, cookie},
		"Flask":          {flaskCookies, others},
		"Stored":         {func(*testing.T) driver.Backend { return session.Stored(memory()) }, record},
		"StoredLeast":    {func(*testing.T) driver.Backend { return session.Stored(leastStore{memory()}) }, least},
		"OverflowSigned": {func(*testing.T) driver.Backend { return session.Overflow(session.Signed(secret.New()), memory()) }, record},
		"OverflowSealedLeast": {func(*testing.T) driver.Backend {
			return session.Overflow(session.Sealed(secret.New()), leastStore{memory()})
		}, least},
		"OverflowFlask": {
			func(t *testing.T) driver.Backend { return session.Overflow(flaskCookies(t), memory()) },
			drivertest.Options{FakeClock: true, Records: true, Implements: everything, OthersFormat: true},
		},
		"SignedToSealed": {func(*testing.T) driver.Backend {
			return session.Migrate(session.Sealed(secret.New()), session.Signed(secret.New()))
		}, cookie},
		"FlaskToSigned": {func(t *testing.T) driver.Backend {
			return session.Migrate(session.Signed(secret.New()), flaskCookies(t))
		}, cookie},
		"SignedToFlask": {func(t *testing.T) driver.Backend {
			return session.Migrate(flaskCookies(t), session.Signed(secret.New()))
		}, others},
		"SignedToStored": {func(*testing.T) driver.Backend {
			return session.Migrate(session.Stored(memory()), session.Signed(secret.New()))
		}, moving},
		"StoredToSigned": {func(*testing.T) driver.Backend {
			return session.Migrate(session.Signed(secret.New()), session.Stored(memory()))
		}, listing},
		"StoredToStored": {func(*testing.T) driver.Backend {
			return session.Migrate(session.Stored(memory()), session.Stored(memory()))
		}, moving},
		"StoredToOverflow": {func(*testing.T) driver.Backend {
			return session.Migrate(session.Overflow(session.Sealed(secret.New()), memory()), session.Stored(memory()))
		}, moving},
		"OverflowToStoredLeast": {func(*testing.T) driver.Backend {
			st := leastStore{memory()}
			return session.Migrate(session.Stored(st), session.Overflow(session.Signed(secret.New()), st))
		}, movingLeast},
		"FlaskToStored": {func(t *testing.T) driver.Backend {
			return session.Migrate(session.Stored(memory()), flaskCookies(t))
		}, moving},
		"StoredToFlask": {func(t *testing.T) driver.Backend {
			return session.Migrate(flaskCookies(t), session.Stored(memory()))
		}, func() drivertest.Options { o := listing; o.OthersFormat = true; return o }()},
	}
}

func TestRun_OurOwnDriversPass(t *testing.T) {
	for name, b := range backends() {
		t.Run(name, func(t *testing.T) { drivertest.Run(t, b.open, &b.opts) })
	}
}
