package simulation

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A kept run is one that broke a rule, shrunk: the choices that it made.
type kept struct {
	Name    string   // what was wrong
	Setting string   // the engines and backends
	Late    bool     // questions may arrive late
	Tape    []uint16 // the choices after that of the setting
}

func keptRuns(t *testing.T) []kept {
	t.Helper()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("there is no run in testdata (%v)", err)
	}
	var all []kept
	for _, file := range files {
		text, err := os.ReadFile(file) // #nosec G304 -- in testdata
		if err != nil {
			t.Fatal(err)
		}
		var one kept
		if err := json.Unmarshal(text, &one); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, one)
	}
	return all
}

// What was found once is not there again.
func TestSimulation_KeptRuns(t *testing.T) {
	for _, one := range keptRuns(t) {
		t.Run(strings.ReplaceAll(one.Name, " ", "_"), func(t *testing.T) {
			cfg := config{setting: named(one.Setting), faults: faults{late: one.Late}, traced: true}
			if w := simulate(t, taped(one.Tape), cfg); w.violation != nil {
				t.Errorf("%v\n%s", w.violation, strings.Join(w.tell, "\n"))
			}
		})
	}
}

// A seed makes the same steps each time, and the tape of its choices does too.
func TestSimulation_SeedRepeatsEveryStep(t *testing.T) {
	for seed := uint64(1); seed <= 60; seed++ {
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
