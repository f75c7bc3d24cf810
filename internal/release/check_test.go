package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestARepositoryThatMayBeReleasedPassesEveryCheck(t *testing.T) {
	defer func(all []string) { platforms = all }(platforms)
	platforms = []string{"windows/amd64"} // one, since all of it is compiled again
	h := build(t)
	out := filepath.Join(t.TempDir(), "out")
	if err := checkCommand(t.Context(), h.dir, []string{"-version", "v0.1.0", "-out", out}, t.Output()); err != nil {
		t.Fatal(err)
	}
	if got, want := h.read(".git/wafer-release-check"), pass(h.git("rev-parse", "HEAD"), "v0.1.0"); got != want {
		t.Errorf("check left %q for tag, want %q", got, want)
	}
	sums, err := os.ReadFile(filepath.Join(out, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"wafer_v0.1.0_windows_amd64.exe", "wafer_v0.1.0_windows_amd64.cdx.json", "THIRD-PARTY-LICENSES.txt"} {
		sum, err := fileSum(filepath.Join(out, name))
		if err != nil || !strings.Contains(string(sums), sum+"  "+name+"\n") {
			t.Errorf("%s: %v; SHA256SUMS has\n%s", name, err, sums)
		}
	}
	texts, err := os.ReadFile(filepath.Join(out, "THIRD-PARTY-LICENSES.txt"))
	if err != nil || !strings.Contains(string(texts), "github.com/google/licensecheck: LICENSE") || !strings.Contains(string(texts), "Go: LICENSE") {
		t.Errorf("THIRD-PARTY-LICENSES.txt lacks one: %v\n%s", err, texts)
	}
}

// Each case is a repository with one thing wrong, and what is said of it.
func TestEachCheckFindsWhatIsWrong(t *testing.T) {
	h := build(t)
	start := h.git("rev-parse", "HEAD")
	for _, c := range []struct {
		name, check string
		doctor      func(h *house)
		want        string
	}{
		{"a module that is not listed", "modules", func(h *house) {
			h.write("adapter/ginsession/go.mod", "module github.com/wafer-go/wafer/adapter/ginsession\n")
		}, "adapter/ginsession/go.mod is a module that modules.txt does not list"},
		{"another Go", "modules", func(h *house) { h.replace("internal/bench/go.mod", "1.26.0", "1.25.0") }, "internal/bench/go.mod has another go line"},
		{"a toolchain line", "modules", func(h *house) { h.replace("go.mod", "go 1.26.0", "go 1.26.0\n\ntoolchain go1.26.1") }, "has a toolchain line"},
		{"a replacement from outside", "modules", func(h *house) {
			h.replace("cmd/wafer/go.mod", "wafer => ../..", "wafer => ../../../elsewhere")
		}, "replaces github.com/wafer-go/wafer by ../../../elsewhere"},
		{"a retraction without a reason", "modules", func(h *house) { h.replace("go.mod", "go 1.26.0", "go 1.26.0\n\nretract v0.0.9") }, "retracts v0.0.9 without a reason"},
		{"an unreleased requirement", "modules", func(h *house) {
			h.replace("store/redisstore/go.mod", "replace", "require github.com/wafer-go/wafer/internal/bench v0.0.0\n\nreplace")
		}, "requires github.com/wafer-go/wafer/internal/bench, which is never released"},
		{"no README", "modules", func(h *house) { h.remove("store/redisstore/README.md") }, "store/redisstore has no README.md"},

		{"a program", "files", func(h *house) { h.write("session/session", "\x7fELF") }, "session/session is a program or library for Linux"},
		{"bytes", "files", func(h *house) { h.write("docs/state", "a\x00b") }, "docs/state is not a text"},
		{"a large file", "files", func(h *house) { h.write("docs/log.txt", strings.Repeat("line\n", 1<<18)) }, "docs/log.txt has 1310720 bytes"},
		{"a name that Windows keeps for itself", "files", func(h *house) { h.write("secret/testdata/fuzz/FuzzParse/nul", "x") }, `"nul" disallowed`},
		{"a symbolic link", "files", func(h *house) {
			if err := os.Symlink("README.md", filepath.Join(h.dir, "LIESMICH.md")); err != nil {
				t.Fatal(err)
			}
		}, "LIESMICH.md is no regular file"},

		{"no section", "changelog", func(h *house) { h.replace("CHANGELOG.md", "[0.1.0]", "[0.0.9]") }, "CHANGELOG.md has no section for v0.1.0"},
		{"no date", "changelog", func(h *house) { h.replace("CHANGELOG.md", "[0.1.0] - 2026-11-23", "[0.1.0]") }, "write it like"},
		{"a day that never was", "changelog", func(h *house) { h.replace("CHANGELOG.md", "2026-11-23", "2026-02-30") }, "a date that does not exist"},
		{"no entry", "changelog", func(h *house) { h.replace("CHANGELOG.md", "- All of it.", "") }, "lists nothing under"},
		{"a page from before", "changelog", func(h *house) { h.replace("SECURITY.md", "The newest", unreleased+". The newest") }, "SECURITY.md says"},

		{"a dead link", "links", func(h *house) { h.replace("README.md", "docs/guide.md#", "docs/guides.md#") }, "there is no docs/guides.md"},
		{"a dead anchor", "links", func(h *house) { h.replace("README.md", "#first-steps", "#last-steps") }, "docs/guide.md has no heading #last-steps"},
		{"a link without TLS", "links", func(h *house) { h.replace("README.md", "docs/guide.md#first-steps", "http://example.org") }, `write https in place of "http"`},

		{"an untidy module", "tidy", func(h *house) {
			h.write("internal/bench/go.mod", h.read("internal/bench/go.mod")+"\nrequire github.com/google/licensecheck v0.3.1\n")
			h.write("internal/bench/go.sum", h.read("cmd/wafer/go.sum"))
		}, "run go mod tidy in internal/bench"},

		{"a table of yesterday", "licences", func(h *house) { h.replace(licencePage, "| BSD-3-Clause |", "| MIT |") }, "is not what the modules require now"},

		{"what go vet finds", "rehearsal", func(h *house) {
			h.write("store/redisstore/more.go", "package redisstore\n\nimport \"fmt\"\n\nfunc more() { fmt.Printf(\"%d\\n\", \"text\") }\n")
		}, "store/redisstore does not stand in the release commit"},
		{"an example that does not build", "rehearsal", func(h *house) {
			h.replace("examples/devices/go.mod", "github.com/wafer-go/wafer/store/redisstore v0.0.0-00010101000000-000000000000", "")
		}, "examples/devices cannot be built from a clone of the tag"},
		{"no zip", "rehearsal", func(h *house) { h.write("secret/testdata/fuzz/FuzzParse/nul", "x") }, "no zip can be made of github.com/wafer-go/wafer"},

		{"no licence", "consumer", func(h *house) { h.git("mv", "LICENSE", "TERMS") }, "would be published without a LICENSE"},
		{"a program that does not know its version", "consumer", func(h *house) { h.replace("cmd/wafer/main.go", "info.Main.Version +", "info.GoVersion +") }, "which does not have v0.1.0"},
	} {
		t.Run(c.check+"/"+c.name, func(t *testing.T) {
			h := &house{t, h.dir}
			defer h.git("reset", "--quiet", "--hard", start)
			c.doctor(h)
			h.commit()
			out, err := h.check("v0.1.0", c.check)
			if !errors.Is(err, errFailed) || !strings.Contains(out, "FAIL  "+c.check) || !strings.Contains(out, c.want) {
				t.Errorf("want a failure of %s that says %q; got error %v, and\n%s", c.check, c.want, err, out)
			}
		})
	}
}

func TestAFailureOfOneCheckHidesNoOther(t *testing.T) {
	h := build(t)
	h.remove("cmd/wafer/README.md")
	h.replace("README.md", "docs/guide.md#", "docs/guides.md#")
	h.commit()
	out, err := h.check("v0.1.0", "modules,links")
	if !errors.Is(err, errFailed) || !strings.Contains(out, "FAIL  modules") || !strings.Contains(out, "FAIL  links") {
		t.Errorf("got %v, and\n%s", err, out)
	}
}

func TestWhatIsNotCommittedIsSaidNotToBeChecked(t *testing.T) {
	h := build(t)
	h.write("docs/state", "\x7fELF")
	out, err := h.check("v0.1.0", "files")
	if err != nil || !strings.Contains(out, "note: 1 files of the working tree are not committed") {
		t.Errorf("got %v, and\n%s", err, out)
	}
}

func TestAnUnknownCheckIsNamedWithThoseThereAre(t *testing.T) {
	_, err := build(t).check("v0.1.0", "apis")
	if err == nil || !strings.Contains(err.Error(), `"apis"; there are modules, files`) {
		t.Errorf("got %v", err)
	}
}
