package drivertest_test

import (
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/driver/drivertest"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// An uncomparableCodec panics where it is compared.
type uncomparableCodec struct {
	driver.Codec
	tables any
	hook   func()
}

func (uncomparableCodec) Name() string { return "uncomparable" }

// An uncomparableStore is of a type that can be compared, and panics where it is.
type uncomparableStore struct {
	store.Store
	extra any
}

type uncomparableBackend struct{ driver.Backend }

func (b uncomparableBackend) Open(c driver.Config) (driver.Driver, error) {
	d, err := b.Backend.Open(c)
	return uncomparableDriver{d}, err
}

type uncomparableDriver struct{ driver.Driver }

func (d uncomparableDriver) Info() driver.Info {
	i := d.Driver.Info()
	i.Codec = uncomparableCodec{i.Codec, []int{1}, func() {}}
	return i
}

func TestRun_CodecAndStoreThatCannotBeCompared(t *testing.T) {
	newStore := func() store.Store { return uncomparableStore{leastStore{memstore.New(nil)}, []int{1}} }
	cookie := func() driver.Backend { return uncomparableBackend{session.Signed(secret.New())} }
	for name, b := range map[string]struct {
		open func() driver.Backend
		opts drivertest.Options
	}{
		"Cookie":   {cookie, drivertest.Options{FakeClock: true}},
		"Overflow": {func() driver.Backend { return session.Overflow(cookie(), newStore()) }, drivertest.Options{FakeClock: true, Records: true, Implements: leastInterfaces}},
		"Migrate": {func() driver.Backend {
			st := newStore()
			return session.Migrate(session.Stored(st), session.Stored(st), cookie(), session.Overflow(cookie(), st))
		}, drivertest.Options{FakeClock: true, Records: true, Implements: without(leastInterfaces, drivertest.Departer)}},
	} {
		t.Run(name, func(t *testing.T) {
			drivertest.Run(t, func(*testing.T) driver.Backend { return b.open() }, &b.opts)
		})
	}
}
