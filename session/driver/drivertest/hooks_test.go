package drivertest_test

import (
	"context"
	"iter"
	"time"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store/memstore"
)

// full has every method of package driver.
type full interface {
	driver.Driver
	driver.Toucher
	driver.Owners
	driver.Adopter
	driver.Retirer
	driver.Departer
	driver.Lister
}

// hooks is a good driver of which a flaw can replace each method.
type hooks struct {
	full
	config   driver.Config
	info     func() driver.Info
	load     func(ctx context.Context, value string) (driver.Snapshot, error)
	save     func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error)
	remove   func(ctx context.Context, from driver.Snapshot) error
	touch    func(ctx context.Context, from driver.Snapshot, at, expires time.Time) error
	owned    func(ctx context.Context, owner string) iter.Seq2[driver.Snapshot, error]
	endOwned func(ctx context.Context, owner string, except ...string) (int, error)
	endOne   func(ctx context.Context, owner, id string) (bool, error)
	adopt    func(value string) (driver.Record, bool)
	retire   func(ctx context.Context, w driver.Write) error
	depart   func(ctx context.Context, w driver.Write) error
	all      func(ctx context.Context) iter.Seq2[driver.Snapshot, error]

	id     func(r driver.Record) string
	reload func(ctx context.Context, r driver.Record) (driver.Snapshot, error)
	move   func(r driver.Record) string
	share  func(r driver.Sharer) driver.Record
}

// hookedBackend opens hooks with a flaw, over one store.
type hookedBackend struct {
	driver.Backend
	put func(h *hooks)
}

func newHookedBackend(put func(h *hooks)) hookedBackend {
	return hookedBackend{session.Stored(memstore.New(nil)), put}
}

func (b hookedBackend) Open(c driver.Config) (driver.Driver, error) {
	h := &hooks{config: c}
	var err error
	if h.full, err = b.good(c); err != nil {
		return nil, err
	}
	b.put(h)
	return h, nil
}

func (b hookedBackend) good(c driver.Config) (full, error) {
	d, err := b.Backend.Open(c)
	if err != nil {
		return nil, err
	}
	return d.(full), nil
}

// hookedRecord is a record of which a flaw can replace each method.
type hookedRecord struct {
	driver.Record
	h *hooks
}

func (r hookedRecord) ID() string {
	if r.h.id != nil {
		return r.h.id(r.Record)
	}
	return r.Record.ID()
}

func (r hookedRecord) Move() string {
	if r.h.move != nil {
		return r.h.move(r.Record)
	}
	a, _ := r.Record.(driver.Arrival)
	if a == nil {
		return ""
	}
	return a.Move()
}

func (r hookedRecord) Reload(ctx context.Context) (driver.Snapshot, error) {
	if r.h.reload != nil {
		return r.h.wrap(r.h.reload(ctx, r.Record))
	}
	return r.h.wrap(r.Record.Reload(ctx))
}

func (r hookedRecord) Share() driver.Record {
	s, ok := r.Record.(driver.Sharer)
	switch {
	case !ok:
		return nil
	case r.h.share != nil:
		return r.h.record(r.h.share(s))
	}
	return r.h.record(s.Share())
}

func (h *hooks) record(r driver.Record) driver.Record {
	if _, hooked := r.(hookedRecord); r == nil || hooked {
		return r
	}
	return hookedRecord{r, h}
}

func (h *hooks) wrap(s driver.Snapshot, err error) (driver.Snapshot, error) {
	s.Record = h.record(s.Record)
	return s, err
}

func unhooked(s driver.Snapshot) driver.Snapshot {
	if r, ok := s.Record.(hookedRecord); ok {
		s.Record = r.Record
	}
	return s
}

func (h *hooks) each(found iter.Seq2[driver.Snapshot, error]) iter.Seq2[driver.Snapshot, error] {
	return func(yield func(driver.Snapshot, error) bool) {
		for s, err := range found {
			if !yield(h.wrap(s, err)) {
				return
			}
		}
	}
}

func (h *hooks) Info() driver.Info {
	if h.info != nil {
		return h.info()
	}
	return h.full.Info()
}

func (h *hooks) Load(ctx context.Context, value string) (driver.Snapshot, error) {
	if h.load != nil {
		return h.wrap(h.load(ctx, value))
	}
	return h.wrap(h.full.Load(ctx, value))
}

func (h *hooks) Save(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
	w.From = unhooked(w.From)
	save := h.full.Save
	if h.save != nil {
		save = h.save
	}
	out, r, err := save(ctx, dst, w)
	return out, h.record(r), err
}

func (h *hooks) Delete(ctx context.Context, from driver.Snapshot) error {
	if h.remove != nil {
		return h.remove(ctx, unhooked(from))
	}
	return h.full.Delete(ctx, unhooked(from))
}

func (h *hooks) Touch(ctx context.Context, from driver.Snapshot, at, expires time.Time) error {
	if h.touch != nil {
		return h.touch(ctx, unhooked(from), at, expires)
	}
	return h.full.Touch(ctx, unhooked(from), at, expires)
}

func (h *hooks) Owned(ctx context.Context, owner string) iter.Seq2[driver.Snapshot, error] {
	if h.owned != nil {
		return h.owned(ctx, owner)
	}
	return h.each(h.full.Owned(ctx, owner))
}

func (h *hooks) EndOwned(ctx context.Context, owner string, except ...string) (int, error) {
	if h.endOwned != nil {
		return h.endOwned(ctx, owner, except...)
	}
	return h.full.EndOwned(ctx, owner, except...)
}

func (h *hooks) EndOne(ctx context.Context, owner, id string) (bool, error) {
	if h.endOne != nil {
		return h.endOne(ctx, owner, id)
	}
	return h.full.EndOne(ctx, owner, id)
}

func (h *hooks) Adopt(value string) (driver.Record, bool) {
	adopt := h.full.Adopt
	if h.adopt != nil {
		adopt = h.adopt
	}
	r, ok := adopt(value)
	return h.record(r), ok
}

func (h *hooks) Retire(ctx context.Context, w driver.Write) error {
	w.From = unhooked(w.From)
	if h.retire != nil {
		return h.retire(ctx, w)
	}
	return h.full.Retire(ctx, w)
}

func (h *hooks) Depart(ctx context.Context, w driver.Write) error {
	w.From = unhooked(w.From)
	if h.depart != nil {
		return h.depart(ctx, w)
	}
	return h.full.Depart(ctx, w)
}

func (h *hooks) All(ctx context.Context) iter.Seq2[driver.Snapshot, error] {
	if h.all != nil {
		return h.all(ctx)
	}
	return h.each(h.full.All(ctx))
}
