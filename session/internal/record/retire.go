package record

import (
	"context"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
)

// superseded is what requests with an ID find whose session has moved on.
func superseded(w driver.Write) store.Record {
	return store.Record{Data: driver.SupersededRecord(w.Leave), Used: w.At, Expires: w.At.Add(graceLifetime)}
}

// Retire leaves word in a record that its session has moved. At an adopted ID it creates that.
func (d *stored) Retire(ctx context.Context, w driver.Write) error {
	h, ok := w.From.Record.(*handle)
	switch {
	case !ok || w.From.Superseded:
		return nil
	case h.version == 0 && !h.missing:
		return driver.ErrConflict
	}
	word := superseded(w)
	if w.Leave == nil {
		word.Data = driver.EndedRecord()
	}
	return d.replace(ctx, h, word)
}

// Depart leaves word in a record that its session is in another place under the same ID.
func (d *stored) Depart(ctx context.Context, w driver.Write) error {
	h, ok := w.From.Record.(*handle)
	if !ok || h.version == 0 {
		return driver.ErrConflict
	}
	return d.replace(ctx, h, store.Record{Data: driver.MovedRecord(w.Move), Used: w.At, Expires: expiry(w.Expires)})
}

// replace puts word into a record in the place of its session.
func (d *stored) replace(ctx context.Context, h *handle, word store.Record) error {
	ctx, cancel := d.bound(ctx)
	defer cancel()
	put := func(driver.Life) error {
		_, err := d.put(ctx, h, word)
		return err
	}
	if h.open() {
		return driverError(d.afterUnknown(ctx, h, driver.Keep, put))
	}
	return driverError(put(driver.Keep))
}
