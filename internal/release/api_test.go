package main

import (
	"errors"
	"strings"
	"testing"
)

func TestWithoutATagThereIsNothingToCompareWith(t *testing.T) {
	out, err := build(t).check("v0.1.0", "api")
	if err != nil || !strings.Contains(out, "no module has a tag yet (., store/redisstore, cmd/wafer)") {
		t.Errorf("got %v, and\n%s", err, out)
	}
}

// Each case changes a package after v1.0.0.
func TestWhatAPackageHasChangedSinceItsTagIsFound(t *testing.T) {
	h := build(t)
	h.release("v1.0.0")
	for _, c := range []struct {
		name   string
		change func(h *house)
		want   string // empty for nothing
	}{
		{"nothing", func(*house) {}, ""},
		{"a function that changes", func(h *house) {
			h.replace("session/session.go", "func Close() {}", "func Close() error { return nil }")
		}, "release v2.0.0 (a major step):\n        github.com/wafer-go/wafer/session: Close: changed from func() to func() error"},
		{"a function that is new", func(h *house) {
			h.write("session/more.go", "package session\n\n// OpenAll opens all.\nfunc OpenAll() {}\n")
		}, "release v1.1.0 (a minor step):\n        github.com/wafer-go/wafer/session: OpenAll: added"},
		{"a package that has gone", func(h *house) { h.remove("secret/secret.go") }, "the package github.com/wafer-go/wafer/secret is gone"},
		{"a nested module", func(h *house) {
			h.replace("store/redisstore/store.go", "Name()", "Name(_ int)")
			h.replace("cmd/wafer/main.go", "redisstore.Name()", "redisstore.Name(0)")
		}, "store/redisstore: Name: changed"},
		{"what nobody can import", func(h *house) {
			h.replace("internal/bench/bench.go", "package bench", "package bench\n\n// X is new.\nvar X int")
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &house{t, h.dir}
			defer h.git("reset", "--quiet", "--hard", "origin/main")
			c.change(h)
			h.commit()
			out, err := h.check("v1.0.1", "api")
			if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, errFailed) || !strings.Contains(out, c.want)) {
				t.Errorf("got %v, and\n%s\nwant %q", err, out, c.want)
			}
		})
	}
}

func TestAVersionMustBeStepEnoughForTheChanges(t *testing.T) {
	breaks := apiChange{Breaks: []string{"Close: removed"}}
	adds := apiChange{Adds: []string{"OpenAll: added"}}
	for _, c := range []struct {
		name, last, version string
		change              apiChange
		want                string // empty for a version that will do
	}{
		{"a patch that changes nothing", "v0.1.0", "v0.1.1", apiChange{}, ""},
		{"the same version again", "v0.1.0", "v0.1.0", apiChange{}, "v0.1.0 is not newer than v0.1.0"},
		{"an older version", "v0.2.0", "v0.1.9", apiChange{}, "choose v0.2.1 or later"},
		{"a break before v1", "v0.1.0", "v0.2.0", breaks, ""},
		{"a break before v1, in a patch", "v0.1.0", "v0.1.1", breaks, "release v0.2.0 (a minor step):\n  Close: removed"},
		{"a break before v1, in a candidate", "v0.1.0", "v0.2.0-rc.1", breaks, ""},
		{"a break on the way to v1", "v0.1.0", "v1.0.0", breaks, ""},
		{"a break in a minor version", "v1.0.0", "v1.1.0", breaks, "release v2.0.0 (a major step)"},
		{"a new function before v1, in a patch", "v0.1.0", "v0.1.1", adds, ""},
		{"a new function in a patch", "v1.0.0", "v1.0.1", adds, "release v1.1.0 (a minor step):\n  OpenAll: added"},
		{"a new function in a minor version", "v1.0.0", "v1.1.0", adds, ""},
	} {
		c.change.Module.Dir, c.change.Last = ".", c.last
		_, err := checkAPI(t.Context(), &checks{Version: c.version, changes: []apiChange{c.change}})
		if (c.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

func TestWithoutAVersionTheNextOneIsProposed(t *testing.T) {
	h := build(t)
	h.release("v0.1.0")
	h.replace("session/session.go", "func Close() {}", "func Close() error { return nil }")
	h.commit()
	var b strings.Builder
	if err := checkCommand(t.Context(), h.dir, []string{"-only", "api,changelog"}, &b); err != nil || !strings.Contains(b.String(), "v0.2.0 is the next that the changes allow") {
		t.Errorf("got %v, and\n%s", err, b.String())
	}
}
