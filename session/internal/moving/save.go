package moving

import (
	"cmp"
	"context"
	"crypto/rand"
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
	dst, saved, err := d.save(ctx, dst, w, h)
	if h != nil && saved == nil && err != nil && !told(err) {
		h.open = true
	}
	return dst, saved, err
}

// save saves the session in w.From, whose handle is h, or nil if it is a cookie.
func (d *Driver) save(ctx context.Context, dst []byte, w driver.Write, h *handle) ([]byte, driver.Record, error) {
	switch {
	case h == nil:
		w.From = driver.Snapshot{} // a cookie, of whichever driver
		return d.wrapSaved(d.to.Save(ctx, dst, w))
	case h.gone && w.Stay:
		return dst, nil, driver.ErrUnknownOutcome
	case !h.old:
		w.From.Superseded = w.From.Superseded || h.word
		return d.saveArrived(ctx, dst, w, h)
	case w.From.Superseded:
		w.From, w.Life = driver.Snapshot{}, driver.Keep
		return d.wrapSaved(d.to.Save(ctx, dst, w))
	case w.Life == driver.Begin:
		if err := d.Delete(ctx, driver.Snapshot{Record: h}); err != nil {
			return dst, nil, err
		}
		w.From, w.Life = driver.Snapshot{}, driver.Keep
		return d.wrapSaved(d.to.Save(ctx, dst, w))
	case h.stays, w.Stay && !d.movesAlone(h.value):
		return d.saveOld(ctx, dst, w, h)
	case time.Since(h.loaded) > stale:
		return dst, nil, driver.ErrConflict
	}
	return d.move(ctx, dst, w, h)
}

// movesAlone reports whether a session can move without a cookie in the response, because it keeps
// the value that it has.
func (d *Driver) movesAlone(value string) bool {
	a := d.adopted(value)
	return d.to.Store != nil && a.record != nil && a.value == value
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
	err = endedOr(ctx, w.From, err)
	wrapUnsettled(err, h)
	behind := h.behind
	if err == nil && (w.Life != driver.Keep || behind != nil || h.word) {
		err = d.deleteCopies(ctx, h, saved)
		switch {
		case err == nil:
			behind = nil
		case saved == nil:
			left := *h
			left.word = true
			return dst[:start], nil, left.unsettled(string(dst[start:]), err)
		}
	}
	if saved != nil {
		saved = &handle{Record: saved, d: d, part: &d.to, value: string(dst[start:]), loaded: time.Now(), behind: behind}
	}
	return dst, saved, err
}

// saveOld saves a session in its old driver: because no cookie can go with it, or because it stays.
func (d *Driver) saveOld(ctx context.Context, dst []byte, w driver.Write, h *handle) ([]byte, driver.Record, error) {
	var err error
	if w.Payload, err = d.translate(w.Payload, h.part); err == nil && w.Leave != nil {
		w.Leave, err = d.translate(w.Leave, h.part)
	}
	if err != nil {
		return dst, nil, err
	}
	start := len(dst)
	dst, saved, err := h.part.Save(ctx, dst, w)
	wrapUnsettled(err, h)
	if err == nil {
		d.clear(ctx, w, h.ahead) // the move began with what this save has replaced
	}
	if saved != nil {
		next := *h
		next.Record, next.loaded, next.open = saved, time.Now(), false
		if w.Life != driver.Keep {
			next.value, next.to = string(dst[start:]), nil
		}
		saved = &next
	}
	return dst, saved, err
}

// translate writes a payload as a driver's codec does.
func (d *Driver) translate(payload []byte, p *part) ([]byte, error) {
	text, _, err := rawjson.Translate(string(payload), d.to.Codec, p.Codec, math.MaxInt)
	return []byte(text), err
}

// wrapUnsettled makes the record of a driver's [driver.UnsettledError] this driver's, as h is.
func wrapUnsettled(err error, h *handle) {
	if unsettled, ok := errors.AsType[*driver.UnsettledError](err); ok && unsettled.Record != nil {
		next := *h
		next.Record, next.open, next.gone = unsettled.Record, true, unsettled.InCookie
		if !unsettled.InCookie {
			next.value, next.to = unsettled.Value, nil
		}
		unsettled.Record = &next
	}
}

