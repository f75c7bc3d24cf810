package simulation

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
)

// naive keeps sessions in a store as a driver would that believes each error: it is what the driver
// of session.Stored was before it asked again.
type naive struct {
	store store.Store
	scope driver.Scope
	queue chan struct{} // if it is not nil, all sessions of the process share it
}

type naiveBackend struct {
	store  store.Store
	shared bool
}

// Open returns the driver.
func (b naiveBackend) Open(c driver.Config) (driver.Driver, error) {
	d := &naive{store: b.store, scope: driver.RecordScope(c, driver.JSON)}
	if b.shared {
		d.queue = make(chan struct{}, 1)
	}
	return d, nil
}

var (
	_ driver.Driver = (*naive)(nil)
	_ driver.Owners = (*naive)(nil)
)

type naiveRecord struct {
	d       *naive
	value   string
	id      store.ID
	version uint64
}

func (r *naiveRecord) ID() string { return r.id.String() }

func (r *naiveRecord) Reload(ctx context.Context) (driver.Snapshot, error) {
	return r.d.Load(ctx, r.value)
}

func (d *naive) Info() driver.Info {
	return driver.Info{Name: "naive", Codec: driver.JSON, Store: d.store}
}

// within is how long the store may take.
func within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
}

func (d *naive) Load(ctx context.Context, value string) (driver.Snapshot, error) {
	if !driver.IsID(value) {
		return driver.Snapshot{}, driver.ErrMalformed
	}
	ctx, cancel := within(ctx)
	defer cancel()
	id := d.scope.RecordID(value)
	r, err := d.store.Load(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return driver.Snapshot{}, driver.ErrUnknown
	} else if err != nil {
		return driver.Snapshot{}, err
	}
	state, payload := driver.ParseRecord(r.Data)
	return driver.Snapshot{
		Payload: string(payload), SavedAt: r.Used, Superseded: state == driver.Superseded,
		Record: &naiveRecord{d, value, id, r.Version},
	}, nil
}

func (d *naive) Save(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
	if d.queue != nil {
		d.queue <- struct{}{}
		defer func() { <-d.queue }()
	}
	ctx, cancel := within(ctx)
	defer cancel()
	r := store.Record{Data: w.Payload, Used: w.At, Expires: w.Expires.Add(time.Second), Owner: w.Owner}
	from, _ := w.From.Record.(*naiveRecord)
	to := from
	if from == nil || w.From.Superseded || w.Life != driver.Keep {
		value := driver.NewID()
		to = &naiveRecord{d: d, value: value, id: d.scope.RecordID(value)}
	}
	var err error
	switch {
	case to == from:
		r.Version = from.version
		to = &naiveRecord{d: d, value: from.value, id: from.id}
		to.version, err = d.store.Save(ctx, to.id, r)
	case from != nil && w.Life == driver.Renew && !w.From.Superseded:
		to.version, err = d.renew(ctx, from, to, r, w)
	default:
		if from != nil && !w.From.Superseded {
			err = d.store.Delete(ctx, from.id)
		}
		if err == nil {
			to.version, err = d.store.Save(ctx, to.id, r)
		}
	}
	switch {
	case errors.Is(err, store.ErrConflict):
		return dst, nil, driver.ErrConflict
	case errors.Is(err, store.ErrNotFound):
		return dst, nil, driver.ErrEnded
	case err != nil:
		return dst, nil, err
	}
	return append(dst, to.value...), to, nil
}

func (d *naive) renew(ctx context.Context, from, to *naiveRecord, r store.Record, w driver.Write) (uint64, error) {
	mark := store.Record{Data: driver.SupersededRecord(w.Leave), Used: w.At, Expires: w.At.Add(time.Minute), Version: from.version}
	if m, ok := d.store.(store.Mover); ok {
		r.Version = from.version
		version, err := m.Move(ctx, from.id, to.id, r, mark)
		if !errors.Is(err, errors.ErrUnsupported) {
			return version, err
		}
		r.Version = 0
	}
	version, err := d.store.Save(ctx, to.id, r)
	if err != nil {
		return 0, err
	}
	if _, err = d.store.Save(ctx, from.id, mark); err != nil {
		_ = d.store.Delete(ctx, to.id)
	}
	return version, err
}

func (d *naive) Delete(ctx context.Context, from driver.Snapshot) error {
	r, ok := from.Record.(*naiveRecord)
	if !ok || from.Superseded {
		return nil
	}
	ctx, cancel := within(ctx)
	defer cancel()
	return d.store.Delete(ctx, r.id)
}

func (d *naive) Owned(context.Context, string) iter.Seq2[driver.Snapshot, error] {
	return func(func(driver.Snapshot, error) bool) {}
}

func (d *naive) EndOwned(ctx context.Context, owner string, _ ...string) (int, error) {
	index, ok := d.store.(store.OwnerIndex)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	ctx, cancel := within(ctx)
	defer cancel()
	return index.DeleteOwned(ctx, owner)
}

func (d *naive) EndOne(context.Context, string, string) (bool, error) {
	return false, errors.ErrUnsupported
}
