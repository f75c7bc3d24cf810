// Package moving reads sessions that one driver left and saves them with another, so that a program
// can change its backend, or its cookie's name, without signing anyone out.
package moving

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// Backend is the backend of session.Migrate.
func Backend(to driver.Backend, from ...driver.Backend) driver.Backend { return &backend{to, from} }

type backend struct {
	to   driver.Backend
	from []driver.Backend
}

// Open opens all of the backends.
func (b *backend) Open(c driver.Config) (driver.Driver, error) {
	if b.to == nil {
		return nil, errors.New("session: Migrate needs a backend to migrate to")
	}
	to, err := b.to.Open(c)
	if err != nil {
		return nil, err
	}
	d := New(c, to)
	for i, previous := range b.from {
		if previous == nil {
			return nil, fmt.Errorf("session: Migrate: the previous backend %d is nil", i+1)
		}
		old, err := previous.Open(c)
		if err != nil {
			return nil, fmt.Errorf("session: Migrate: the previous backend %d: %w", i+1, err)
		}
		d.Add(old, fmt.Sprintf("previous backend %d", i+1))
	}
	return d, nil
}

// A Driver is the one that sessions move to, and reads those of others too.
type Driver struct {
	to   part
	old  []part
	room int // bytes that the cookie's value may have

	timeout time.Duration // of one answer of a store; not positive means no limit
}

// part is one of the drivers.
type part struct {
	driver.Driver
	driver.Info
	label string // for logs
}

// New returns a driver that saves with to.
func New(c driver.Config, to driver.Driver) *Driver {
	return &Driver{to: part{Driver: to, Info: to.Info()}, room: c.Room(), timeout: c.Timeout}
}

// Add has the driver read what old left.
func (d *Driver) Add(old driver.Driver, label string) {
	d.old = append(d.old, part{old, old.Info(), label})
}

var (
	_ driver.Driver  = (*Driver)(nil)
	_ driver.Toucher = (*Driver)(nil)
	_ driver.Adopter = (*Driver)(nil)
	_ driver.Retirer = (*Driver)(nil)
	_ driver.Owners  = (*Driver)(nil)
	_ driver.Lister  = (*Driver)(nil)
)

// Info is that of the driver that sessions move to. The first cookie counts only if no cookie's
// value can be an ID.
func (d *Driver) Info() driver.Info {
	info := d.to.Info
	names := make([]string, len(d.old))
	for i, old := range d.old {
		names[i] = old.Name
		if info.Store == nil {
			info.Store = old.Store
		}
	}
	info.FirstCookie = info.FirstCookie && info.Store == nil
	info.Name = fmt.Sprintf("%s, migrating from %s", info.Name, strings.Join(names, ", "))
	return info
}

// Load returns the reason of the driver that sessions move to if all refuse the cookie: it is the
// one that will be there tomorrow.
func (d *Driver) Load(ctx context.Context, value string) (driver.Snapshot, error) {
	found, reason := d.to.Load(ctx, value)
	switch {
	case reason == nil && d.arriving(found) == "":
		return d.wrap(found, &d.to, value), nil
	case reason == nil:
		return d.follow(ctx, value, found, nil)
	case departed(reason) != nil:
		return d.follow(ctx, value, driver.Snapshot{}, departed(reason))
	case !errors.Is(reason, driver.ErrRefused), errors.Is(reason, driver.ErrEnded):
		return driver.Snapshot{}, reason
	}
	asked := false
	for i := range d.old {
		found, err := d.loadOld(ctx, i, value)
		if err == nil && d.arriving(found) != "" {
			return d.follow(ctx, value, driver.Snapshot{}, nil)
		}
		if err == nil || !errors.Is(err, driver.ErrRefused) || errors.Is(err, driver.ErrBadPayload) {
			return found, err
		}
		asked = asked || d.old[i].Store != nil && !errors.Is(err, driver.ErrMalformed)
	}
	if a := d.adopted(value); a.record != nil && asked {
		// Between the two questions another request may have moved it.
		switch found, err := d.to.Load(ctx, a.value); {
		case err == nil && d.arriving(found) != "":
			return d.follow(ctx, value, found, nil)
		case !errors.Is(err, driver.ErrRefused):
			return d.wrap(found, &d.to, value), err
		}
	}
	return driver.Snapshot{}, reason
}

