package drivertest_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/driver/drivertest"
	"github.com/wafer-go/wafer/store/memstore"
)

// brokenDrivers is set where the test binary is to show how the suite fails.
const brokenDrivers = "WAFER_DRIVERTEST_BROKEN"

// everyRule is set if all rules are to be checked on each broken driver, which takes long.
// Otherwise those are that it must break.
const everyRule = "WAFER_EVERY_RULE"

// due are the rules that are to be checked on the driver with a flaw; nil means all.
func due(f flaw) []string {
	if os.Getenv(everyRule) != "" {
		return nil
	}
	return strings.Fields(strings.ReplaceAll(f.breaks, "Expiry/", ""))
}

func allFlaws() []flaw { return slices.Concat(flaws, lifeFlaws, optionalFlaws) }

// forgetful opens a backend as if for one cookie name, or without the purpose.
type forgetful struct {
	driver.Backend
	name, purpose bool
}

func (f forgetful) Open(c driver.Config) (driver.Driver, error) {
	if f.name {
		c.CookieName = "session"
	}
	if f.purpose {
		c.Purpose = ""
	}
	return f.Backend.Open(c)
}

// TestBrokenDrivers fails, in a process of its own, and there only.
func TestBrokenDrivers(t *testing.T) {
	if os.Getenv(brokenDrivers) == "" {
		return
	}
	run := func(name string, b func() driver.Backend, o drivertest.Options) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.FakeClock = true
			drivertest.Run(t, func(*testing.T) driver.Backend { return b() }, &o)
		})
	}
	every := drivertest.Options{Records: true, Implements: everything}
	for _, f := range allFlaws() {
		run(f.name, func() driver.Backend {
			b := driver.Backend(newHookedBackend(f.put))
			return forgetful{b, f.name == "ForgetsTheName", f.name == "ForgetsThePurpose"}
		}, every.Only(due(f)))
	}
	stored := func() driver.Backend { return session.Stored(memstore.New(nil)) }
	run("Missing", func() driver.Backend { return session.Signed(secret.New()) }, drivertest.Options{Implements: []drivertest.Interface{drivertest.Toucher}})
	run("Unknown", stored, drivertest.Options{Records: true, Implements: []drivertest.Interface{"Tougher"}})
	run("UnsaidRecords", stored, drivertest.Options{})
	run("Unsaid", stored, drivertest.Options{Records: true, Implements: []drivertest.Interface{drivertest.Retirer, drivertest.Departer}})
	for _, f := range codecFlaws {
		t.Run(f.name, func(t *testing.T) { drivertest.Codec(t, f.codec) })
	}
}

var (
	result = regexp.MustCompile(`^ *--- (FAIL|PASS): TestBrokenDrivers/(\w+)/(\S+) `)
	speaks = regexp.MustCompile(`(?m)The (driver|codec) breaks the rule: \w`)
)

func TestRun_FailsWhatIsBroken(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestBrokenDrivers$", "-test.v", "-test.parallel=8", "-test.timeout=5m")
	cmd.Env = append(os.Environ(), brokenDrivers+"=1")
	out, err := cmd.CombinedOutput()
	if err == nil || strings.Contains(string(out), "\npanic:") || strings.Contains(string(out), "DATA RACE") {
		t.Fatalf("the process with the broken drivers ended with the error %v:\n%s", err, out)
	}
	failed, proven := map[string][]string{}, map[string]bool{}
	for line := range strings.Lines(string(out)) {
		m := result.FindStringSubmatch(line)
		if m == nil || m[3] == "Expiry" || m[3] == "Codec" {
			continue
		}
		rule := strings.TrimPrefix(m[3], "Codec/")
		if m[1] == "FAIL" {
			failed[m[2]] = append(failed[m[2]], rule)
			proven[rule] = true
		}
	}
	must := map[string]string{
		"Missing": "Implements", "Unknown": "Implements", "UnsaidRecords": "Implements",
		"Unsaid": "ToucherUnsupported OwnersUnsupported ListerUnsupported AdopterUnsupported",
	}
	for _, f := range allFlaws() {
		must[f.name] = f.breaks
	}
	for _, f := range codecFlaws {
		must[f.name] = f.breaks
	}
	for name, list := range must {
		for _, rule := range strings.Fields(list) {
			if !slices.Contains(failed[name], rule) {
				t.Errorf("%s: the rule %s should fail; those that do are %q", name, rule, failed[name])
			}
		}
	}
	for _, rule := range slices.Concat(drivertest.RuleNames(), drivertest.CodecRuleNames()) {
		if !proven[rule] {
			t.Errorf("no driver is broken so that the rule %s fails", rule)
		}
	}
	if said, of := len(speaks.FindAllString(string(out), -1)), strings.Count(string(out), "--- FAIL"); said < of/2 {
		t.Errorf("%d failures say which rule is broken, of %d lines", said, of)
	}
}
