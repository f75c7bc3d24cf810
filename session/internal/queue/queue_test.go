package queue

import (
	"testing"
	"testing/synctest"
	"time"
)

// Otherwise the memory of a server would grow with each session that two requests change at once.
func TestQueues_KeepNoQueueThatNobodyIsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q Queues[string]
		one, _ := q.enter("a", 0)
		other, _ := q.enter("b", 0)
		if _, ok := q.enter("a", time.Second); ok {
			t.Error("two had their turn at once")
		}
		if len(q.byID) != 2 {
			t.Errorf("there are %d queues, and two sessions are being saved", len(q.byID))
		}
		if _, ok := q.enter("a", time.Second); ok {
			t.Error("one that gave up ended the turn of another")
		}
		q.leave("a", one)
		q.leave("b", other)
		if len(q.byID) != 0 {
			t.Errorf("there are %d queues, and nobody is in one", len(q.byID))
		}
	})
}
