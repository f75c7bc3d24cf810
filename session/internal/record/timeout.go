package record

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// A timeout is the context of a call to a store: it ends in its own time, and not with the request.
// The timer that a context of package context begins with costs more than a store in memory does,
// which never waits. This one begins when someone asks for Done.
type timeout struct {
	request  context.Context // without its end
	deadline time.Time

	mu     sync.Mutex
	timer  context.Context // nil until someone waits
	cancel context.CancelFunc
	err    error // why it ended before anyone waited
}

func newTimeout(request context.Context, d time.Duration) *timeout {
	return &timeout{request: context.WithoutCancel(request), deadline: time.Now().Add(d)}
}

// end is called when the call has returned.
func (t *timeout) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.timer != nil:
		t.cancel()
	case t.err == nil:
		t.err = context.Canceled
	}
}

// String is for those who print a context, which must not read what changes.
func (t *timeout) String() string { return fmt.Sprintf("%v until %v", t.request, t.deadline) }

func (t *timeout) Deadline() (time.Time, bool) { return t.deadline, true }

func (t *timeout) Done() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.timer == nil {
		t.timer, t.cancel = context.WithDeadline(t.request, t.deadline)
		if t.err != nil {
			t.cancel()
		}
	}
	return t.timer.Done()
}

func (t *timeout) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.err != nil:
	case t.timer != nil:
		return t.timer.Err()
	case !time.Now().Before(t.deadline):
		t.err = context.DeadlineExceeded
	}
	return t.err
}

// Value is the timer's if there is one: from that, package context knows that what is derived from
// this context needs no goroutine which waits for its end.
func (t *timeout) Value(key any) any {
	t.mu.Lock()
	of := t.request
	if t.timer != nil {
		of = t.timer
	}
	t.mu.Unlock()
	return of.Value(key)
}
