package moving

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// stale is how long after it was loaded a session is loaded again before it moves: the mark of a
// session that ended since then lasts longer.
const stale = 12 * time.Hour

// Save saves the session where sessions move to.
func (d *Driver) Save(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
	from, h := unwrap(w.From)
	w.From = from
	switch {
	case h == nil:
		w.From = driver.Snapshot{} // a cookie, of whichever driver
		return d.wrapSaved(d.to.Save(ctx, dst, w))
	case !h.old:
		return d.saveArrived(ctx, dst, w, h)
	case from.Superseded:
		w.From, w.Life = driver.Snapshot{}, driver.Keep
		return d.wrapSaved(d.to.Save(ctx, dst, w))
	case w.Life == driver.Begin:
		if err := d.Delete(ctx, driver.Snapshot{Record: h}); err != nil {
			return dst, nil, err
		}
		w.From, w.Life = driver.Snapshot{}, driver.Keep
		return d.wrapSaved(d.to.Save(ctx, dst, w))
	case w.Stay && (d.to.Store == nil || h.value == ""):
		return d.saveOld(ctx, dst, w, h)
	case time.Since(h.loaded) > stale:
		return dst, nil, driver.ErrConflict
	}
	return d.move(ctx, dst, w, h)
}

// saveArrived saves a session that is where sessions move to.
func (d *Driver) saveArrived(ctx context.Context, dst []byte, w driver.Write, h *handle) ([]byte, driver.Record, error) {
	if w.Empty {
		// A copy must not outlive what replaces it.
		if err := d.deleteCopies(ctx, h, h.Record); err != nil {
			return dst, nil, err
		}
	}
	start := len(dst)
	dst, saved, err := d.to.Save(ctx, dst, w)
	if err == nil && w.Life != driver.Keep {
		err = d.deleteCopies(ctx, h, saved)
	}
	wrapUnsettled(err, h)
	if saved != nil {
		saved = &handle{saved, d, &d.to, false, string(dst[start:]), time.Now()}
	}
	return dst, saved, err
}

// saveOld saves a session in its old driver, because no cookie can go with it.
func (d *Driver) saveOld(ctx context.Context, dst []byte, w driver.Write, h *handle) ([]byte, driver.Record, error) {
	text, _, err := rawjson.Translate(string(w.Payload), d.to.Codec, h.part.Codec, math.MaxInt)
	if err != nil {
		return dst, nil, err
	}
	w.Payload = []byte(text)
	dst, saved, err := h.part.Save(ctx, dst, w)
	wrapUnsettled(err, h)
	if saved != nil {
		saved = &handle{saved, d, h.part, true, h.value, time.Now()}
	}
	return dst, saved, err
}

// wrapUnsettled makes the record of a driver's [driver.UnsettledError] this driver's, as h is.
func wrapUnsettled(err error, h *handle) {
	if unsettled, ok := errors.AsType[*driver.UnsettledError](err); ok && unsettled.Record != nil {
		unsettled.Record = &handle{unsettled.Record, h.d, h.part, h.old, unsettled.Value, h.loaded}
	}
}

// move saves the session where sessions move to, and then ends the old record if it is still as it
// was loaded: a change that a server of the old kind made since is not left behind. If the new
// driver adopts the old ID, no visitor depends on this answer to stay signed in.
func (d *Driver) move(ctx context.Context, dst []byte, w driver.Write, h *handle) ([]byte, driver.Record, error) {
	old, a := w, d.adopted(h.value)
	w.From = driver.Snapshot{Record: a.record}
	switch {
	case a.record == nil:
		w.Life = driver.Keep // it gets a new ID anyway
	case a.value != h.value && w.Life == driver.Keep:
		w.Life, w.Leave = driver.Renew, w.Payload
	}
	start := len(dst)
	dst, saved, err := d.to.Save(ctx, dst, w)
	if err != nil || saved == nil && len(dst)-start > d.room {
		return dst, saved, err // what does not fit is refused by the manager
	}
	switch {
	case a.record != nil && saved != nil:
		old.Leave = nil // requests with the old ID find the session, or its mark, in the new driver
	case old.Life == driver.Keep:
		old.Leave = w.Payload
	case old.Leave == nil:
		old.Leave = []byte("{}")
	}
	err = d.retire(ctx, h.part, old)
	if _, retires := h.part.Driver.(driver.Retirer); err == nil && !retires && a.record != nil && a.value != h.value {
		// The old place did not tell whether it ended at the last moment; the mark does.
		if _, ended := a.record.Reload(ctx); errors.Is(ended, driver.ErrEnded) {
			err = driver.ErrEnded
		}
	}
	switch {
	case err == nil:
		return d.wrapSaved(dst, saved, nil)
	case told(err):
		d.takeBack(ctx, a, saved)
		return dst[:start], nil, err
	case saved == nil: // the old record may have ended, so the visitor gets what was saved
		return dst[:start], nil, &driver.UnsettledError{Value: string(dst[start:]), Err: err}
	}
	return d.wrapSaved(dst, saved, err)
}

// told reports whether an error of Retire says that the old record was not changed.
func told(err error) bool {
	return errors.Is(err, driver.ErrConflict) || errors.Is(err, driver.ErrEnded) || errors.Is(err, driver.ErrTooLarge) || errors.Is(err, driver.ErrBadPayload)
}

// takeBack removes what was saved of a session that could not move after all. What cannot be
// removed either expires.
func (d *Driver) takeBack(ctx context.Context, a adoption, saved driver.Record) {
	if saved != nil {
		_ = d.to.Delete(ctx, driver.Snapshot{Record: saved})
	}
	if a.record == nil || saved != nil && saved.ID() == a.record.ID() {
		return
	}
	if word, err := a.record.Reload(ctx); err == nil && word.Superseded {
		_ = d.to.Delete(ctx, driver.Snapshot{Record: word.Record}) // it would be met when this is tried again
	}
}

// wrapSaved is for a session whose cookie's value follows from what was saved.
func (d *Driver) wrapSaved(dst []byte, saved driver.Record, err error) ([]byte, driver.Record, error) {
	if saved != nil {
		saved = &handle{saved, d, &d.to, false, "", time.Now()}
	}
	return dst, saved, err
}

// Touch extends the life of a session that has arrived. One that has not is to be saved, and so is
// one that a driver keeps that cannot.
func (d *Driver) Touch(ctx context.Context, from driver.Snapshot, at, expires time.Time) error {
	from, h := unwrap(from)
	if h == nil {
		return nil
	}
	t, ok := h.part.Driver.(driver.Toucher)
	if h.old || !ok {
		return fmt.Errorf("session: this session has to be saved: %w", errors.ErrUnsupported)
	}
	return t.Touch(ctx, from, at, expires)
}
