package queue

import (
	"crypto/rand"
	"runtime"
	"time"
)

// A Turn is the place of one saver in the queue. The zero Turn is not in it.
type Turn[T any] struct {
	asked time.Time // when it began to wait, by the machine's clock
	began time.Time // when its turn began
	in    *Queues[T]
	id    string
	queue *queue[T]
	taken *T  // what the one before passed on
	met   int // how many times another server was first in this turn
}

// Wait waits until it is this one's turn to save the session of id in this process. If it is
// already, and another server was first, it waits a moment. It reports false if that took longer
// than a positive timeout.
func (q *Queues[T]) Wait(t *Turn[T], id string, timeout time.Duration) (ok bool) {
	if t.queue != nil {
		t.met++
		if timeout > 0 && time.Since(t.asked) > timeout {
			return false
		}
		time.Sleep(jitter(time.Millisecond << min(t.met, 5)))
		return true
	}
	t.asked = time.Now()
	if t.queue, ok = q.enter(id, timeout); ok {
		t.in, t.id, t.began = q, id, time.Now()
		t.taken, t.queue.passed = t.queue.passed, nil
	}
	return ok
}

// Passed returns what the one before passed on, if it did, and not a second time.
func (t *Turn[T]) Passed() (passed T, ok bool) {
	if t.taken == nil {
		return passed, false
	}
	passed, t.taken = *t.taken, nil
	return passed, true
}

// quick is how long a turn lasts in a store that answers as fast as another goroutine does.
const quick = 100 * time.Microsecond

// Passes reports whether the next one is to go on from what this one has saved: someone waits, to
// ask the store would last longer, and no other server was first in this turn.
func (t *Turn[T]) Passes() bool {
	return t.queue != nil && t.met == 0 && time.Since(t.began) >= quick && t.in.awaited(t.queue)
}

// Pass passes something on to the next one, during this turn.
func (t *Turn[T]) Pass(on T) { t.queue.passed = &on }

// End lets the next one have its turn. If something was passed on to it, it begins at once, because
// the whole queue waits for it: the rest of this one's work comes after that.
func (t *Turn[T]) End() {
	if t.queue == nil {
		return
	}
	passed := t.queue.passed != nil
	t.in.leave(t.id, t.queue)
	if passed {
		runtime.Gosched()
	}
}

// jitter is a random part of d, so that those who met do not meet again.
func jitter(d time.Duration) time.Duration {
	var random [1]byte
	_, _ = rand.Read(random[:])
	return d * time.Duration(random[0]) / 256
}
