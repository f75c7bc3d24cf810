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
	root := filepath.Join("..", "..", "..") // the core module, which has most examples
	for dir, programs := range map[string][]string{root: {"./examples/login", "./examples/flash", "./examples/flask"}, filepath.Join(root, "examples", "devices"): {"."}} {
		build := exec.Command("go", append([]string{"build", "-ldflags=-s", "-o", binaries + "/"}, programs...)...)
		build.Dir = dir
		if out, err := build.CombinedOutput(); err != nil {
			return 0, fmt.Errorf("building the examples: %w\n%s", err, out)
		}
	}
	status = m.Run()
	return status, chromium.Stop()
}

var address = regexp.MustCompile(`http://\S+`)

// start runs an example with a key of its own on a free port of host, and
// returns the address that it tells its user to open.
func start(t *testing.T, example, host string) (url string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(binaries, example), "-addr", host+":0")
	cmd.Env = append(os.Environ(), "SECRET_KEY=")
	cmd.Dir = t.TempDir() // where devices keeps its database
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("interrupted, %s ends with %v: %s", example, err, said.String())
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url = address.FindString(lines.Text()); url != "" {
			return url
		}
	}
	t.Fatalf("%s ended without an address to open", example)
	return ""
}
