package record

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/wafer-go/wafer/store"
)

const (
	// maxGhosts is how many records a driver remembers to end. Others expire.
	maxGhosts = 64

	// ghostTime is how long the save of another session waits at most until one is ended.
	ghostTime = time.Second
)

// ghosts are records that the store may have created without telling, and whose IDs no visitor has.
// The record of a user would be listed as a device until it expires. So the driver ends it after
// the next save that the store answers. The record of an anonymous session lasts an hour in any
// case.
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

// next returns a record and forgets it: the first by ID, so that what happens does not depend on
// which of two requests gave up first.
func (g *ghosts) next() (id store.ID, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.ids) == 0 {
		return id, false
	}
	slices.SortFunc(g.ids, func(a, b store.ID) int { return bytes.Compare(a[:], b[:]) })
	id, g.ids = g.ids[0], g.ids[1:]
	return id, true
}

// create saves a session under an ID that no visitor has yet.
func (d *stored) create(ctx context.Context, to *handle, r store.Record) (*handle, error) {
	saved, err := d.put(ctx, to, r)
	if unknown(err) && r.Owner != "" {
		d.ghosts.add(to.id)
	}
	return saved, err
}

// undo removes the record of an ID that no visitor has.
func (d *stored) undo(ctx context.Context, to *handle, owner string) {
	if err := d.remove(ctx, to.id); unknown(err) && owner != "" {
		d.ghosts.add(to.id)
	}
}

// endGhost ends a record that no visitor has, if there is one. The mark that it leaves keeps a save
// that is still under way from creating the record later.
func (d *stored) endGhost(ctx context.Context) {
	id, ok := d.ghosts.next()
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ghostTime)
	defer cancel()
	err := d.end(ctx, &handle{d: d, id: id, missing: true}, d.now())
	if unknown(err) {
		d.ghosts.add(id)
	}
}
