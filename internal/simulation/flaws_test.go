package simulation

import (
	"testing"
	"time"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
)

func naively(shared bool) func(session.Backend, []store.Store) driver.Backend {
	return func(_ session.Backend, stores []store.Store) driver.Backend { return naiveBackend{stores[0], shared} }
}

// Each of these was a fault of Wafer, or is what a store would do wrong. The rules find them all.
var known = []struct {
	name string
	rule string
	cfg  config
}{
	{"LostAnswerOfARenewal", ruleSignedOut, config{setting: named("SQL"), flaws: flaws{backend: naively(false)}}},
	{"LostAnswerOfARenewalInTwoSteps", ruleSignedOut, config{setting: named("memcached"), flaws: flaws{backend: naively(false)}}},
	{
		"SignOutWhileADeviceRenews", ruleEnded,
		config{setting: named("Redis"), faults: faults{none: true, sweeps: true}, flaws: flaws{ownersUncounted: true, backend: naively(false)}},
	},
	{
		"EvictedIndex", ruleEnded,
		config{setting: named("Redis"), faults: faults{sure: true, sweeps: true}, flaws: flaws{indexEvicted: true, backend: naively(false)}},
	},
	{"PurgeByAClockThatIsAhead", ruleSignedOut, config{setting: named("SQL"), faults: faults{sure: true}, flaws: flaws{purgeAhead: 33 * 24 * time.Hour}}},
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

func TestSimulation_FindsKnownFaults(t *testing.T) {
	for _, one := range known {
		t.Run(one.name, func(t *testing.T) {
			lives := 0
			for seed := uint64(1); lives < 20000; seed++ {
				w := simulate(t, seeded(seed), one.cfg)
				lives += w.stats.lives
				if w.violation != nil && w.violation.Rule == one.rule {
					t.Logf("seed %d, after %d lives: %v", seed, lives, w.violation)
					return
				}
			}
			t.Errorf("not found in %d sessions' lives", lives)
		})
	}
}
