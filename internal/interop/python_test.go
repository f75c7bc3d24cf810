package interop

import (
	"bufio"
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

//go:embed python/*.py
var programs embed.FS

// python is a Python process that answers calls, one at a time.
type python struct {
	in     *json.Encoder
	out    *bufio.Reader
	stderr *bytes.Buffer

	versions map[string]string // of Python and what it has, by name
}

// startPython starts the programs in the folder python with the interpreter
// that WAFER_PYTHON names. It ends with the test.
func startPython(t testing.TB) *python {
	t.Helper()
	interpreter := os.Getenv("WAFER_PYTHON")
	if interpreter == "" {
		t.Fatal("WAFER_PYTHON does not name a Python that has Flask; run the tests through `make test`, which installs Flask and sets it")
	}
	if out, err := exec.Command(interpreter, "-c", "import flask, flask_login, flask_principal, flask_wtf").CombinedOutput(); err != nil {
		t.Fatalf("WAFER_PYTHON is %s, which cannot import Flask and its extensions; run the tests through `make test`, which installs them: %v\n%s", interpreter, err, out)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, programs); err != nil {
		t.Fatal(err)
	}
	p := &python{stderr: new(bytes.Buffer)}
	cmd := exec.Command(interpreter, filepath.Join(dir, "python", "main.py"))
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "TZ=UTC")
	cmd.Stderr = p.stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close() // its end of input is what ends it
		if err := cmd.Wait(); err != nil {
			t.Errorf("Python ended with %v:\n%s", err, p.stderr)
		}
	})
	p.in, p.out = json.NewEncoder(stdin), bufio.NewReader(stdout)
	p.must(t, map[string]any{"op": "versions"}, &p.versions)
	fmt.Printf("interop: %s: %v\n", t.Name(), p.versions)
	return p
}

// hasFlask reports whether Flask is of that version or a later one.
func (p *python) hasFlask(version ...int) bool {
	var installed []int
	for part := range strings.SplitSeq(p.versions["flask"], ".") {
		n, _ := strconv.Atoi(part) // a suffix, as of a release candidate, counts as 0
		installed = append(installed, n)
	}
	return slices.Compare(installed, version) >= 0
}

// failure is what Python says when it raised an exception.
type failure struct {
	Error string `json:"error"`
	Where string `json:"where"`
}

// do makes a call and puts the answer into the pointer answer. Its error is
// an exception in Python.
func (p *python) do(t testing.TB, call map[string]any, answer any) error {
	t.Helper()
	if err := p.in.Encode(call); err != nil {
		t.Fatalf("Python takes no calls any more: %v\n%s", err, p.stderr)
	}
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("it ended")
		}
		t.Fatalf("Python does not answer: %v\n%s", err, p.stderr)
	}
	var failed failure
	if err := json.Unmarshal(line, &failed); err != nil {
		t.Fatalf("Python answered %.200q: %v", line, err)
	}
	if failed.Error != "" {
		return fmt.Errorf("in Python: %s (%s)", failed.Error, failed.Where)
	}
	if err := json.Unmarshal(line, answer); err != nil {
		t.Fatalf("Python answered %.200q: %v", line, err)
	}
	return nil
}

// must is do for calls that cannot fail.
func (p *python) must(t testing.TB, call map[string]any, answer any) {
	t.Helper()
	if err := p.do(t, call, answer); err != nil {
		t.Fatalf("%v: %v", call["op"], err)
	}
}
