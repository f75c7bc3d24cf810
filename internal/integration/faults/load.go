package faults

import (
	"context"
	"crypto/rand"
	"errors"
	random "math/rand/v2"
	"sync"
	"time"

	"github.com/wafer-go/wafer/store"
)

const (
	workers = 8
	each    = 4 // records of each worker

	// patience is how long an operation may last.
	patience = time.Second

	// rest is how long a worker rests after each step.
	rest = 15 * time.Millisecond
)

// A load is workers that use a store until they are stopped.
type load struct {
	ledger

	st      store.Store
	stop    context.CancelFunc
	group   sync.WaitGroup
	workers [workers]worker
}

type worker struct {
	*load
	live []*record
	gone []*record // that were deleted, and have to stay so
}

// begin starts a load.
func begin(st store.Store) *load {
	ctx, stop := context.WithCancel(context.Background())
	l := &load{st: st, stop: stop}
	for i := range l.workers {
		w := &l.workers[i]
		w.load = l
		l.group.Go(func() {
			for ctx.Err() == nil {
				w.step()
				time.Sleep(rest)
			}
		})
	}
	return l
}

// end stops the load and looks at every record once more.
func (l *load) end() {
	l.stop()
	l.group.Wait()
	for i := range l.workers {
		w := &l.workers[i]
		for _, r := range w.live {
			if !r.ending {
				w.read(r)
			}
		}
		for _, r := range w.gone {
			w.look(r)
		}
	}
}

func bounded() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), patience)
}

func (w *worker) step() {
	chance := random.IntN(20)
	if len(w.live) < each {
		w.create()
		return
	}
	if chance < 3 && len(w.gone) > 0 {
		w.look(w.gone[random.IntN(len(w.gone))])
		return
	}
	i := random.IntN(len(w.live))
	r := w.live[i]
	if !r.ending && !w.read(r) {
		w.drop(i)
		return
	}
	if r.version == 0 {
		return // it could not be loaded
	}
	if r.ending || chance == 3 {
		w.remove(i)
		return
	}
	w.change(r)
}

func (w *worker) drop(i int) {
	w.live[i] = w.live[len(w.live)-1]
	w.live = w.live[:len(w.live)-1]
}

// create makes a record. If it is not known to be there, its id is not used.
func (w *worker) create() {
	r := &record{kept: 1, tried: 1}
	_, _ = rand.Read(r.id[:]) // never fails
	ctx, cancel := bounded()
	defer cancel()
	if _, err := w.st.Save(ctx, r.id, r.content(1)); err != nil {
		if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
			w.isWrong("a save of a new id: %w", err)
		}
		w.failure(err)
		return
	}
	w.save()
	w.live = append(w.live, r)
}

// read loads a record and judges it. It returns false if the record is lost.
func (w *worker) read(r *record) bool {
	ctx, cancel := bounded()
	defer cancel()
	r.version = 0
	got, err := w.st.Load(ctx, r.id)
	switch {
	case err == nil:
		w.judge(r, got)
	case errors.Is(err, store.ErrNotFound):
		w.do(func() { w.lost += r.kept })
		return false
	default:
		w.failure(err)
	}
	return true
}

func (w *worker) change(r *record) {
	ctx, cancel := bounded()
	defer cancel()
	r.tried = r.kept + 1
	_, err := w.st.Save(ctx, r.id, r.content(r.tried))
	switch {
	case err == nil:
		r.kept = r.tried
		w.save()
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
		// One that failed has been carried out late, or the record is lost: the
		// next load tells.
	default:
		w.failure(err)
	}
}

// remove deletes a record. It does so again until it is acknowledged.
func (w *worker) remove(i int) {
	ctx, cancel := bounded()
	defer cancel()
	r := w.live[i]
	r.ending = true
	if err := w.st.Delete(ctx, r.id); err != nil {
		w.failure(err)
		return
	}
	w.do(func() { w.deleted++ })
	w.drop(i)
	w.gone = append(w.gone, r)
}

// look checks that a deleted record stays so, also if a worker saves it that had
// loaded it before.
func (w *worker) look(r *record) {
	ctx, cancel := bounded()
	defer cancel()
	if random.IntN(2) == 0 {
		_, err := w.st.Save(ctx, r.id, r.content(r.kept+1))
		w.stays(r, err)
		return
	}
	_, err := w.st.Load(ctx, r.id)
	w.stays(r, err)
}

func (w *worker) stays(r *record, err error) {
	switch {
	case err == nil, errors.Is(err, store.ErrConflict):
		w.do(func() { w.revived++ })
		// It is counted once, and deleted again.
		w.gone = without(w.gone, r)
		r.ending, r.version = true, max(r.version, 1)
		w.live = append(w.live, r)
	case !errors.Is(err, store.ErrNotFound):
		w.failure(err)
	}
}

func without(from []*record, r *record) []*record {
	var rest []*record
	for _, other := range from {
		if other != r {
			rest = append(rest, other)
		}
	}
	return rest
}
