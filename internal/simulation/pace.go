package simulation

import (
	"time"
)

// delays are those of a network: what is on its way needs one of them to the next step. The first
// is the mildest.
var delays = []time.Duration{
	0, 0, 200 * time.Microsecond, 300 * time.Microsecond, 500 * time.Microsecond, time.Millisecond,
	1500 * time.Microsecond, 2 * time.Millisecond, 5 * time.Millisecond, 40 * time.Millisecond,
}

// travel lets the time pass that questions and answers need, if any are on their way.
func (w *world) travel() {
	if len(w.network.pending()) == 0 {
		return
	}
	if d := delays[w.chance.pick(len(delays))]; d > 0 {
		w.stats.passed += d
		time.Sleep(d)
		w.settle()
	}
}

// pass lets time go by.
func (w *world) pass() {
	d := []time.Duration{50 * time.Millisecond, time.Second, 6 * time.Second, 70 * time.Second, 5 * time.Minute}[w.chance.pick(5)]
	if (w.config.faults.none || w.config.faults.sure) && len(w.network.pending()) > 0 {
		d = 50 * time.Millisecond // more would be a fault
	}
	stuck := w.network.stuck(w.visits)
	w.tracef("%v pass", d)
	w.stats.passed += d
	time.Sleep(d)
	w.moved()
	w.settle()
	if d >= time.Second { // more than the longest pause between two tries
		w.checkStuck(stuck)
	}
	for _, n := range w.nodes {
		if w.idle != 0 && time.Since(n.used) > w.idle*2/3 {
			n.mayEnd("it was not used for long")
		}
	}
}
