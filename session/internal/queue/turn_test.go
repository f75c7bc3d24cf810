package queue_test

import (
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/session/internal/queue"
)

func id(id string) func() string { return func() string { return id } }

// Those who meet on one session have their turns in the order in which they come; others do not
// wait for them.
func TestQueues_WaitIsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q queue.Queues[string]
		var first, other queue.Turn[string]
		if !q.Wait(&first, "a", time.Second) || !q.Wait(&other, "b", time.Second) {
			t.Fatal("nobody is before them")
		}
		done := make(chan int, 3)
		for i := range 3 {
			go func() {
				var turn queue.Turn[string]
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
		var q queue.Queues[string]
		var first, second queue.Turn[string]
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
		if began = time.Now(); q.Wait(&second, "a", time.Second) || time.Since(began) != time.Second {
			t.Errorf("the second one waited %v", time.Since(began))
		}
		first.End()
		second.End() // had no turn
		if !q.Wait(new(queue.Turn[string]), "a", 0) {
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
			var q queue.Queues[string]
			var turn queue.Turn[string]
			q.Wait(&turn, "a", tt.timeout)
			time.Sleep(tt.passed)
			if got := q.Wait(&turn, "a", tt.timeout); got != tt.want {
				t.Errorf("%v after the first conflict, with a limit of %v: %t", tt.passed, tt.timeout, got)
			}
			turn.End()
		}
	})
}

// What one passes on is for the next, once, and for nobody if another server was first in that turn:
// then it may be so again.
func TestTurn_PassesOnToTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q queue.Queues[string]
		var alone queue.Turn[string]
		q.Wait(&alone, "a", 0)
		time.Sleep(time.Millisecond)
		if alone.Passes() || new(queue.Turn[string]).Passes() {
			t.Error("it is to pass something on, and nobody waits for it")
		}
		left := make(chan string, 4)
		waits := func(passes string, meets bool) {
			go func() {
				var turn queue.Turn[string]
				defer turn.End()
				q.Wait(&turn, "a", 0)
				word, ok := turn.Passed()
				if _, again := turn.Passed(); again {
					t.Error("it is there twice")
				}
				if !ok {
					word = "nothing"
				}
				if left <- word; meets {
					q.Wait(&turn, "a", 0)
				}
				time.Sleep(time.Millisecond)
				if turn.Passes() {
					turn.Pass(passes)
				}
			}()
			synctest.Wait()
		}
		waits("second", false)
		waits("third", true)
		waits("fourth", false)
		waits("fifth", false)
		if !alone.Passes() || !q.Pays(id("a")) || q.Pays(id("b")) {
			t.Error("they are not seen who wait")
		}
		alone.Pass("first")
		alone.End()
		time.Sleep(time.Second)
		if got := []string{<-left, <-left, <-left, <-left}; !slices.Equal(got, []string{"first", "second", "nothing", "fourth"}) {
			t.Errorf("they were passed %q", got)
		}
		if q.Pays(id("a")) {
			t.Error("someone is in the queue")
		}
	})
}

// In a store that is as quick as memory, the next one loads what was saved.
func TestTurn_PassesNothingOnAfterAQuickSave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for took, want := range map[time.Duration]bool{99 * time.Microsecond: false, 100 * time.Microsecond: true} {
			var q queue.Queues[string]
			var turn, next queue.Turn[string]
			q.Wait(&turn, "a", 0)
			go q.Wait(&next, "a", 0)
			time.Sleep(took)
			if synctest.Wait(); turn.Passes() != want {
				t.Errorf("after %v: it passes something on: %t", took, !want)
			}
			turn.End()
			synctest.Wait()
			next.End()
		}
	})
}

// It pays to wait first as long as those who do pass something on, also in a new queue.
func TestQueues_PayWhileSomethingIsPassedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q queue.Queues[string]
		var turns [4]queue.Turn[string]
		for i := range turns {
			go q.Wait(&turns[i], "a", 0)
			synctest.Wait()
		}
		for i, passes := range []bool{true, false, true} {
			if passes {
				turns[i].Pass("something")
			}
			turns[i].End()
			synctest.Wait()
			var another queue.Turn[string]
			q.Wait(&another, "b", 0)
			if got := q.Pays(id("a")); got != passes || q.Pays(id("b")) != passes {
				t.Errorf("after turn %d, which passed something on: %t: it pays: %t, of another session: %t", i, passes, got, q.Pays(id("b")))
			}
			another.End()
		}
		turns[3].End() // nobody waits for it, so it shows nothing
		var alone queue.Turn[string]
		if q.Wait(&alone, "a", 0); !q.Pays(id("a")) {
			t.Error("it does not pay anymore after a turn that nobody waited for")
		}
		alone.End()
	})
}

// What is passed on is gone on from at once, also if the one before has more to do. The scheduler
// does not promise that of each turn.
func TestTurn_WhatItPassesOnIsGoneOnFromBeforeTheRestOfItsWork(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	synctest.Test(t, func(t *testing.T) {
		var began atomic.Int32
		for range 40 {
			var q queue.Queues[string]
			var turn, next queue.Turn[string]
			q.Wait(&turn, "a", 0)
			before := began.Load()
			go func() {
				q.Wait(&next, "a", 0)
				began.Add(1)
				next.End()
			}()
			synctest.Wait()
			turn.Pass("something")
			if turn.End(); began.Load() == before {
				synctest.Wait()
				began.Add(-1)
			}
		}
		if n := began.Load(); n < 20 {
			t.Errorf("of 40 turns that passed something on, %d had the next one begin before they went on", n)
		}
	})
}
