package record

import (
	"context"
	"sync"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
)

const (
	// maxGhosts is how many records a driver remembers to end. Others expire.
	maxGhosts = 64

	// ghostTime is how long the save of another session waits at most until they are ended.
	ghostTime = time.Second
)

// ghosts are records that the store may have created without telling, and whose IDs no visitor has.
// The record of a user would be listed as a device until it expires. So the driver ends it after
// the next save that the store answers. That of an anonymous session is in no list, and expires.
type ghosts struct {
	mu  sync.Mutex
	ids []store.ID
}

// add remembers a record.
func (g *ghosts) add(id store.ID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.ids) < maxGhosts {
		g.ids = append(g.ids, id)
	}
}

// next returns the oldest and forgets it.
func (g *ghosts) next() (id store.ID, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.ids) == 0 {
		return id, false
	}
	id, g.ids = g.ids[0], g.ids[1:]
	return id, true
}

// create saves a session under an ID that no visitor has yet, which newHandle makes. If the store
// does not tell whether it did, another ID is tried: the store may still create the first record
// when the session under its ID has ended.
func (d *stored) create(ctx context.Context, newHandle func() *handle, r store.Record) (to *handle, err error) {
	r.Expires = d.until(ctx, r.Expires)
	try := func(ctx context.Context) (bool, error) {
		to = newHandle()
		r.Nonce = nonce()
		var err error
		if to.version, err = d.store.Save(ctx, to.id, r); !unknown(err) {
			return true, err
		}
		if r.Owner != "" {
			d.ghosts.add(to.id)
		}
		return false, err
	}
	settled, err := try(ctx)
	if !settled {
		err = d.again(ctx, err, try)
	}
	if err != nil {
		return nil, err
	}
	to.missing, to.move = false, driver.RecordMove(r.Data)
	return to, nil
}

// undo removes the record of an ID that no visitor has.
func (d *stored) undo(ctx context.Context, to *handle, owner string) {
	if err := d.remove(ctx, to.id); unknown(err) && owner != "" {
		d.ghosts.add(to.id)
	}
}

// endGhosts ends the records that no visitor has. The marks that it leaves keep saves that are
// still under way from creating those records later.
func (d *stored) endGhosts(ctx context.Context) {
	id, ok := d.ghosts.next()
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ghostTime)
	defer cancel()
	for ok {
		if err := d.end(ctx, &handle{d: d, id: id, missing: true}, d.now()); unknown(err) {
			d.ghosts.add(id)
			return
		}
		id, ok = d.ghosts.next()
	}
}