// move saves the session where sessions move to, and then ends the old record if it is still as it
// was loaded: a change that a server of the old kind made since is not left behind. If the new
// driver adopts the old ID, no visitor depends on this answer to stay signed in; and until the old
// record has ended, the new one does not count; see follow.
func (d *Driver) move(ctx context.Context, dst []byte, w driver.Write, h *handle) ([]byte, driver.Record, error) {
	departs := d.departs(*h.part)
	if w.Life == driver.Renew && departs && d.movesAlone(h.value) {
		return d.moveAndRenew(ctx, dst, w, h)
	}
	if h.to == nil {
		a := d.adopted(h.value)
		h.to = &a
	}
	old, a, word := w, *h.to, d.word(w, h)
	w.From = driver.Snapshot{Record: a.record}
	if h.gone && a.record != nil {
		// The first attempt may have left its mark. Of another request's, the old place tells.
		if mark, err := d.to.Load(ctx, a.value); err == nil && mark.Superseded {
			w.From = mark
		}
	}
	switch {
	case a.record == nil:
		w.Life = driver.Keep // it gets a new ID anyway
	case a.value != h.value && w.Life == driver.Keep:
		w.Life, w.Leave = driver.Renew, word
	case w.Life == driver.Keep && departs:
		w.Move = cmp.Or(a.move, rand.Text())
		old.Move = w.Move
	}
	start := len(dst)
	dst, saved, unsure := d.to.Save(ctx, dst, w)
	if h.open && errors.Is(unsure, driver.ErrConflict) {
		// Reload does not look there, so it would never meet what this save has met.
		if unsure = endedOr(ctx, w.From, unsure); !errors.Is(unsure, driver.ErrEnded) {
			unsure = driver.ErrUnknownOutcome
		}
	}
	if cookie, ok := errors.AsType[*driver.UnsettledError](unsure); ok && cookie.InCookie { // its record is the mark
		return dst, nil, h.unsettled(cookie.Value, cookie.Err)
	}
	if saved == nil && (unsure != nil || len(dst)-start > d.room) {
		return dst, nil, unsure // what does not fit is refused by the manager
	}
	switch {
	case a.record != nil && a.value == h.value && saved != nil:
		old.Leave = nil // requests with the ID find the session in the new driver
	case old.Life == driver.Keep:
		old.Leave = word
	case old.Leave == nil:
		old.Leave = []byte("{}")
	}
	var err error
	if w.Move != "" && saved != nil {
		err = h.part.Driver.(driver.Departer).Depart(ctx, old)
	} else {
		err = d.retire(ctx, h.part, old)
	}
	switch _, retires := h.part.Driver.(driver.Retirer); {
	case retires:
	case err == nil && a.record != nil && a.value != h.value:
		// The old place did not tell whether it ended at the last moment; the mark does.
		if _, ended := a.record.Reload(ctx); errors.Is(ended, driver.ErrEnded) {
			err = driver.ErrEnded
		}
	case h.gone && errors.Is(err, driver.ErrEnded):
		err = nil // by the first attempt, as far as anyone can tell: what is in a cookie cannot be ended
	}
	switch {
	case err == nil:
		dst, saved, err = d.wrapSaved(dst, d.arrived(ctx, saved, w), unsure)
		if now, ok := saved.(*handle); ok && string(dst[start:]) == a.value {
			now.value = a.value // a sign-out leaves a mark there, which a save that is late meets
		}
		return dst, saved, err
	case told(err):
		d.takeBack(ctx, a, saved, w, err)
		return dst[:start], nil, err
	case saved == nil: // the old record may have ended, so the visitor gets what was saved
		return dst[:start], nil, h.unsettled(string(dst[start:]), err)
	case w.Move != "": // it counts there once it has departed: the next save moves it again
		h.to.record, h.to.move = saved, w.Move
		return dst[:start], nil, err
	}
	return dst, &handle{Record: saved, d: d, part: &d.to, loaded: time.Now(), behind: h}, err
}

