package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReleaseCheck_PassesWhatCanBeReleased(t *testing.T) {
	h := build(t)
	for name, want := range map[string]string{
		"modules":   "ok    modules",
		"files":     "ok    files",
		"changelog": "ok    changelog",
		"rehearsal": "ok    rehearsal",
	} {
		if out, err := h.check(name, "v0.1.0"); err != nil || !strings.Contains(out, want) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
	if _, err := os.Stat(filepath.Join(h.dir, ".git/wafer-release-check")); err == nil {
		t.Error("some checks alone count as a pass for scripts/release")
	}
}

// Each case is a repository with one fault, and what the check says of it.
func TestReleaseCheck_FindsFault(t *testing.T) {
	h := build(t)
	start := h.git("rev-parse", "HEAD")
	for _, c := range []struct{ name, check, file, old, replacement, want string }{
		{"another Go", "modules", "internal/bench/go.mod", "1.26.0", "1.25.0", "internal/bench/go.mod must have the core's line: go 1.26.0"},
		{"a toolchain line", "modules", "go.mod", "go 1.26.0", "go 1.26.0\n\ntoolchain go1.26.1", "remove the toolchain line"},
		{"a retraction without a reason", "modules", "go.mod", "go 1.26.0", "go 1.26.0\n\nretract v0.0.9", "write the reason of the retraction"},

		{"bytes", "files", "docs/state", "", "a\x00b", "binary files: docs/state"},
		{"a large file", "files", "docs/log.txt", "", strings.Repeat("line\n", 1<<18), "over 1 MiB, and every user downloads them: docs/log.txt"},

		{"no section", "changelog", "CHANGELOG.md", "[0.1.0]", "[0.0.9]", `CHANGELOG.md needs "## [0.1.0] - `},
		{"no date", "changelog", "CHANGELOG.md", "[0.1.0] - 2026-11-23", "[0.1.0]", `CHANGELOG.md needs "## [0.1.0] - `},
		{"a day that never was", "changelog", "CHANGELOG.md", "2026-11-23", "2026-02-30", "invalid date"},
		{"no entry", "changelog", "CHANGELOG.md", "- All of it.", "", "needs entries below"},
		{"a page from before", "changelog", "SECURITY.md", "The newest", "Nothing has been released yet. The newest", "Nothing has been released yet"},

		{"what go vet finds", "rehearsal", "store/redisstore/more.go", "", "package redisstore\n\nimport \"fmt\"\n\nfunc more() { fmt.Printf(\"%d\\n\", \"text\") }\n", "go vet ./..."},
		{"an unreleased requirement", "rehearsal", "store/redisstore/store.go", "wafer/session\"", "wafer/session\"\n\t_ \"github.com/wafer-go/wafer/internal/bench\"", "store/redisstore"},
		{"an example that does not build", "rehearsal", "examples/devices/go.mod", "github.com/wafer-go/wafer/store/redisstore v0.0.0-00010101000000-000000000000", "", "examples/devices"},
		{"a name that Windows reserves", "rehearsal", "secret/nul.txt", "", "x", "no zip can be made of github.com/wafer-go/wafer"},
		{"a program that does not know its version", "rehearsal", "cmd/wafer/main.go", "info.Main.Version +", "info.GoVersion +", "does not contain v0.1.0"},
	} {
		t.Run(c.check+"/"+c.name, func(t *testing.T) {
			h := &house{t, h.dir}
			defer h.git("reset", "--quiet", "--hard", start)
			h.replace(c.file, c.old, c.replacement)
			h.commit()
			if out, err := h.check(c.check, "v0.1.0"); err == nil || !strings.Contains(err.Error(), "FAIL  "+c.check) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want a failure of %s that says %q; got %v\n%s", c.check, c.want, err, out)
			}
		})
	}
	for _, c := range []struct{ name, check, want string }{
		{"LICENSE", "rehearsal", "would be published without a LICENSE"},
		{"store/redisstore/README.md", "modules", "store/redisstore needs a README.md"},
	} {
		t.Run(c.check+"/no "+c.name, func(t *testing.T) {
			h := &house{t, h.dir}
			defer h.git("reset", "--quiet", "--hard", start)
			h.git("rm", "--quiet", c.name)
			h.commit()
			if out, err := h.check(c.check, "v0.1.0"); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %q; got %v\n%s", c.want, err, out)
			}
		})
	}
}

func TestReleaseCheck_WithoutAVersionUsesTheNextMinor(t *testing.T) {
	h := build(t)
	for _, tag := range []string{"v0.9.3", "v0.10.1", "v0.12.0-rc.1", "vnext"} {
		h.git("tag", tag)
	}
	if out, err := h.check("rehearsal", ""); err != nil || !strings.Contains(out, "as v0.11.0") {
		t.Errorf("got %v\n%s", err, out)
	}
}
