package main

import (
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"english": main}) }

// WAFER_UPDATE_SCRIPTS=1 rewrites what the scripts expect; read the difference after.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireExplicitExec: true, UpdateScripts: os.Getenv("WAFER_UPDATE_SCRIPTS") != ""})
}

func TestRules_EachHasASentence(t *testing.T) {
	script, err := os.ReadFile("testdata/script/rules.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if found := strings.Count(string(script), "\np.md:"); found != len(rules) {
		t.Errorf("there are %d rules, and rules.txtar finds %d forms", len(rules), found)
	}
}
