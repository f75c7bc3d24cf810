package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// program is the command's path.
var program string

func TestMain(m *testing.M) {
	status, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

func buildAndRun(m *testing.M) (status int, err error) {
	folder, err := os.MkdirTemp("", "wafer-with-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	program = filepath.Join(folder, "with")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		return 0, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return m.Run(), nil
}

// with returns the program, told to use another server for all engines but
// memcached, which starts in no time.
func with(t *testing.T, folder string, command ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(program, append([]string{"--"}, command...)...)
	cmd.Env = append(os.Environ(), "TMPDIR="+folder, "WAFER_MEMCACHED=")
	for _, name := range []string{"WAFER_POSTGRES", "WAFER_MYSQL", "WAFER_REDIS", "WAFER_REDIS_CLUSTER"} {
		cmd.Env = append(cmd.Env, name+"=another")
	}
	return cmd
}

// folder returns one that the servers' user may enter.
func folder(t *testing.T) string {
	t.Helper()
	path, err := os.MkdirTemp("", "wafer-with-")
	if err == nil {
		err = os.Chmod(path, 0o711)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(path) })
	return path
}

func left(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func TestTheCommandsStatusIsPassedOn(t *testing.T) {
	for status, script := range map[int]string{0: "exit 0", 7: "exit 7", 137: "kill -9 $$"} {
		folder := folder(t)
		err := with(t, folder, "sh", "-c", script).Run()
		var exit *exec.ExitError
		got := 0
		if errors.As(err, &exit) {
			got = exit.ExitCode()
		}
		if got != status {
			t.Errorf("%q: the status is %d, %v; it should be %d", script, got, err, status)
		}
		if found := left(t, folder); len(found) > 0 {
			t.Errorf("%q: %v is left", script, found)
		}
	}
}

func TestTheCommandFindsTheServers(t *testing.T) {
	var out bytes.Buffer
	cmd := with(t, folder(t), "sh", "-c", `echo "$WAFER_MEMCACHED $WAFER_REDIS"`)
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.HasPrefix(got, "memcache://127.0.0.1:") || !strings.HasSuffix(got, " another\n") {
		t.Errorf("the command finds %q, not a new memcached and the other Redis", got)
	}
}

func TestASignalEndsTheCommandAndTheServers(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		folder := folder(t)
		cmd, servers := running(t, folder)
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 128+int(signal) {
			t.Errorf("after %v it ends with %v", signal, err)
		}
		gone(t, servers)
		if found := left(t, folder); len(found) > 0 {
			t.Errorf("after %v, %v is left", signal, found)
		}
	}
}

func TestTheServersEndWhereItIsKilled(t *testing.T) {
	cmd, servers := running(t, folder(t))
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	gone(t, servers)
}

// running starts the program around a command that lasts, and returns the ids
// of its children: the command and memcached.
func running(t *testing.T, folder string) (*exec.Cmd, []string) {
	t.Helper()
	cmd := with(t, folder, "sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		tasks, err := filepath.Glob("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/task/*/children")
		if err != nil {
			t.Fatal(err)
		}
		var children []string
		for _, task := range tasks {
			text, _ := os.ReadFile(task) // a thread may have ended
			children = append(children, strings.Fields(string(text))...)
		}
		if len(children) == 2 {
			return cmd, children
		}
	}
	t.Fatal("it does not start memcached and the command")
	return nil, nil
}

func gone(t *testing.T, pids []string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		var still []string
		for _, pid := range pids {
			text, err := os.ReadFile("/proc/" + pid + "/stat")
			if err == nil && !strings.Contains(string(text), ") Z ") {
				still = append(still, string(text))
			}
		}
		if len(still) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("these still run: %q", still)
		}
	}
}
