// Package copying copies the sessions of one store to another while a program uses both, under
// session.Migrate(session.Stored(to), session.Stored(from)).
//
// Such a program looks for a record in to first, writes there, and ends a record in from that it
// has moved itself. The copier must not interfere:
//
//   - It creates records and never overwrites a session.
//   - If the program is moving a session, or has begun to, it moves that as the program does.
//   - It loads the original again right after the copy, and once more when the copy has settled:
//     when every request that had not seen the copy is over. An original that is gone was signed
//     out, so its copy is deleted. An original that changed replaces the copy, unless the program
//     has changed the copy.
//   - Until it has settled, a copy expires soon, so that a killed run leaves no unverified copy.
package copying

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/wafer-go/wafer/store"
)

const (
	// unsettled is how long a copy lives that has not settled, beyond the time until it settles.
	unsettled = 2 * time.Minute

	// maxFailures is how many records may fail in a row before the run ends, because one of the
	// stores seems to be unreachable.
	maxFailures = 20

	// maxPending is how many copies each worker has settling at most.
	maxPending = 1 << 13
)

// ErrGivenUp: so many records failed in a row that the run ended.
var ErrGivenUp = fmt.Errorf("%d records failed in a row, and the others were not copied", maxFailures)

// A Source is a store to copy from.
type Source interface {
	store.Store
	store.Lister
}

// Options say how to copy.
type Options struct {
	// Workers is how many records are copied at once, at least 1.
	Workers int

	// Settle is the time after which a copy is compared again. It should be longer than the
	// program's requests.
	Settle time.Duration

	// Timeout limits each call of a store. Zero means no limit.
	Timeout time.Duration

	// DryRun changes nothing, and counts what would be copied.
	DryRun bool

	// Listed receives each record that was listed, and Failed each that failed. They are called by
	// one goroutine at a time, and may be nil.
	Listed func(store.ID)
	Failed func(store.ID, error)
}

// Counts is what became of the records that were listed. Their sum is Listed.
type Counts struct {
	Listed  int
	Copied  int
	There   int // in the other store already
	Ended   int // sessions that have ended or expired, and were not copied
	Gone    int // signed out while they were copied, and not there either
	Failed  int
	Waiting int // listed, and left for a later run because this one was stopped
}

// outcome is what became of one record.
type outcome int

const (
	waiting outcome = iota
	copied
	there
	ended
	gone
	failed
	settling // not known yet
)

// Run copies all records. It returns the counts also with an error, which wraps ErrGivenUp, the
// context's if it was stopped, or the engine's if the records could not be listed. When the context
// is done, Run finishes the records that it has begun.
func Run(ctx context.Context, from Source, to store.Store, o Options) (Counts, error) {
	c := &copier{from: from, to: to, o: o}
	ctx, c.giveUp = context.WithCancelCause(ctx)
	defer c.giveUp(nil)
	ids := make(chan store.ID)
	var workers sync.WaitGroup
	for range max(1, o.Workers) {
		workers.Go(func() { c.work(ctx, ids) })
	}
	err := c.list(ctx, ids)
	close(ids)
	workers.Wait()
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return c.counts, err
}

// A copier is one run.
type copier struct {
	from   Source
	to     store.Store
	o      Options
	giveUp context.CancelCauseFunc

	mu       sync.Mutex
	counts   Counts
	failures int // in a row
}

func (c *copier) list(ctx context.Context, ids chan<- store.ID) error {
	for e, err := range c.from.All(ctx) {
		if err != nil {
			return fmt.Errorf("the records could not be listed to the end: %w", err)
		}
		c.listed(e.ID)
		select {
		case ids <- e.ID:
		case <-ctx.Done():
			c.done(e.ID, waiting, nil)
			return nil
		}
	}
	return nil
}

func (c *copier) listed(id store.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.Listed++
	if c.o.Listed != nil {
		c.o.Listed(id)
	}
}

// done counts a record.
func (c *copier) done(id store.ID, what outcome, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		what = failed
	}
	n := &c.counts
	*map[outcome]*int{copied: &n.Copied, there: &n.There, ended: &n.Ended, gone: &n.Gone, waiting: &n.Waiting, failed: &n.Failed}[what]++
	if what != failed {
		c.failures = 0
		return
	}
	if c.o.Failed != nil {
		c.o.Failed(id, err)
	}
	if c.failures++; c.failures == maxFailures {
		c.giveUp(ErrGivenUp)
	}
}

// work copies records until there are no more, and compares each again when it has settled: at once
// if there are no more and the context is done.
func (c *copier) work(ctx context.Context, ids <-chan store.ID) {
	var pending []*pendingCopy // in the order in which they are due
	add := func(p *pendingCopy) {
		if p != nil {
			pending = append(pending, p)
		}
	}
	for ids != nil || len(pending) > 0 {
		in, stopped := ids, (<-chan struct{})(nil)
		if len(pending) == maxPending {
			in = nil
		}
		if ids == nil {
			stopped = ctx.Done()
		}
		var due <-chan time.Time
		if len(pending) > 0 {
			due = time.After(time.Until(pending[0].due))
		}
		select {
		case id, ok := <-in:
			if !ok {
				ids = nil
				continue
			}
			add(c.begin(ctx, &pendingCopy{id: id}))
			continue
		case <-due:
		case <-stopped:
		}
		p := pending[0]
		pending = pending[1:]
		add(c.finish(ctx, p))
	}
}
