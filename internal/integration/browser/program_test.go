package browser

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
)

// binaries is where the examples are built, for all tests.
var binaries string

func TestMain(m *testing.M) {
	status, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "browser:", err)
		os.Exit(1)
	}
	os.Exit(status)
}

func run(m *testing.M) (status int, err error) {
	if binaries, err = os.MkdirTemp("", "wafer-examples-"); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(binaries)) }()
	for _, name := range []string{"login", "flash", "flask", "devices"} {
		// Unlike go build, go run keeps what it has linked for the next time.
		build := exec.Command("go", "run", "-ldflags=-s", "-exec", "cp", ".", filepath.Join(binaries, name))
		build.Dir = filepath.Join("..", "..", "..", "examples", name)
		if out, err := build.CombinedOutput(); err != nil {
			return 0, fmt.Errorf("building the example %s: %w\n%s", name, err, out)
		}
	}
	status = m.Run()
	return status, errors.Join(chromium.Stop(), stop())
}

// An example is a program of examples at a free port of a host. All tests share it: each of their
// browsers is another visitor.
type example struct {
	cmd  *exec.Cmd
	said bytes.Buffer
	url  string // what it tells its user to open
}

var (
	mu       sync.Mutex
	examples = make(map[string]*example) // by name and host
)

// start returns the address of an example on a host, which it runs if no test has before.
func start(t *testing.T, name, host string) (url string) {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	e, ok := examples[name+" "+host]
	if !ok {
		var err error
		if e, err = launch(name, host); err != nil {
			t.Fatal(err)
		}
		examples[name+" "+host] = e
	}
	return e.url
}

var address = regexp.MustCompile(`http://\S+`)

// launch runs an example with a key of its own.
func launch(name, host string) (*example, error) {
	folder, err := os.MkdirTemp(binaries, "") // where devices keeps its database
	if err != nil {
		return nil, err
	}
	e := &example{cmd: exec.Command(filepath.Join(binaries, name), "-addr", host+":0")}
	e.cmd.Env = append(os.Environ(), "SECRET_KEY=")
	e.cmd.Dir = folder
	e.cmd.Stderr = &e.said
	out, err := e.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := e.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if e.url = address.FindString(lines.Text()); e.url != "" {
			return e, nil
		}
	}
	return nil, fmt.Errorf("%s ended without an address to open: %w", name, e.cmd.Wait())
}

// stop interrupts the examples, and returns an error if one does not end well.
func stop() error {
	var wrong error
	for name, e := range examples {
		wrong = errors.Join(wrong, e.cmd.Process.Signal(os.Interrupt))
		if err := e.cmd.Wait(); err != nil {
			wrong = errors.Join(wrong, fmt.Errorf("interrupted, %s ends with %w: %s", name, err, e.said.String()))
		}
	}
	return wrong
}