// LoadFormer reads the session that one of the others left under value, which came in a cookie of
// its own. If it has moved a moment ago, the request was sent before the browser knew.
func (d *Driver) LoadFormer(ctx context.Context, i int, value string) (driver.Snapshot, error) {
	found, err := d.loadOld(ctx, i, value)
	if errors.Is(err, driver.ErrEnded) {
		switch found, err := d.to.Load(ctx, value); {
		case err == nil && d.arriving(found) != "":
			return d.follow(ctx, value, found, nil)
		case err == nil:
			return d.wrap(found, &d.to, value), nil
		}
	}
	return found, err
}

// loadMark loads the mark of a session whose value cannot name the record that it moves to.
func (d *Driver) loadMark(ctx context.Context, value string) (driver.Snapshot, error) {
	a := d.adopted(value)
	if a.record == nil || a.value == value {
		return driver.Snapshot{}, driver.ErrUnknown
	}
	found, err := d.to.Load(ctx, a.value)
	if err != nil {
		return driver.Snapshot{}, err
	}
	return d.wrap(found, &d.to, value), nil
}

// loadOld reads the session that one of the others left under value.
func (d *Driver) loadOld(ctx context.Context, i int, value string) (driver.Snapshot, error) {
	found, err := d.old[i].Load(ctx, value)
	if err != nil {
		return driver.Snapshot{}, err
	}
	return d.wrap(found, &d.old[i], value), nil
}

// wrap makes what one of the drivers found this driver's.
func (d *Driver) wrap(found driver.Snapshot, p *part, value string) driver.Snapshot {
	old := p != &d.to
	if old && !found.Accepted {
		found.Accepted, found.By = true, p.label
	}
	if found.Codec == nil && p.Codec.Name() != d.to.Codec.Name() {
		found.Codec = p.Codec
	}
	if found.Record != nil {
		found.Record = &handle{Record: found.Record, d: d, part: p, old: old, value: value, loaded: time.Now()}
	}
	return found
}

// unwrap returns a snapshot as the driver knows it that it came from.
func unwrap(s driver.Snapshot) (driver.Snapshot, *handle) {
	h, _ := s.Record.(*handle)
	if h != nil {
		s.Record = h.Record
	}
	return s, h
}

// adoption is the destination of a session that has a certain value as its cookie elsewhere.
type adoption struct {
	record driver.Record // nil if the driver that sessions move to adopts nothing
	value  string        // that names the record: the session's own, or one that is made of it
	move   string        // of which the old place may have said that the session has made it
}

// adopted returns the destination of a session that has value as its cookie elsewhere. If value
// itself cannot name a record there, one that is hashed from it does, at which only marks are left:
// that the session has moved on, or has ended. A later move meets them.
func (d *Driver) adopted(value string) adoption {
	a, ok := d.to.Driver.(driver.Adopter)
	if !ok || value == "" {
		return adoption{}
	}
	if record, ok := a.Adopt(value); ok {
		return adoption{record: record, value: value}
	}
	hash := sha256.Sum256([]byte("wafer.session moved:" + value))
	mark := base64.RawURLEncoding.EncodeToString(hash[:])
	if record, ok := a.Adopt(mark); ok {
		return adoption{record: record, value: mark}
	}
	return adoption{}
}

// sameRecords reports whether two drivers name the same records in the same store.
func sameRecords(a, b *part) bool {
	return sameStore(a.Store, b.Store) && a.Codec.Name() == b.Codec.Name()
}

// keepsOthers reports whether sessions move from records in a place.
func (d *Driver) keepsOthers(p part) bool { return p.Store != nil && !sameRecords(&d.to, &p) }

// sameStore compares stores, whose values may be such that cannot be compared.
func sameStore(a, b any) bool {
	return a != nil && b != nil && reflect.ValueOf(a).Comparable() && reflect.ValueOf(b).Comparable() && a == b
}

