// Package queue has those wait for each other who save the same session, in the order in which they
// come, and lets each pass on what it saved to the next.
package queue

import (
	"sync"
	"time"
)

// Queues has one queue for each session ID. A queue is there only while someone is in it. T is what
// one passes on to the next.
type Queues[T any] struct {
	mu   sync.Mutex
	byID map[string]*queue[T]
	bare bool // the last one, of any session, passed nothing on, and someone waited
}

type queue[T any] struct {
	turn   chan struct{} // holds one token: those who wait for it are served in order
	passed *T            // on by the last one, or nil; of the one whose turn it is
	in     int           // how many are in the queue
	bare   bool          // as in Queues, of this session
}

// Pays reports whether one who is about to save the session of id does better to wait for its turn
// first: others do, and pass something on to each other. It asks for the ID, which costs something,
// only if a session is being saved.
func (q *Queues[T]) Pays(id func() string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.byID) == 0 {
		return false
	}
	one := q.byID[id()]
	return one != nil && !one.bare
}

// enter waits for its turn in the queue of id, which lasts until leave is called. It reports false
// if it waited for a positive timeout in vain.
func (q *Queues[T]) enter(id string, timeout time.Duration) (one *queue[T], ok bool) {
	one = q.join(id)
	var tooLong <-chan time.Time
	if timeout > 0 {
		timer := time.NewTimer(timeout)
		defer timer.Stop()
		tooLong = timer.C
	}
	select {
	case one.turn <- struct{}{}:
		return one, true
	case <-tooLong:
		q.left(id, one)
		return nil, false
	}
}

// leave ends a turn.
func (q *Queues[T]) leave(id string, one *queue[T]) {
	q.mu.Lock()
	if one.in > 1 {
		one.bare = one.passed == nil
		q.bare = one.bare
	}
	q.mu.Unlock()
	<-one.turn
	q.left(id, one)
}

func (q *Queues[T]) join(id string) *queue[T] {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.byID == nil {
		q.byID = make(map[string]*queue[T])
	}
	one := q.byID[id]
	if one == nil {
		one = &queue[T]{turn: make(chan struct{}, 1), bare: q.bare}
		q.byID[id] = one
	}
	one.in++
	return one
}

func (q *Queues[T]) left(id string, one *queue[T]) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if one.in--; one.in == 0 {
		delete(q.byID, id)
	}
}

// awaited reports whether anyone waits for the end of a turn.
func (q *Queues[T]) awaited(one *queue[T]) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return one.in > 1
}
