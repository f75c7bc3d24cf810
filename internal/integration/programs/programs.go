// Package programs builds and runs the programs that the docs show, as their readers would.
package programs

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/internal/docprogram"
	"github.com/wafer-go/wafer/secret"
)

// A Program runs until its test ends.
type Program struct {
	Addr string // host and port at which it listens
	log  docprogram.Log
}

// Log returns what it has written to its standard error.
func (p *Program) Log() string { return p.log.String() }

// Start builds the program in folder and runs it with a key of its own. The one change made to it
// is that its "localhost:8080" is a free port.
func Start(t *testing.T, folder string) *Program {
	t.Helper()
	return StartChanged(t, folder, t.TempDir(), func(source, addr string) string {
		return strings.Replace(source, `"localhost:8080"`, fmt.Sprintf("%q", addr), 1)
	})
}

// StartChanged is Start for a program whose main.go is changed so that it listens at addr. It runs
// in the folder at.
func StartChanged(t *testing.T, folder, at string, change func(source, addr string) string) *Program {
	t.Helper()
	free := httptest.NewServer(nil)
	p := &Program{Addr: strings.TrimPrefix(free.URL, "http://")}
	free.Close()

	source, err := filepath.Abs(filepath.Join(folder, "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	changed := change(string(text), p.Addr)
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{source: filepath.Join(dir, "main.go")}})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"main.go": changed, "overlay.json": string(overlay)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "program")
	build := exec.Command("go", "build", "-buildvcs=false", "-overlay", filepath.Join(dir, "overlay.json"), "-o", program, ".")
	build.Dir = filepath.Dir(source)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s does not build: %v\n%s", folder, err, out)
	}
	run := exec.Command(program)
	run.Env = append(os.Environ(), "SECRET_KEY="+hex.EncodeToString(secret.New().Bytes()))
	run.Dir, run.Stderr = at, &p.log
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = run.Process.Kill(); _ = run.Wait() })
	for range 200 {
		if conn, err := net.Dial("tcp", p.Addr); err == nil {
			_ = conn.Close()
			return p
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s does not listen at %s: %s", folder, p.Addr, p.Log())
	return nil
}
