package queue

import (
	"crypto/rand"
	"time"
)

// A Turn is the place of one saver in the queue, which begins when another one was first. The zero
// Turn has not met another one.
type Turn struct {
	Conflicts int // how many times another one was first

	began time.Time // when it was first, by the machine's clock
	leave func()
}

// Wait waits, after a conflict, until no other save of the session of id is under way in this
// process or, if it is this one's turn already, and another server was first, a moment. It reports
// false if that took longer than a positive timeout.
func (q *Queues) Wait(t *Turn, id string, timeout time.Duration) (ok bool) {
	switch {
	case t.leave == nil:
		t.began = time.Now()
		t.leave, ok = q.Enter(id, timeout)
	case timeout <= 0 || time.Since(t.began) <= timeout:
		time.Sleep(jitter(time.Millisecond << min(t.Conflicts, 5)))
		ok = true
	}
	if ok {
		t.Conflicts++
	}
	return ok
}

// End lets the next one have its turn.
func (t *Turn) End() {
	if t.leave != nil {
		t.leave()
	}
}

// jitter is a random part of d, so that those who met do not meet again.
func jitter(d time.Duration) time.Duration {
	var random [1]byte
	_, _ = rand.Read(random[:])
	return d * time.Duration(random[0]) / 256
}
