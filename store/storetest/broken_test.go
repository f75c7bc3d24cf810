package storetest_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/storetest"
)

// brokenStores is set where the test binary is to show how the suite fails.
const brokenStores = "WAFER_STORETEST_BROKEN"

// everyRule is set if all rules are to be checked on each broken store, which takes minutes, and
// shows which rules a flaw does not break. Otherwise those are that it must break, or may.
const everyRule = "WAFER_EVERY_RULE"

// due are the rules that are to be checked on the store with a flaw; nil means all.
func due(f flaw) []string {
	if os.Getenv(everyRule) != "" {
		return nil
	}
	names := []string{}
	for _, rule := range storetest.RuleNames() {
		if slices.Contains(strings.Fields(f.breaks+" "+f.may), rule) || named(rule, strings.Fields(f.breaks)) {
			names = append(names, strings.TrimPrefix(rule, "Expiry/"))
		}
	}
	return names
}

func allFlaws() []flaw {
	return slices.Concat(flaws, dataFlaws, contextFlaws, nonceFlaws, stepFlaws, ownerFlaws, listFlaws)
}

// TestBrokenStores fails, in a process of its own, and there only.
func TestBrokenStores(t *testing.T) {
	if os.Getenv(brokenStores) == "" {
		return
	}
	for _, f := range allFlaws() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(*testing.T) store.Store {
				h := newHooks()
				f.put(h)
				return h
			}, (&storetest.Options{Implements: every, FakeClock: true}).Only(due(f)))
		})
	}
	t.Run("Missing", func(t *testing.T) {
		storetest.Run(t, func(*testing.T) store.Store { return struct{ store.Store }{newMapStore()} },
			&storetest.Options{Implements: []storetest.Interface{storetest.Pinger, "Pinker"}, FakeClock: true})
	})
	t.Run("Unsaid", func(t *testing.T) {
		storetest.Run(t, func(*testing.T) store.Store { return newMapStore() }, &storetest.Options{Implements: every[1:], FakeClock: true})
	})
	t.Run("TellsNoVersion", func(t *testing.T) {
		storetest.Run(t, func(*testing.T) store.Store { return versionless() }, &storetest.Options{Implements: every, FakeClock: true})
	})
	t.Run("SecondServerIsAnother", func(t *testing.T) {
		storetest.Run(t, func(*testing.T) store.Store { return newMapStore() },
			&storetest.Options{Implements: every, FakeClock: true, Another: func(*testing.T, store.Store) store.Store { return newMapStore() }})
	})
}

var (
	result = regexp.MustCompile(`^ *--- (FAIL|PASS): TestBrokenStores/(\w+)/(\S+) `)
	speaks = regexp.MustCompile(`(?m)The store breaks the rule: \w`)
)

// runBroken runs the stores that match a pattern. It returns the rules that each of them broke, and
// what was said.
func runBroken(t *testing.T, pattern string) (failed map[string][]string, said string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run="+pattern, "-test.v", "-test.parallel=8", "-test.timeout=5m")
	cmd.Env = append(os.Environ(), brokenStores+"=1")
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "panic:") || strings.Contains(string(out), "DATA RACE") {
		t.Fatalf("the process with the broken stores ended with the error %v:\n%s", err, out)
	}
	failed = map[string][]string{}
	for line := range strings.Lines(string(out)) {
		m := result.FindStringSubmatch(line)
		if m == nil || m[3] == "Expiry" {
			continue
		}
		if m[1] == "FAIL" {
			failed[m[2]] = append(failed[m[2]], m[3])
		}
	}
	return failed, string(out)
}

func TestTheSuiteFailsWhatIsBroken(t *testing.T) {
	failed, out := runBroken(t, "^TestBrokenStores$")
	for _, f := range allFlaws() {
		// A store that only sometimes loses a race may win it on a busy machine.
		for range 5 {
			if len(failed[f.name]) > 0 {
				break
			}
			again, _ := runBroken(t, "^TestBrokenStores$/^"+f.name+"$")
			failed[f.name] = again[f.name]
		}
	}
	proven := map[string]bool{}
	for _, f := range allFlaws() {
		must, may := strings.Fields(f.breaks), strings.Fields(f.may)
		for _, rule := range failed[f.name] {
			if !named(rule, must) && !named(rule, may) {
				t.Errorf("%s: the rule %s fails, and should not", f.name, rule)
			}
		}
		for _, rule := range must {
			if !strings.Contains(rule, "*") && !slices.Contains(may, rule) && !slices.Contains(failed[f.name], rule) {
				t.Errorf("%s: the rule %s should fail", f.name, rule)
			}
		}
		if len(failed[f.name]) == 0 {
			t.Errorf("%s: no rule fails", f.name)
		}
		for _, rule := range failed[f.name] {
			proven[rule] = true
		}
	}
	for _, rule := range storetest.RuleNames() {
		if !proven[rule] {
			t.Errorf("no store is broken so that the rule %s fails", rule)
		}
	}
	for _, name := range []string{"Missing", "Unsaid"} {
		if got := strings.Join(failed[name], " "); got != "Implements" {
			t.Errorf("%s: the rules that fail are %q; it should be Implements", name, got)
		}
	}
	for name, rule := range map[string]string{"TellsNoVersion": "VersionChanges", "SecondServerIsAnother": "ChangeIsSeen"} {
		if !slices.Contains(failed[name], rule) {
			t.Errorf("%s: the rule %s should fail", name, rule)
		}
	}
	if said, of := len(speaks.FindAllString(out, -1)), strings.Count(out, "--- FAIL"); said < of/2 {
		t.Errorf("%d failures say which rule is broken, of %d lines", said, of)
	}
}

// named reports whether a list has the rule, or stars that stand for it.
func named(rule string, list []string) bool {
	return slices.ContainsFunc(list, func(want string) bool {
		prefix, star := strings.CutSuffix(want, "*")
		return want == rule || star && strings.HasPrefix(rule, prefix)
	})
}
