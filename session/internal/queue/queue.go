// Package queue has those wait for each other who save the same session, in the order in which they
// come.
package queue

import (
	"sync"
	"time"
)

// Queues has one queue for each session ID. A queue is there only while someone is in it.
type Queues struct {
	mu   sync.Mutex
	byID map[string]*queue
}

type queue struct {
	turn chan struct{} // holds one token: those who wait for it are served in order
	in   int           // how many are in the queue
}

// Enter waits for its turn in the queue of id, which lasts until leave is called. It reports false
// if it waited for a positive timeout in vain.
func (q *Queues) Enter(id string, timeout time.Duration) (leave func(), ok bool) {
	one := q.join(id)
	var tooLong <-chan time.Time
	if timeout > 0 {
		timer := time.NewTimer(timeout)
		defer timer.Stop()
		tooLong = timer.C
	}
	select {
	case one.turn <- struct{}{}:
		return func() {
			<-one.turn
			q.left(id, one)
		}, true
	case <-tooLong:
		q.left(id, one)
		return nil, false
	}
}

func (q *Queues) join(id string) *queue {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.byID == nil {
		q.byID = make(map[string]*queue)
	}
	one := q.byID[id]
	if one == nil {
		one = &queue{turn: make(chan struct{}, 1)}
		q.byID[id] = one
	}
	one.in++
	return one
}

func (q *Queues) left(id string, one *queue) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if one.in--; one.in == 0 {
		delete(q.byID, id)
	}
}
