package main

import (
	"strings"
	"testing"
)

func tag(h *house, args ...string) (string, error) {
	var b strings.Builder
	err := tagCommand(h.t.Context(), h.dir, args, &b)
	return b.String(), err
}

func TestADryRunChangesNothing(t *testing.T) {
	h := build(t)
	before := h.git("rev-list", "--all", "--objects") + h.git("for-each-ref")
	out, err := tag(h, "v0.1.0")
	if err != nil || !strings.Contains(out, "would make 3 tags of it:\n  v0.1.0\n  store/redisstore/v0.1.0\n  cmd/wafer/v0.1.0\n") {
		t.Errorf("got %v, and\n%s", err, out)
	}
	if after := h.git("rev-list", "--all", "--objects") + h.git("for-each-ref"); after != before {
		t.Errorf("the repository was\n%s\nand is\n%s", before, after)
	}
}

func TestTheTagsAreOfACommitWithoutReplaceLinesAndMainKeepsItsOwn(t *testing.T) {
	h := build(t)
	h.pass("v0.1.0")
	head := h.git("rev-parse", "main")
	if out, err := tag(h, "v0.1.0", "--write"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if now := h.git("rev-parse", "main", "HEAD"); now != head+"\n"+head {
		t.Errorf("main was %s, and main and HEAD are %s", head, now)
	}
	if changed := h.git("status", "--porcelain"); changed != "" {
		t.Errorf("the working tree has changed: %s", changed)
	}
	for _, name := range []string{"v0.1.0", "store/redisstore/v0.1.0", "cmd/wafer/v0.1.0"} {
		if kind := h.git("cat-file", "-t", name); kind != "tag" {
			t.Errorf("%s is a %s, and should be annotated", name, kind)
		}
		if parent := h.git("rev-parse", name+"^{commit}^"); parent != head {
			t.Errorf("the parent of %s is %s, want main's %s", name, parent, head)
		}
	}
	for _, dir := range []string{"store/redisstore", "cmd/wafer"} {
		text := h.git("show", "cmd/wafer/v0.1.0:"+dir+"/go.mod")
		if strings.Contains(text, "replace") || !strings.Contains(text, "github.com/wafer-go/wafer v0.1.0") {
			t.Errorf("%s/go.mod is tagged as\n%s", dir, text)
		}
		if sum := h.git("show", "v0.1.0:"+dir+"/go.sum"); !strings.Contains(sum, "github.com/wafer-go/wafer v0.1.0 h1:") {
			t.Errorf("%s/go.sum is tagged as\n%s", dir, sum)
		}
	}
	// What is not released is still built from the tag's own folders.
	if text := h.git("show", "v0.1.0:examples/devices/go.mod"); !strings.Contains(text, "replace") {
		t.Errorf("examples/devices/go.mod is tagged as\n%s", text)
	}
}

func TestWritingTagsIsRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		doctor func(h *house)
		want   string
	}{
		{"of what has not passed", func(*house) {}, "run make release-check VERSION=v0.1.0"},
		{"of another commit than passed", func(h *house) { h.pass("v0.1.0"); h.commit() }, "has not passed as v0.1.0"},
		{"of another version than passed", func(h *house) { h.pass("v0.2.0") }, "has not passed as v0.1.0"},
		{"with changes that are not committed", func(h *house) { h.pass("v0.1.0"); h.write("README.md", "# New") }, "the working tree has changes"},
		{"a second time", func(h *house) { h.git("tag", "store/redisstore/v0.1.0"); h.pass("v0.1.0") }, "a version is never tagged twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := build(t)
			c.doctor(h)
			before := h.git("for-each-ref")
			if out, err := tag(h, "--write", "v0.1.0"); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want %q; printed\n%s", err, c.want, out)
			}
			if after := h.git("for-each-ref"); after != before {
				t.Errorf("the refs were\n%s\nand are\n%s", before, after)
			}
		})
	}
}

// Whoever makes the commit gets the same one, so others can verify it.
func TestAReleaseCommitDependsOnItsParentAndVersionAlone(t *testing.T) {
	h := build(t)
	first, err := tag(h, "v0.1.0")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_AUTHOR_NAME", "Somebody else")
	t.Setenv("GIT_COMMITTER_NAME", "Somebody else")
	again, err := tag(h, "v0.1.0")
	if err != nil || again != first {
		t.Errorf("first\n%s\nthen %v\n%s", first, err, again)
	}
}

func TestWhereOneTagCannotBeMadeNoneIs(t *testing.T) {
	h := build(t)
	h.git("tag", "cmd/wafer/v0.1.0")
	before := h.git("for-each-ref")
	r := &rehearsal{Commit: h.git("rev-parse", "HEAD"), Tree: &tree{Root: plans}}
	made := &tagging{Root: h.dir, Version: "v0.1.0"}
	if err := made.tag(t.Context(), r, []string{"v0.1.0", "store/redisstore/v0.1.0", "cmd/wafer/v0.1.0"}); err == nil || !strings.Contains(err.Error(), "already exists") {
		t.Errorf("got %v", err)
	}
	if after := h.git("for-each-ref"); after != before {
		t.Errorf("the refs were\n%s\nand are\n%s", before, after)
	}
}
