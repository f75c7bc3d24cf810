package faults

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/internal/integration/between"
	"github.com/wafer-go/wafer/internal/integration/engines"
	"github.com/wafer-go/wafer/store"
)

const (
	// calm is how long the load goes on after a fault without another failure.
	calm = time.Second

	// saves and deletes have to be acknowledged before a fault, and as many again by the end.
	saves, deletes = 50, 5

	// plenty is how long that may take.
	plenty = time.Minute

	silence = 5 * time.Second

	// soon is within what service has to be back: twice what is meant, since
	// the machine has other tests to run.
	soon = 4 * time.Second

	// settle is how long goroutines may take that are about to end.
	settle = 5 * time.Second
)

func TestMain(m *testing.M) {
	redis.SetLogger(quiet{}) // it tells each failure to dial
	status := m.Run()
	if err := engines.StopAll(running.engines); err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = max(status, 1)
	}
	os.Exit(status)
}

type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

// hurt uses a store of the engine, harms it, and judges what came of it. harm
// returns when service should be there again.
//
// use returns what is used in the store's place; nil means the store itself.
func hurt(t *testing.T, e engine, mayLose, mayRevive string, use func(store.Store) (store.Store, error), harm func(t *testing.T, v victim, n *between.Network)) {
	v := e.victim(t)
	network := new(between.Network)
	st, end, err := between.Open(t.Context(), network, v.url, "faults", patience)
	if err != nil {
		t.Fatal(err)
	}
	if use != nil {
		if st, err = use(st); err != nil {
			t.Fatal(err)
		}
	}
	l := begin(st)
	l.await(saves, deletes)
	// A busy machine may keep an answer for longer than patience now and then.
	if n, err := l.failures(); n > 3 {
		t.Errorf("%d operations failed before any fault, the last with: %v", n, err)
	}
	harm(t, v, network)
	again := l.again(calm, soon)
	if e.survivesAKill {
		// The server that was replaced comes back with what it had.
		if err := v.revive(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(calm)
	}
	l.await(2*saves, 2*deletes)
	l.end()

	if open, most := network.Open(), between.Connections*v.servers; open > most {
		t.Errorf("%d connections are open, and %d are allowed", open, most)
	}
	if err := end(); err != nil {
		t.Error(err)
	}
	network.Close()
	if open := network.Open(); open > 0 {
		t.Errorf("%d connections are open after the store was closed", open)
	}

	fmt.Printf("%s: %d saves and %d deletes acknowledged, %d operations failed; %d saves lost%s, %d deleted records back%s; service again after %v\n",
		t.Name(), l.saved, l.deleted, l.failed, l.lost, because(mayLose), l.revived, because(mayRevive), again.Round(time.Millisecond))
	if l.wrong != nil {
		t.Error(l.wrong)
	}
	if l.lost > 0 && mayLose == "" {
		t.Errorf("%d acknowledged saves are lost", l.lost)
	}
	if l.revived > 0 && mayRevive == "" {
		t.Errorf("%d deleted records are back", l.revived)
	}
	if again > soon {
		t.Errorf("there was no service until %v after the engine's return; the last failure: %v", again, l.lastError)
	}
	if l.saved < 2*saves || l.deleted < 2*deletes {
		t.Errorf("only %d saves and %d deletes took place; the last failure: %v", l.saved, l.deleted, l.lastError)
	}
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return " (it may: " + why + ")"
}

// await waits until so many operations were acknowledged, or gives up.
func (l *load) await(saves, deletes int) {
	enough := func() (enough bool) {
		l.do(func() { enough = l.saved >= saves && l.deleted >= deletes })
		return enough
	}
	for end := time.Now().Add(plenty); !enough() && time.Now().Before(end); time.Sleep(calm / 20) {
	}
}

// goroutines returns the stack of each goroutine of this process, except those of engines, which
// starts one for all.
func goroutines() []string {
	stacks := make([]byte, 4<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	return slices.DeleteFunc(strings.Split(string(stacks), "\n\n"), func(stack string) bool {
		return strings.Contains(stack, "created by github.com/wafer-go/wafer/internal/integration/engines.")
	})
}

func checkGoroutines(t *testing.T, before int) {
	t.Helper()
	for end := time.Now().Add(settle); len(goroutines()) > before; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			left := goroutines()
			t.Errorf("%d goroutines are left, and %d were there before:\n%s", len(left), before, strings.Join(left, "\n\n"))
			return
		}
	}
}

// onEach runs a test on each engine, all of them at once, because they wait for most of the time. It
// checks that the stores have left no goroutine.
func onEach(t *testing.T, test func(t *testing.T, e engine)) {
	before := len(goroutines())
	var group sync.WaitGroup
	for _, e := range all {
		// t.Parallel would have as many run as there are processors.
		group.Go(func() { t.Run(e.name, func(t *testing.T) { test(t, e) }) })
	}
	group.Wait()
	checkGoroutines(t, before)
}

func TestNoAcknowledgedSaveIsLostWhereAServerIsKilled(t *testing.T) {
	onEach(t, func(t *testing.T, e engine) { hurt(t, e, e.mayLose, e.mayRevive, nil, e.killed) })
}

func TestNoVisitorLosesASessionWhereAServerIsKilled(t *testing.T) {
	visited := func(st store.Store) (store.Store, error) { return newVisitors(st) }
	onEach(t, func(t *testing.T, e engine) { hurt(t, e, e.mayLose, e.mayRevive, visited, e.killed) })
}

// killed kills the engine, and restarts it if nothing else takes its place.
func (e engine) killed(t *testing.T, v victim, _ *between.Network) {
	t.Helper()
	if err := v.kill(); err != nil {
		t.Fatal(err)
	}
	if e.survivesAKill {
		return
	}
	if err := v.revive(); err != nil {
		t.Fatal(err)
	}
}

func TestNoAcknowledgedSaveIsLostWhereConnectionsAreCut(t *testing.T) {
	onEach(t, func(t *testing.T, e engine) {
		hurt(t, e, "", "", nil, func(_ *testing.T, _ victim, n *between.Network) {
			for range 5 {
				time.Sleep(calm / 5)
				n.Cut()
			}
		})
	})
}

func TestNoAcknowledgedSaveIsLostWhereAServerFallsSilent(t *testing.T) {
	onEach(t, func(t *testing.T, e engine) {
		mayLose, mayRevive := e.mayLose, e.mayRevive
		if !e.survivesAKill {
			mayLose, mayRevive = "", ""
		}
		hurt(t, e, mayLose, mayRevive, nil, func(t *testing.T, v victim, _ *between.Network) {
			if err := v.pause(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(silence)
			if err := v.resume(); err != nil {
				t.Fatal(err)
			}
		})
	})
}
