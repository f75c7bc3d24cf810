package simulation

import (
	"flag"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
)

var (
	lives = flag.Int("lives", 1000, "how many sessions' lives to simulate")
	first = flag.Uint64("seed", 1, "the first seed")
	calm  = flag.Bool("calm", false, "inject no fault")
	crowd = flag.Bool("crowds", false, "have most visits bring others that save the same session")
)

// One processor runs everything, so that the goroutines of a moment go on in the order in which they
// were woken.
func TestMain(m *testing.M) {
	runtime.GOMAXPROCS(1)
	os.Exit(m.Run())
}

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

// The rules hold over many sessions' lives. Each second run lets questions arrive late.
func TestSimulation_Lives(t *testing.T) {
	var sum stats
	seed := *first
	for ; sum.lives < *lives; seed++ {
		cfg := config{faults: faults{none: *calm, crowds: *crowd, late: seed%2 == 0}}
		w := simulate(t, seeded(seed), cfg)
		sum.add(w.stats)
		if w.violation != nil {
			report(t, seed, w, cfg)
		}
	}
	t.Logf("seeds %d to %d: %v", *first, seed-1, &sum)
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
	t.Fatalf("-seed %d: %v\nshrunk to the tape %v\n%v\n%s", seed, w.violation, tape, again.violation, strings.Join(again.tell, "\n"))
}
