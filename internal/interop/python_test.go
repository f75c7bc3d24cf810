package interop

import (
	"bufio"
	"bytes"
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

// python is a Python process that answers calls, one at a time. All tests use one, since it takes
// longer to start than most of them take to ask.
type python struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	in     *json.Encoder
	out    *bufio.Reader
	stderr bytes.Buffer

	versions map[string]string // of Python and what it has, by name
}

var shared *python // nil until a test needs it

// startPython returns the process that runs the programs in the folder python with the interpreter
// that WAFER_PYTHON names.
func startPython(t testing.TB) *python {
	t.Helper()
	if shared != nil {
		return shared
	}
	interpreter := os.Getenv("WAFER_PYTHON")
	if interpreter == "" {
		t.Fatal("WAFER_PYTHON does not name a Python that has Flask; run the tests through `make test`, which installs Flask and sets it")
	}
	p := &python{cmd: exec.Command(interpreter, filepath.Join("python", "main.py"))}
	p.cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "TZ=UTC")
	p.cmd.Stderr = &p.stderr
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.stdin, p.in, p.out = stdin, json.NewEncoder(stdin), bufio.NewReader(stdout)
	shared = p
	p.must(t, map[string]any{"op": "versions"}, &p.versions)
	fmt.Printf("interop: %v\n", p.versions)
	return p
}

// stop ends the process.
func (p *python) stop() error {
	_ = p.stdin.Close() // its end of input is what ends it
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("%s, which needs Flask and its extensions (`make test` installs them), ended with %w:\n%s", p.cmd.Path, err, &p.stderr)
	}
	return nil
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
		t.Fatalf("Python takes no calls any more: %v", err)
	}
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("it ended")
		}
		t.Fatalf("Python does not answer: %v", err)
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
