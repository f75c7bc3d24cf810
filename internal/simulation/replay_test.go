package simulation

import (
	"slices"
	"strings"
	"testing"
)

// A seed makes the same steps each time, and the tape of its choices does too.
func TestSimulation_SeedRepeatsEveryStep(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		first := simulate(t, seeded(seed), config{traced: true})
		second := simulate(t, seeded(seed), config{traced: true})
		again := simulate(t, taped(first.chance.tape), config{traced: true})
		for _, other := range []*world{second, again} {
			if !slices.Equal(first.tell, other.tell) {
				t.Fatalf("seed %d went two ways:\n%s\n\n%s", seed, strings.Join(first.tell, "\n"), strings.Join(other.tell, "\n"))
			}
		}
	}
}

func TestShrink_LeavesWhatIsNeeded(t *testing.T) {
	tape := []uint16{9, 4, 900, 3, 8, 7, 55, 12, 0, 31}
	got := shrink(tape, 10000, func(tape []uint16) bool {
		at := slices.IndexFunc(tape, func(n uint16) bool { return n >= 7 })
		return at >= 0 && slices.ContainsFunc(tape[at+1:], func(n uint16) bool { return n >= 50 })
	})
	if !slices.Equal(got, []uint16{7, 50}) {
		t.Errorf("shrunk to %v, and 7 and 50 are enough", got)
	}
}
