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

// Each case changes a package after a release, and asks for a version.
func TestAVersionMustSayWhatTheAPIHasChanged(t *testing.T) {
	closes := func(h *house) {
		h.replace("session/session.go", "func Close() {}", "func Close() error { return nil }")
	}
	opens := func(h *house) {
		h.write("session/more.go", "package session\n\n// OpenAll opens all.\nfunc OpenAll() {}\n")
	}
	houses := map[string]*house{"v0.1.0": build(t), "v1.0.0": build(t)}
	for version, h := range houses {
		h.release(version)
	}
	for _, c := range []struct {
		name, last, version string
		change              func(h *house)
		want                string // empty for a version that will do
	}{
		{"a patch that changes nothing", "v0.1.0", "v0.1.1", func(*house) {}, ""},
		{"the same version again", "v0.1.0", "v0.1.0", func(*house) {}, "v0.1.0 is not newer than v0.1.0, the last tag of ."},
		{"a break before v1", "v0.1.0", "v0.2.0", closes, ""},
		{"a break in a patch before v1", "v0.1.0", "v0.1.1", closes, "session: Close: changed from func() to func() error"},
		{"a break in a minor version", "v1.0.0", "v1.1.0", closes, "release v2.0.0 (a major step)"},
		{"a break that is announced as a candidate", "v0.1.0", "v0.2.0-rc.1", closes, ""},
		{"a new function in a patch before v1", "v0.1.0", "v0.1.1", opens, ""},
		{"a new function in a patch", "v1.0.0", "v1.0.1", opens, "session: OpenAll: added"},
		{"a new function in a minor version", "v1.0.0", "v1.1.0", opens, ""},
		{"a package that has gone", "v0.1.0", "v0.1.1", func(h *house) { h.remove("secret/secret.go") }, "the package github.com/wafer-go/wafer/secret is gone"},
		{"a break in a nested module", "v0.1.0", "v0.1.1", func(h *house) {
			h.replace("store/redisstore/store.go", "Name()", "Name(_ int)")
			h.replace("cmd/wafer/main.go", "redisstore.Name()", "redisstore.Name(0)")
		}, "store/redisstore: Name: changed"},
		{"a break in what nobody can import", "v0.1.0", "v0.1.1", func(h *house) {
			h.replace("internal/bench/bench.go", "package bench", "package bench\n\n// X is new.\nvar X int")
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &house{t, houses[c.last].dir}
			defer h.git("reset", "--quiet", "--hard", "origin/main")
			c.change(h)
			h.commit()
			out, err := h.check(c.version, "api")
			if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, errFailed) || !strings.Contains(out, c.want)) {
				t.Errorf("got %v, and\n%s\nwant %q", err, out, c.want)
			}
		})
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
