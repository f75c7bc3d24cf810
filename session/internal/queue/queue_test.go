package queue

import (
	"testing"
	"testing/synctest"
	"time"
)

// Otherwise the memory of a server would grow with each session that two requests change at once.
func TestQueues_KeepNoQueueThatNobodyIsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q Queues
		leave, _ := q.Enter("a", 0)
		other, _ := q.Enter("b", 0)
		if _, ok := q.Enter("a", time.Second); ok {
			t.Error("two had their turn at once")
		}
		if len(q.byID) != 2 {
			t.Errorf("there are %d queues, and two sessions are being saved", len(q.byID))
		}
		if _, ok := q.Enter("a", time.Second); ok {
			t.Error("one that gave up ended the turn of another")
		}
		leave()
		other()
		if len(q.byID) != 0 {
			t.Errorf("there are %d queues, and nobody is in one", len(q.byID))
		}
	})
}
