package main

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// rehearsedHouse is a release of the house, and its program.
func rehearsedHouse(t *testing.T) (*rehearsal, module) {
	t.Helper()
	h := build(t)
	tmp := t.TempDir()
	r, err := rehearse(t.Context(), h.dir, "HEAD", "v0.1.0", filepath.Join(tmp, "clone"), filepath.Join(tmp, "modules"))
	if err != nil {
		t.Fatal(err)
	}
	return r, programsOf(r.Tree)[0]
}

func TestAProgramThatTellsItsFolderIsNotReproducible(t *testing.T) {
	r, m := rehearsedHouse(t)
	r.Env = append(r.Env, "GOFLAGS=-modcacherw") // without -trimpath
	tmp := t.TempDir()
	var built []program
	for _, name := range []string{"here", "there"} {
		dir := filepath.Join(tmp, name)
		p, err := buildProgram(t.Context(), r, m, "linux/amd64", []string{"GOPATH=" + dir, "GOMODCACHE=" + filepath.Join(dir, "modules")})
		if err != nil {
			t.Fatal(err)
		}
		built = append(built, p)
	}
	if err := same(built[0], built[1]); err == nil || !strings.Contains(err.Error(), "cmd/wafer for linux/amd64 is not reproducible") {
		t.Errorf("got %v", err)
	}
}

func TestAnSBOMThatLacksAModuleOrHasOneTooManyIsFoundOut(t *testing.T) {
	r, m := rehearsedHouse(t)
	p, err := buildProgram(t.Context(), r, m, "linux/amd64", []string{"GOPATH=" + t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	parts, err := partsOf(t.Context(), r, p)
	if err != nil {
		t.Fatal(err)
	}
	other := append([]part(nil), parts...)
	other[len(other)-1].Sum = "h1:other"
	older := append([]part(nil), parts...)
	older[0].Version = "v0.0.9"
	for _, c := range []struct {
		name  string
		parts []part
		want  string
	}{
		{"all", parts, ""},
		{"one less", parts[:len(parts)-1], "it lacks pkg:golang/github.com/wafer-go/wafer/store/redisstore@v0.1.0"},
		{"one more", append(parts[:len(parts):len(parts)], part{Path: "example.org/x", Version: "v1.0.0"}), "it has pkg:golang/example.org/x@v1.0.0, which"},
		{"another content", other, "it has pkg:golang/github.com/wafer-go/wafer/store/redisstore@v0.1.0 h1:other, which"},
		{"another version of itself", older, "it lacks pkg:golang/github.com/wafer-go/wafer/cmd/wafer@v0.1.0"},
	} {
		text, err := writeSBOM(r, p, c.parts)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(missing(text, p.File), "\n")
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// What releasing.md tells users to type gives them the program that we publish.
func TestWhoeverInstallsGetsTheProgramThatIsPublished(t *testing.T) {
	r, m := rehearsedHouse(t)
	tmp := t.TempDir()
	published, err := buildProgram(t.Context(), r, m, runtime.GOOS+"/"+runtime.GOARCH, []string{"GOPATH=" + tmp})
	if err != nil {
		t.Fatal(err)
	}
	env := append(append([]string{}, r.Env...), "CGO_ENABLED=0", "GOFLAGS=-trimpath", "GOBIN="+tmp)
	if _, err := run(t.Context(), tmp, env, "go", "install", m.Path()+"@v0.1.0"); err != nil {
		t.Fatal(err)
	}
	if sum, err := fileSum(filepath.Join(tmp, filepath.Base(published.File))); err != nil || sum != published.Sum {
		t.Errorf("SHA-256 %s, %v; published is %s", sum, err, published.Sum)
	}
}
