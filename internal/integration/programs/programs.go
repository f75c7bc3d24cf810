// Package programs builds and runs the programs that the docs show, as their readers would.
package programs

import (
	"encoding/hex"
	"encoding/json"
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

// Start builds the program in folder and runs it with a key of its own.
func Start(t *testing.T, folder string) *Program {
	t.Helper()
	return Build(t, folder).Start(t)
}

// StartChanged is Start for a program whose main.go is changed so that it listens at
// [docprogram.Address]: a free port of host, which is empty for all of the machine's addresses. It
// runs in the folder at.
func StartChanged(t *testing.T, folder, at, host string, change func(source string) string) *Program {
	t.Helper()
	_, port, _ := net.SplitHostPort(free())
	program := build(t, folder, change(read(t, folder)))
	return start(t, program, at, net.JoinHostPort(host, port))
}

// A Built is a program that can be started several times until the test that built it ends.
type Built struct{ program string }

// Build builds the program in folder. The one change made to it is that its "localhost:8080" is a
// variable, for which Start chooses a free port.
func Build(t *testing.T, folder string) *Built {
	t.Helper()
	return &Built{build(t, folder, strings.Replace(read(t, folder), `"localhost:8080"`, docprogram.Address, 1))}
}

// Start runs the program with a key of its own.
func (b *Built) Start(t *testing.T) *Program {
	t.Helper()
	return start(t, b.program, t.TempDir(), free())
}

// free returns an address at which nothing listens.
func free() string {
	server := httptest.NewServer(nil)
	defer server.Close()
	return strings.TrimPrefix(server.URL, "http://")
}

func read(t *testing.T, folder string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// build builds the program in folder with another main.go, which listens at docprogram.Address.
func build(t *testing.T, folder, changed string) (program string) {
	t.Helper()
	source, err := filepath.Abs(folder)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	replace := make(map[string]string)
	for name, text := range map[string]string{"main.go": changed, docprogram.AddressFile: docprogram.AddressSource} {
		write(name, text)
		replace[filepath.Join(source, name)] = filepath.Join(dir, name)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	write("overlay.json", string(overlay))
	program = filepath.Join(dir, "program")
	// Without symbols it is linked in half the time, and go run, unlike go build, keeps what it has
	// linked for the next time.
	build := exec.Command("go", "run", "-buildvcs=false", "-ldflags=-s", "-overlay", filepath.Join(dir, "overlay.json"), "-exec", "cp", ".", program)
	build.Dir = source
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s does not build: %v\n%s", folder, err, out)
	}
	return program
}

// start runs a program in a folder until the test ends, and waits until it listens.
func start(t *testing.T, program, at, addr string) *Program {
	t.Helper()
	p := &Program{Addr: addr}
	run := exec.Command(program)
	run.Env = append(os.Environ(), "SECRET_KEY="+hex.EncodeToString(secret.New().Bytes()), docprogram.AddressVariable+"="+addr)
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
	t.Fatalf("%s does not listen at %s: %s", program, p.Addr, p.Log())
	return nil
}
