package main

import "testing"

func TestTheStepThatChangesNeed(t *testing.T) {
	for _, c := range []struct {
		last         string
		breaks, adds bool
		want         string
	}{
		{"v0.1.2", false, false, "v0.1.3"},
		{"v0.1.2", false, true, "v0.1.3"},
		{"v0.1.2", true, false, "v0.2.0"},
		{"v1.1.2", false, false, "v1.1.3"},
		{"v1.1.2", false, true, "v1.2.0"},
		{"v1.1.2", true, true, "v2.0.0"},
	} {
		if got := next(c.last, needed(c.last, c.breaks, c.adds)); got != c.want {
			t.Errorf("after %s, breaks %t, adds %t: %s, want %s", c.last, c.breaks, c.adds, got, c.want)
		}
	}
}

func TestVersionsThatCannotBeTaggedAreRefused(t *testing.T) {
	for version, want := range map[string]bool{
		"v0.1.0": true, "v1.2.3": true, "v0.1.0-rc.1": true,
		"": false, "0.1.0": false, "v0.1": false, "v01.1.0": false, "v0.1.0+build": false, "v2.0.0": false,
	} {
		if err := validVersion(version); (err == nil) != want {
			t.Errorf("%q: %v", version, err)
		}
	}
}

func TestTheLastTagOfAModuleIsItsOwnNewestRelease(t *testing.T) {
	h := build(t)
	for _, tag := range []string{"v0.9.0", "v0.10.0", "v0.11.0-rc.1", "vnext", "store/redisstore/v0.2.0", "cmd/wafer/v0.3.0-rc.2", "cmd/wafer/v0.3.0-rc.10"} {
		h.git("tag", tag)
	}
	tree, err := readTree(h.dir)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		corePath:                       "v0.10.0",
		corePath + "/store/redisstore": "v0.2.0",
		corePath + "/cmd/wafer":        "v0.3.0-rc.10",
		corePath + "/internal/bench":   "",
	} {
		m, _ := tree.find(path)
		if got, err := lastTag(t.Context(), h.dir, m); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", path, got, err, want)
		}
	}
}
