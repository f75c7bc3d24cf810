package session

import (
	"crypto/rand"
	"fmt"
	"sync"
	"time"
)

// queues has one queue for each session whose saves meet each other in this process. A queue is
// there only while someone is in it.
type queues struct {
	mu   sync.Mutex
	byID map[string]*queue
}

type queue struct {
	turn chan struct{} // holds one token: those who wait for it are served in order
	in   int           // how many are in the queue
}

// wait waits for a's turn among those that save the session again, or a moment, if it has its turn
// and met another server's save.
func (q *queues) wait(a *attempt, timeout time.Duration) error {
	if a.dequeue == nil {
		var err error
		a.dequeue, err = q.enter(a.from.Record.ID(), timeout)
		return err
	}
	if timeout > 0 && time.Since(a.began) > timeout {
		return conflict(timeout)
	}
	time.Sleep(jitter(time.Millisecond << min(a.conflicts, 5)))
	return nil
}

// enter waits until no other request of this process is saving the session again.
func (q *queues) enter(id string, timeout time.Duration) (leave func(), err error) {
	q.mu.Lock()
	if q.byID == nil {
		q.byID = make(map[string]*queue)
	}
	one := q.byID[id]
	if one == nil {
		one = &queue{turn: make(chan struct{}, 1)}
		q.byID[id] = one
	}
	one.in++
	q.mu.Unlock()
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
		}, nil
	case <-tooLong:
		q.left(id, one)
		return nil, conflict(timeout)
	}
}

func (q *queues) left(id string, one *queue) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if one.in--; one.in == 0 {
		delete(q.byID, id)
	}
}

func conflict(timeout time.Duration) error {
	return fmt.Errorf("%w: %w for %v", ErrUnavailable, ErrConflict, timeout)
}

// jitter is a random part of d, so that those who met do not meet again.
func jitter(d time.Duration) time.Duration {
	var random [1]byte
	_, _ = rand.Read(random[:])
	return d * time.Duration(random[0]) / 256
}
