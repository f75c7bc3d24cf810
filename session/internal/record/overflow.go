package record

import (
	"context"
	"errors"
	"fmt"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
)

// Overflow is the backend of session.Overflow.
func Overflow(cookie driver.Backend, st store.Store) driver.Backend {
	return &overflowBackend{cookie, st}
}

type overflowBackend struct {
	cookie driver.Backend
	store  store.Store
}

// Open opens the cookie's backend, and fails if that keeps records itself.
func (b *overflowBackend) Open(c driver.Config) (driver.Driver, error) {
	const needs = "session: Overflow needs a backend that keeps the session in its cookie, such as session.Signed(key)"
	if b.cookie == nil {
		return nil, errors.New(needs)
	}
	cookie, err := b.cookie.Open(c)
	if err != nil {
		return nil, err
	}
	info := cookie.Info()
	if info.Store != nil {
		return nil, fmt.Errorf("%s, and %s keeps it in a store", needs, info.Name)
	}
	stored, err := open("Overflow", b.store, c, info.Codec)
	if err != nil {
		return nil, err
	}
	return &overflow{stored, cookie, info.Name, c.Room()}, nil
}

// overflow stores the sessions that do not fit into their cookie.
type overflow struct {
	*stored
	cookie driver.Driver
	name   string // of the cookie's driver
	limit  int    // bytes of the cookie's value
}

var _ driver.Driver = (*overflow)(nil)

// nothing is what remains to be read of a user's session that was renewed.
var nothing = []byte("{}")

func (d *overflow) Info() driver.Info {
	info := d.stored.Info()
	info.Name = d.name + ", or stored when it does not fit"
	return info
}

// Load tells an ID from a token by its form: no driver's token is 43 letters, digits, "-" and "_".
func (d *overflow) Load(ctx context.Context, value string) (driver.Snapshot, error) {
	if namesRecord(value) {
		return d.stored.Load(ctx, value)
	}
	return d.cookie.Load(ctx, value)
}

func (d *overflow) Save(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
	from, inStore := w.From.Record.(*handle)
	inStore = inStore && !w.From.Superseded
	switch {
	case inStore && from.gone && w.Stay:
		return dst, nil, driver.ErrUnknownOutcome
	case w.Owner != "", inStore && (w.Stay || w.Empty):
		return d.stored.Save(ctx, dst, w)
	}
	start := len(dst)
	dst, _, err := d.cookie.Save(ctx, dst, w)
	size := len(dst) - start
	switch {
	case errors.Is(err, driver.ErrTooLarge), err == nil && size > d.limit, err == nil && inStore && size > d.limit/2:
		return d.stored.Save(ctx, dst[:start], w)
	case err == nil && inStore && w.Life == driver.Begin:
		err = d.stored.Delete(ctx, w.From)
	case err == nil && inStore:
		switch {
		case w.Life == driver.Keep:
			w.Leave = w.Payload
		case w.Leave == nil:
			w.Leave = nothing
		}
		if err = d.Retire(ctx, w); unknown(err) {
			gone := *from
			gone.gone = true
			err = &driver.UnsettledError{Value: string(dst[start:]), InCookie: true, Record: &gone, Err: err}
		}
	}
	if err != nil {
		return dst[:start], nil, err
	}
	return dst, nil, nil
}

func (d *overflow) Delete(ctx context.Context, from driver.Snapshot) error {
	if from.Record != nil {
		return d.stored.Delete(ctx, from)
	}
	return d.cookie.Delete(ctx, from)
}
