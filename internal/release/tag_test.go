package main

import (
	"strings"
	"testing"
)

func TestRelease_DryRunChangesNothing(t *testing.T) {
	h := build(t)
	before := h.git("rev-list", "--all", "--objects") + h.git("for-each-ref")
	out, err := h.tag("v0.1.0")
	if err != nil || !strings.Contains(out, "3 tags:\n  v0.1.0\n  store/redisstore/v0.1.0\n  cmd/wafer/v0.1.0\n") {
		t.Errorf("got %v\n%s", err, out)
	}
	if after := h.git("rev-list", "--all", "--objects") + h.git("for-each-ref"); after != before {
		t.Errorf("the repository was\n%s\nand is\n%s", before, after)
	}
	// Anyone who makes the commit gets the same one, and can verify it.
	t.Setenv("GIT_AUTHOR_NAME", "B")
	t.Setenv("GIT_COMMITTER_NAME", "B")
	if again, err := h.tag("v0.1.0"); err != nil || again != out {
		t.Errorf("a second maintainer gets %v\n%s\nthe first got\n%s", err, again, out)
	}
}

func TestRelease_TagsACommitWithoutReplaceLines(t *testing.T) {
	h := build(t)
	h.pass("v0.1.0")
	head := h.git("rev-parse", "main")
	if out, err := h.tag("v0.1.0", "--write"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if now := h.git("rev-parse", "main", "HEAD") + h.git("status", "--porcelain"); now != head+"\n"+head {
		t.Errorf("main was %s; main, HEAD and the working tree are %s", head, now)
	}
	for _, name := range []string{"v0.1.0", "store/redisstore/v0.1.0", "cmd/wafer/v0.1.0"} {
		if got := h.git("cat-file", "-t", name) + h.git("rev-parse", name+"^{commit}^"); got != "tag"+head {
			t.Errorf("%s and its parent: %s, want an annotated tag above %s", name, got, head)
		}
	}
	for _, dir := range []string{"store/redisstore", "cmd/wafer"} {
		text := h.git("show", "cmd/wafer/v0.1.0:"+dir+"/go.mod")
		sum := h.git("show", "v0.1.0:"+dir+"/go.sum")
		if strings.Contains(text, "replace") || !strings.Contains(text, "github.com/wafer-go/wafer v0.1.0") ||
			!strings.Contains(sum, "github.com/wafer-go/wafer v0.1.0 h1:") {
			t.Errorf("%s is tagged with\n%s\n%s", dir, text, sum)
		}
	}
	// What is not released is still built from the folders of the tag.
	if text := h.git("show", "v0.1.0:examples/devices/go.mod"); !strings.Contains(text, "replace") {
		t.Errorf("examples/devices/go.mod is tagged as\n%s", text)
	}
}

func TestRelease_RefusesToWriteTags(t *testing.T) {
	for _, c := range []struct {
		name   string
		doctor func(h *house)
		want   string
	}{
		{"of what has not passed", func(*house) {}, "run make release-check VERSION=v0.1.0"},
		{"of another commit than passed", func(h *house) { h.pass("v0.1.0"); h.commit() }, "has not passed as v0.1.0"},
		{"of another version than passed", func(h *house) { h.pass("v0.2.0") }, "has not passed as v0.1.0"},
		{"with changes that are not committed", func(h *house) { h.pass("v0.1.0"); h.replace("README.md", "", "# New") }, "the working tree has changes"},
		{"a second time", func(h *house) { h.git("tag", "store/redisstore/v0.1.0"); h.pass("v0.1.0") }, "the tag store/redisstore/v0.1.0 exists"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := build(t)
			c.doctor(h)
			before := h.git("for-each-ref")
			if out, err := h.tag("--write", "v0.1.0"); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q; printed\n%s", err, c.want, out)
			}
			if after := h.git("for-each-ref"); after != before {
				t.Errorf("the refs were\n%s\nand are\n%s", before, after)
			}
		})
	}
}

func TestValidVersion(t *testing.T) {
	for version, want := range map[string]bool{
		"v0.1.0": true, "v1.2.3": true, "v0.1.0-rc.1": true,
		"": false, "0.1.0": false, "v0.1": false, "v01.1.0": false, "v0.1.0+build": false, "v2.0.0": false,
	} {
		if err := validVersion(version); (err == nil) != want {
			t.Errorf("%q: %v", version, err)
		}
	}
}

func TestAddSums_KeepsTheOrderOfVersions(t *testing.T) {
	const before = "a.org/x v1.9.0 h1:a\na.org/x v1.10.0 h1:b\na.org/x v1.10.0/go.mod h1:c\nz.org/x v1.0.0/go.mod h1:d\n"
	const want = "a.org/x v1.9.0 h1:a\na.org/x v1.10.0 h1:b\na.org/x v1.10.0/go.mod h1:c\nb.org/x v0.1.0 h1:e\nb.org/x v0.1.0/go.mod h1:f\nz.org/x v1.0.0/go.mod h1:d\n"
	added := []string{"b.org/x v0.1.0 h1:e", "b.org/x v0.1.0/go.mod h1:f"}
	if got := addSums(before, added); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got, want := addSums("", added), strings.Join(added, "\n")+"\n"; got != want {
		t.Errorf("to none: got\n%s\nwant\n%s", got, want)
	}
}
