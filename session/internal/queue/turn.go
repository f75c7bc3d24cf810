package queue

import (
	"crypto/rand"
	"time"
)

// A Turn is the place of one saver in the queue. The zero Turn is not in it.
type Turn[T any] struct {
	asked time.Time // when it began to wait, by the machine's clock
	began time.Time // when its turn began
	in    *Queues[T]
	id    string
	queue *queue[T]
	left  *T  // by the one before
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
		t.left, t.queue.left = t.queue.left, nil
	}
	return ok
}

// Left returns once what the one before has left, if it did.
func (t *Turn[T]) Left() (left T, ok bool) {
	if t.left == nil {
		return left, false
	}
	left, t.left = *t.left, nil
	return left, true
}

// quick is how long a turn takes in a store from which the next one loads as fast as it is told.
const quick = 100 * time.Microsecond

// Wants reports whether what this one has saved is of use for the next: someone waits, to load it
// would take longer, and no other server saves the session too, as far as this turn has shown.
func (t *Turn[T]) Wants() bool {
	return t.queue != nil && t.met == 0 && time.Since(t.began) >= quick && t.in.awaited(t.queue)
}

// Leave leaves something to the next one, during this turn.
func (t *Turn[T]) Leave(left T) { t.queue.left = &left }

// End lets the next one have its turn.
func (t *Turn[T]) End() {
	if t.queue != nil {
		t.in.leave(t.id, t.queue)
	}
}

// jitter is a random part of d, so that those who met do not meet again.
func jitter(d time.Duration) time.Duration {
	var random [1]byte
	_, _ = rand.Read(random[:])
	return d * time.Duration(random[0]) / 256
}
