package simulation

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var exhaustive = flag.Bool("exhaustive", false, "explore the models with more losses too, which takes minutes")

// Each model is explored to its end, and finds what it must find.
func TestModel_HoldsAndFindsFaults(t *testing.T) {
	for _, one := range []struct {
		model, flags string
		broken       bool
		large        bool
	}{
		{model: "renewal", flags: "-DSTEPS=1 -DLOSSES=1"},
		{model: "renewal", flags: "-DSTEPS=1 -DLOSSES=1 -DFAULT=1", broken: true},
		{model: "migration", flags: "-DMIXED=0"},
		{model: "migration", flags: "-DMIXED=1 -DCRASH=1"},
		{model: "migration", flags: "-DMIXED=1 -DFAULT=1", broken: true},
		{model: "renewal", flags: "-DSTEPS=1", large: true},
		{model: "renewal", flags: "-DSTEPS=2 -DEPOCH=1", large: true},
		{model: "renewal", flags: "-DSTEPS=2", broken: true, large: true},
		{model: "renewal", flags: "-DSTEPS=2 -DEPOCH=1 -DFAULT=1", broken: true, large: true},
		{model: "renewal", flags: "-DSTEPS=1 -DFAULT=2", broken: true, large: true},
		{model: "renewal", flags: "-DSTEPS=2 -DEPOCH=1 -DFAULT=3", broken: true, large: true},
		{model: "migration", flags: "-DMIXED=1", large: true},
		{model: "migration", flags: "-DMIXED=1 -DFAULT=2", broken: true, large: true},
		{model: "migration", flags: "-DMIXED=1 -DCRASH=1 -DFAULT=3", broken: true, large: true},
		{model: "migration", flags: "-DMIXED=1 -DFAULT=4", broken: true, large: true},
		{model: "migration", flags: "-DMIXED=1 -DFAULT=5", broken: true, large: true},
		{model: "migration", flags: "-DMIXED=1 -DCRASH=1 -DFAULT=6", broken: true, large: true},
	} {
		if one.large && !*exhaustive {
			continue
		}
		t.Run(one.model+strings.ReplaceAll(one.flags, " ", ""), func(t *testing.T) {
			said := explore(t, one.model, strings.Fields(one.flags))
			if broken := strings.Contains(said, "assertion violated"); broken != one.broken {
				t.Errorf("an assertion is violated: %v, and it should be %v:\n%s", broken, one.broken, said)
			}
			if !one.broken && (!strings.Contains(said, "errors: 0") || strings.Contains(said, "max search depth too small")) {
				t.Errorf("the model was not explored to its end:\n%s", said)
			}
		})
	}
}

// explore has Spin make a program of the model, and runs that.
func explore(t *testing.T, model string, flags []string) string {
	t.Helper()
	dir := t.TempDir()
	text, err := os.ReadFile(filepath.Join("model", model+".pml")) // #nosec G304 -- in this folder
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "m.pml"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	out := func(name string, args ...string) string {
		cmd := exec.CommandContext(t.Context(), name, args...) // #nosec G204 -- fixed
		cmd.Dir = dir
		text, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v; scripts/services installs it on Debian, the package is spin, and gcc\n%s", name, err, text)
		}
		return string(text)
	}
	out("spin", append(flags, "-a", "m.pml")...)
	optimize := "-O0" // which gcc does in a third of the time; only large models make up for more
	if *exhaustive {
		optimize = "-O1"
	}
	out("gcc", optimize, "-w", "-DSAFETY", "-DVECTORSZ=2048", "-o", "pan", "pan.c")
	return out(filepath.Join(dir, "pan"), "-m100000")
}
