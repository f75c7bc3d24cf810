package simulation

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
)

func naively(shared bool) func(session.Backend, []store.Store) driver.Backend {
	return func(_ session.Backend, stores []store.Store) driver.Backend { return naiveBackend{stores[0], shared} }
}

// A knownFault was one of Wafer, or is what a store would do wrong.
type knownFault struct {
	name string
	rule string
	cfg  config
}

var known = []knownFault{
	{"LostAnswerOfARenewal", ruleSignedOut, config{setting: named("SQL"), flaws: flaws{backend: naively(false)}}},
	{"LostAnswerOfARenewalInTwoSteps", ruleSignedOut, config{setting: named("memcached"), flaws: flaws{backend: naively(false)}}},
	{
		"SignOutWhileADeviceRenews", ruleEnded,
		config{setting: named("SQL"), faults: faults{none: true, sweeps: true}, flaws: flaws{ownersUncounted: true, backend: naively(false)}},
	},
	{
		"RenewalIntoAnotherPart", ruleEnded,
		config{setting: named("Redis"), faults: faults{none: true, sweeps: true}, flaws: flaws{backend: naively(false)}},
	},
	{
		"EvictedIndex", ruleEnded,
		config{setting: named("Redis"), faults: faults{sure: true, sweeps: true}, flaws: flaws{indexEvicted: true, backend: naively(false)}},
	},
	{"PurgeByAClockThatIsAhead", ruleSignedOut, config{setting: named("SQL"), faults: faults{sure: true}, flaws: flaws{purgeAhead: 33 * 24 * time.Hour}}},
	{
		"SharesWhatMayBeExecutedLate", ruleTwice,
		config{setting: named("SQL"), faults: faults{crowds: true}, flaws: flaws{backend: shares(sharesUnknown)}},
	},
	{
		"SharesWithoutAVersion", ruleLost,
		config{setting: named("SQL"), faults: faults{none: true, crowds: true}, flaws: flaws{backend: shares(forgetsVersion)}},
	},
	{
		"SharesWithoutAnOwner", ruleEnded,
		config{setting: named("SQL"), faults: faults{none: true, sweeps: true, crowds: true}, flaws: flaws{backend: shares(forgetsOwner)}},
	},
	{
		"SharesWhatBeginsAgain", ruleEnded,
		config{setting: named("SQL"), faults: faults{none: true, crowds: true}, flaws: flaws{backend: shares(beginsEndedAgain)}},
	},
	{"QueueThatStrangersShare", ruleStrangers, config{setting: named("SQL"), flaws: flaws{backend: naively(true)}}},
}

func named(name string) *setting {
	for i := range settings {
		if settings[i].name == name {
			return &settings[i]
		}
	}
	panic("no setting is named " + name)
}

var keep = flag.Bool("keep", false, "write the shrunk runs that show the known faults to testdata")

// The choices of chance lead to each known fault. One of them takes some ten thousand lives, so it
// is searched for only with -keep or with more -lives.
func TestSimulation_FindsKnownFaults(t *testing.T) {
	const enough = 20_000
	for _, one := range known {
		if one.name == "RenewalIntoAnotherPart" && *lives < enough && !*keep {
			continue
		}
		t.Run(one.name, func(t *testing.T) {
			lives := 0
			for seed := uint64(1); lives < enough; seed++ {
				w := simulate(t, seeded(seed), one.cfg)
				lives += w.stats.lives
				if w.violation == nil || w.violation.Rule != one.rule {
					continue
				}
				t.Logf("seed %d, after %d lives: %v", seed, lives, w.violation)
				if *keep {
					one.keep(t, w.chance.tape)
				}
				return
			}
			t.Errorf("not found in %d sessions' lives", lives)
		})
	}
}

func (f knownFault) file() string { return "testdata/" + f.name + ".json" }

// breaks reports whether a tape breaks the rule.
func (f knownFault) breaks(t *testing.T, tape []uint16) bool {
	t.Helper()
	v := simulate(t, taped(tape), f.cfg).violation
	return v != nil && v.Rule == f.rule
}

func (f knownFault) keep(t *testing.T, tape []uint16) {
	t.Helper()
	tape = shrink(tape, 3000, func(tape []uint16) bool { return f.breaks(t, tape) })
	text, err := json.Marshal(tape)
	if err == nil {
		err = os.WriteFile(f.file(), append(text, '\n'), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// The shrunk run that showed a fault still does; without the flaw the same choices break no rule.
func TestSimulation_KeptRunsShowKnownFaults(t *testing.T) {
	for _, one := range known {
		t.Run(one.name, func(t *testing.T) {
			var tape []uint16
			text, err := os.ReadFile(one.file())
			if err == nil {
				err = json.Unmarshal(text, &tape)
			}
			if err != nil {
				t.Fatal(err)
			}
			if !one.breaks(t, tape) {
				t.Error("it shows the fault no more; make it again with -keep")
			}
			cfg := one.cfg
			cfg.flaws, cfg.traced = flaws{}, true
			if w := simulate(t, taped(tape), cfg); w.violation != nil {
				t.Errorf("without the flaw: %v\n%s", w.violation, strings.Join(w.tell, "\n"))
			}
		})
	}
}