// word returns what a session that gets another ID when it moves leaves to read for requests that
// are on their way. Between two places that both keep records, only one whose cookie names two IDs
// gets another: of a user's nothing is left, because a sign-out everywhere would not reach it.
func (d *Driver) word(w driver.Write, h *handle) []byte {
	if w.Owner != "" && d.departs(*h.part) {
		return []byte("{}")
	}
	return w.Payload
}

// moveAndRenew moves a session as it is, and then renews its ID: a renewal of unknown outcome is
// then the new driver's alone, which has an answer to it.
func (d *Driver) moveAndRenew(ctx context.Context, dst []byte, w driver.Write, h *handle) ([]byte, driver.Record, error) {
	as := w
	payload := w.From.Payload
	if w.From.Codec != nil {
		var err error
		if payload, _, err = rawjson.Translate(payload, w.From.Codec, d.to.Codec, math.MaxInt); err != nil {
			return dst, nil, err
		}
	}
	as.Payload, as.Life, as.Leave, as.Stay = []byte(payload), driver.Keep, nil, true
	_, saved, err := d.move(ctx, nil, as, h)
	if err != nil {
		return dst, nil, err
	}
	moved, ok := saved.(*handle)
	if !ok {
		return dst, nil, driver.ErrConflict // the driver keeps it in the cookie all the same
	}
	moved.value = h.value
	w.From = driver.Snapshot{Payload: payload, SavedAt: w.At, Record: moved.Record}
	return d.saveArrived(ctx, dst, w, moved)
}

// arrived makes a session live that has arrived. If that fails, the next save does it.
func (d *Driver) arrived(ctx context.Context, saved driver.Record, w driver.Write) driver.Record {
	if saved == nil || w.Move == "" {
		return saved
	}
	w.From, w.Move, w.Stay = driver.Snapshot{Record: saved}, "", true
	if _, live, err := d.to.Save(ctx, nil, w); err == nil && live != nil {
		return live
	}
	return saved
}

// told reports whether an error of Retire says that the old record was not changed.
func told(err error) bool {
	return errors.Is(err, driver.ErrConflict) || errors.Is(err, driver.ErrEnded) || errors.Is(err, driver.ErrTooLarge) || errors.Is(err, driver.ErrBadPayload)
}

// takeBack removes what was saved of a session that could not move after all. What cannot be
// removed either expires.
func (d *Driver) takeBack(ctx context.Context, a adoption, saved driver.Record, w driver.Write, why error) {
	if saved != nil && w.Move != "" && !errors.Is(why, driver.ErrEnded) {
		d.clear(ctx, w, driver.Snapshot{Record: saved}) // servers of both kinds then look in the old place
		return
	}
	if saved != nil {
		_ = d.to.Delete(ctx, driver.Snapshot{Record: saved})
	}
	if a.record == nil || saved != nil && saved.ID() == a.record.ID() {
		return
	}
	if word, err := d.to.Load(ctx, a.value); err == nil && word.Superseded {
		_ = d.to.Delete(ctx, driver.Snapshot{Record: word.Record}) // it would be met when this is tried again
	}
}

// wrapSaved is for a session whose cookie's value follows from what was saved.
func (d *Driver) wrapSaved(dst []byte, saved driver.Record, err error) ([]byte, driver.Record, error) {
	if saved != nil {
		saved = &handle{Record: saved, d: d, part: &d.to, loaded: time.Now()}
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
	if h.old || d.arriving(from) != "" || !ok {
		return fmt.Errorf("session: this session has to be saved: %w", errors.ErrUnsupported)
	}
	return endedOr(ctx, from, t.Touch(ctx, from, at, expires))
}

// endedOr returns [driver.ErrEnded] instead of a conflict with the mark of Delete. A session that
// has departed goes on elsewhere.
func endedOr(ctx context.Context, from driver.Snapshot, err error) error {
	if !errors.Is(err, driver.ErrConflict) || from.Record == nil {
		return err
	}
	if _, now := from.Record.Reload(ctx); errors.Is(now, driver.ErrEnded) && departed(now) == nil {
		return driver.ErrEnded
	}
	return err
}
