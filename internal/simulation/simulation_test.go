package simulation

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
	"time"
)

var (
	lives = flag.Int("lives", 3000, "how many sessions' lives to simulate")
	calm  = flag.Bool("calm", false, "inject no fault")
	sure  = flag.Bool("sure", false, "lose no answer")
	late  = flag.Bool("late", false, "let questions arrive late")
	mixed = flag.Bool("mixed", false, "replace servers one by one")
	first = flag.Uint64("seed", 0, "the first seed; 0 means one by the time")
)

// simulate makes a run in a bubble of its own.
func simulate(t *testing.T, c *chance, cfg config) *world {
	t.Helper()
	var w *world
	synctest.Test(t, func(t *testing.T) {
		cryptotest.SetGlobalRandom(t, 1)
		w = run(c, cfg)
	})
	return w
}

func TestSimulation_Lives(t *testing.T) {
	seed := *first
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	var sum stats
	started := time.Now()
	for ; sum.lives < *lives; seed++ {
		w := simulate(t, seeded(seed), config{faults: faults{none: *calm, sure: *sure, late: *late, mixed: *mixed}})
		sum.add(w.stats)
		if w.violation != nil {
			report(t, seed, w, config{faults: faults{none: *calm, sure: *sure, late: *late, mixed: *mixed}})
		}
	}
	fmt.Fprintf(os.Stderr, "%v\n%+v\n", time.Since(started), sum)
}

// report shrinks a run that broke a rule, and fails the test with what is left of it.
func report(t *testing.T, seed uint64, w *world, cfg config) {
	t.Helper()
	rule := w.violation.Rule
	tape := shrink(w.chance.tape, 4000, func(tape []uint16) bool {
		v := simulate(t, taped(tape), cfg).violation
		return v != nil && v.Rule == rule
	})
	cfg.traced = true
	again := simulate(t, taped(tape), cfg)
	t.Fatalf("seed %d: %v\nshrunk to the tape %v\n%v\n%s", seed, w.violation, tape, again.violation, strings.Join(again.tell, "\n"))
}
