package queue_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/session/internal/queue"
)

// Those who meet on one session have their turns in the order in which they come; others do not
// wait for them.
func TestQueues_WaitIsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q queue.Queues
		var first, other queue.Turn
		if !q.Wait(&first, "a", time.Second) || !q.Wait(&other, "b", time.Second) {
			t.Fatal("nobody is before them")
		}
		done := make(chan int, 3)
		for i := range 3 {
			go func() {
				var turn queue.Turn
				if q.Wait(&turn, "a", time.Second) {
					done <- i
				}
				turn.End()
			}()
			synctest.Wait()
		}
		if len(done) != 0 {
			t.Error("it did not wait for the first one's end")
		}
		first.End()
		synctest.Wait()
		if got := []int{<-done, <-done, <-done}; !slices.Equal(got, []int{0, 1, 2}) {
			t.Errorf("the turns were %v", got)
		}
		other.End()
	})
}

// One whose turn it is waits a moment only, however often another server is first, until its time
// is over.
func TestQueues_WaitHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q queue.Queues
		var first, second queue.Turn
		began := time.Now()
		tries := 0
		for q.Wait(&first, "a", time.Second) {
			if tries++; tries > 100_000 {
				t.Fatal("it never ends")
			}
		}
		if took := time.Since(began); took < time.Second || took > 1100*time.Millisecond {
			t.Errorf("it ended after %v", took)
		}
		if first.Conflicts != tries {
			t.Errorf("%d conflicts, and %d waits", first.Conflicts, tries)
		}
		if began = time.Now(); q.Wait(&second, "a", time.Second) || time.Since(began) != time.Second {
			t.Errorf("the second one waited %v", time.Since(began))
		}
		first.End()
		second.End() // had no turn
		if !q.Wait(new(queue.Turn), "a", 0) {
			t.Error("the queue is not free")
		}
	})
}

// A save that was slow is tried again as long as its time is not over; without a limit, always.
func TestQueues_WaitCountsFromTheFirstConflict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			passed, timeout time.Duration
			want            bool
		}{{time.Second, time.Second, true}, {time.Second + 1, time.Second, false}, {time.Hour, 0, true}} {
			var q queue.Queues
			var turn queue.Turn
			q.Wait(&turn, "a", tt.timeout)
			time.Sleep(tt.passed)
			if got := q.Wait(&turn, "a", tt.timeout); got != tt.want {
				t.Errorf("%v after the first conflict, with a limit of %v: %t", tt.passed, tt.timeout, got)
			}
			turn.End()
		}
	})
}