// Adopt names the record that value would have where sessions move to.
func (d *Driver) Adopt(value string) (driver.Record, bool) {
	a := d.adopted(value)
	if a.record == nil || a.value != value {
		return nil, false
	}
	return &handle{Record: a.record, d: d, part: &d.to, value: value, loaded: time.Now()}, true
}

// Retire leaves word of a session that has moved on from here.
func (d *Driver) Retire(ctx context.Context, w driver.Write) error {
	from, h := unwrap(w.From)
	if h == nil {
		return nil
	}
	if h.behind != nil {
		if err := d.deleteCopies(ctx, h, h.Record); err != nil {
			return err
		}
	}
	w.From = from
	return d.retire(ctx, h.part, w)
}

// retire ends the session in w.From, which p knows, and leaves w.Leave for those on their way.
func (d *Driver) retire(ctx context.Context, p *part, w driver.Write) error {
	r, ok := p.Driver.(driver.Retirer)
	if !ok {
		// Delete does not tell a session that is there from one that has ended.
		if now, err := w.From.Record.Reload(ctx); errors.Is(err, driver.ErrRefused) || err == nil && now.Superseded {
			return driver.ErrEnded
		} else if err != nil {
			return err
		}
		return p.Delete(ctx, w.From)
	}
	if w.Leave != nil {
		text, _, err := rawjson.Translate(string(w.Leave), d.to.Codec, p.Codec, math.MaxInt)
		if err != nil {
			return err
		}
		w.Leave = []byte(text)
	}
	return endedOr(ctx, w.From, r.Retire(ctx, w))
}

// Delete ends the session everywhere: a driver that still had a copy would give it back.
func (d *Driver) Delete(ctx context.Context, from driver.Snapshot) error {
	from, h := unwrap(from)
	switch {
	case h == nil:
		return d.to.Delete(ctx, from)
	case h.behind != nil:
		first := *h
		first.behind = nil
		return errors.Join(d.Delete(ctx, driver.Snapshot{Record: &first}), d.Delete(ctx, driver.Snapshot{Record: h.behind}))
	case !h.old:
		if record, ok := d.Adopt(h.value); ok && slices.ContainsFunc(d.old, d.keepsOthers) {
			// The session must not move here again: by a server that prefers another place, or by a
			// slower request that has read it there.
			from = driver.Snapshot{Record: record.(*handle).Record}
		}
		return errors.Join(h.part.Delete(ctx, from), d.deleteCopies(ctx, h, from.Record))
	}
	if a := d.adopted(h.value); a.record != nil && !sameRecords(&d.to, h.part) {
		// A request that has read it in the old place meets this mark when it moves it.
		if err := d.to.Delete(ctx, driver.Snapshot{Record: a.record}); err != nil {
			return err
		}
	}
	return h.part.Delete(ctx, from)
}

// deleteCopies deletes what others still have of a session that has arrived, as when a tool copied
// it.
func (d *Driver) deleteCopies(ctx context.Context, h *handle, arrived driver.Record) error {
	if old := h.behind; old != nil {
		switch now, err := old.look(ctx); {
		case errors.Is(err, driver.ErrRefused), err == nil && now.Superseded: // word for requests on their way
		case err != nil:
			return err
		default:
			if err := old.part.Delete(ctx, driver.Snapshot{Record: old.Record}); err != nil {
				return err
			}
		}
	}
	if h.value == "" {
		return nil
	}
	for i := range d.old {
		old := &d.old[i]
		if !d.keepsOthers(*old) {
			continue
		}
		found, err := old.Load(ctx, h.value)
		switch {
		case errors.Is(err, driver.ErrRefused):
			continue
		case err != nil:
			return err
		case found.Record == nil, sameStore(d.to.Store, old.Store) && arrived != nil && found.Record.ID() == arrived.ID():
			continue
		}
		if err := old.Delete(ctx, found); err != nil {
			return err
		}
	}
	return nil
}

// parts are all drivers, the one that sessions move to last: what moves while they are asked is
// found.
func (d *Driver) parts() []*part {
	var all []*part
	for i := range d.old {
		all = append(all, &d.old[i])
	}
	return slices.Concat(all, []*part{&d.to})
}
