package adaptertest_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/adapter/adaptertest"
)

// flawedAdapters is set where the test binary is to show how the suite fails.
const flawedAdapters = "WAFER_ADAPTERTEST_FLAWED"

// TestFlawed fails, in a process of its own, and there only.
func TestFlawed(t *testing.T) {
	if os.Getenv(flawedAdapters) == "" {
		return
	}
	for _, f := range flaws {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			adaptertest.RunOnly(t, f.build, strings.Fields(f.breaks))
		})
	}
}

var failure = regexp.MustCompile(`(?m)^ *--- FAIL: TestFlawed/(\w+/\S+) `)

func TestRun_FailsFlawedAdapters(t *testing.T) {
	var must, proven []string
	for _, f := range flaws {
		for rule := range strings.FieldsSeq(f.breaks) {
			must, proven = append(must, f.name+"/"+rule), append(proven, rule)
		}
	}
	for _, rule := range adaptertest.RuleNames() {
		if !slices.Contains(proven, rule) {
			t.Errorf("no adapter is flawed so that the rule %s must fail", rule)
		}
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestFlawed$", "-test.v", "-test.parallel=4", "-test.timeout=5m")
	cmd.Env = append(os.Environ(), flawedAdapters+"=1")
	out, err := cmd.CombinedOutput()
	if err == nil || strings.Contains(string(out), "\npanic:") || strings.Contains(string(out), "DATA RACE") {
		t.Fatalf("the process with the flawed adapters ended with the error %v:\n%s", err, out)
	}
	var failed []string
	for _, m := range failure.FindAllStringSubmatch(string(out), -1) {
		failed = append(failed, m[1])
	}
	for _, rule := range must {
		if !slices.Contains(failed, rule) {
			t.Errorf("%s should fail", rule)
		}
	}
	if said := strings.Count(string(out), "The adapter breaks the rule: "); said < len(must) {
		t.Errorf("%d of %d failures name the rule that is broken:\n%s", said, len(must), out)
	}
}
