package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/semver"
)

// firstVersion is proposed where nothing was ever released.
const firstVersion = "v0.1.0"

// A step is how far a version goes beyond the one before it.
type step int

const (
	patch step = iota
	minor
	major
)

func (s step) String() string { return [...]string{"patch", "minor", "major"}[s] }

// needed is the least step that the changes of an API allow after a version.
// Before v1, Semantic Versioning promises nothing; we promise that a patch
// breaks nothing.
func needed(last string, breaks, adds bool) step {
	v0 := semver.Major(last) == "v0"
	switch {
	case breaks && !v0:
		return major
	case breaks, adds && !v0:
		return minor
	default:
		return patch
	}
}

// next is the version that a step leads to.
func next(last string, s step) string {
	parts := numbers(last)
	if parts == nil {
		return firstVersion
	}
	switch s {
	case major:
		return fmt.Sprintf("v%d.0.0", parts[0]+1)
	case minor:
		return fmt.Sprintf("v%d.%d.0", parts[0], parts[1]+1)
	default:
		return fmt.Sprintf("v%d.%d.%d", parts[0], parts[1], parts[2]+1)
	}
}

// numbers are a version's three, without what follows them; nil for what is no
// version.
func numbers(version string) []int {
	core, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), "-")
	var found []int
	for part := range strings.SplitSeq(core, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil
		}
		found = append(found, n)
	}
	if len(found) != 3 {
		return nil
	}
	return found
}

// validVersion returns an error for what cannot be tagged here.
func validVersion(version string) error {
	if semver.Canonical(version) != version || version == "" {
		return fmt.Errorf("%q is no version; write it like v0.1.0", version)
	}
	if major := semver.Major(version); major != "v0" && major != "v1" {
		return fmt.Errorf("%s would need module paths that end in /%s; see docs/releasing.md", version, major)
	}
	return nil
}

// lastTag is the newest version of a module that a repository has a tag of;
// empty for none. A prerelease counts only where nothing else does.
func lastTag(ctx context.Context, repo string, m module) (string, error) {
	out, err := git(ctx, repo, "tag", "--list", m.Tag("v*"))
	if err != nil {
		return "", err
	}
	last := ""
	for _, tag := range lines(out) {
		version := strings.TrimPrefix(tag, m.Tag(""))
		switch {
		case semver.Canonical(version) != version:
		case last == "", newer(version, last):
			last = version
		}
	}
	return last, nil
}

func newer(a, b string) bool {
	if (semver.Prerelease(a) == "") != (semver.Prerelease(b) == "") {
		return semver.Prerelease(a) == ""
	}
	return semver.Compare(a, b) > 0
}
