package main

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The program itself is run as the test binary.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_DEVICES") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// program is the program in a folder of its own.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "RUN_DEVICES=1")
	cmd.Dir = t.TempDir()
	return cmd
}

func TestABusyPortIsAClearError(t *testing.T) {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	out, err := program(t, "-addr", l.Addr().String()).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "address already in use; choose another address") {
		t.Errorf("ends with %v: %s", err, out)
	}
}

func TestAFileThatCannotBeMadeIsAClearError(t *testing.T) {
	out, err := program(t, "-db", "no/such/folder.db").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "folder.db") || !strings.Contains(string(out), "name another file with -db FILE") {
		t.Errorf("ends with %v: %s", err, out)
	}
}

func TestAFileOfSomethingElseIsAnErrorAndLeftAlone(t *testing.T) {
	cmd := program(t, "-db", "letter.txt")
	file, text := filepath.Join(cmd.Dir, "letter.txt"), strings.Repeat("Dear Ada, ", 100)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), file) || !strings.Contains(string(out), "not a database") {
		t.Errorf("ends with %v: %s", err, out)
	}
	if left, err := os.ReadFile(file); err != nil || string(left) != text {
		t.Errorf("left is %q, %v", left, err)
	}
}

func TestAnUnknownArgumentIsAnError(t *testing.T) {
	out, err := program(t, "please").CombinedOutput()
	if err == nil || !strings.Contains(string(out), `"please" is not understood`) {
		t.Errorf("ends with %v: %s", err, out)
	}
}

func TestItSaysWhereTheSessionsAreAndClosesThemWhenStopped(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		cmd := program(t, "-addr", "localhost:0")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		file := filepath.Join(cmd.Dir, "devices.db")
		said := ""
		for lines := bufio.NewScanner(out); !strings.Contains(said, "Open http://localhost:") && lines.Scan(); {
			said += lines.Text() + "\n"
		}
		if !strings.Contains(said, "Sessions are kept in "+file+"\nOpen http://localhost:") {
			t.Errorf("it says %s", said)
		}
		wal, err := os.Stat(file + "-wal")
		if err != nil || wal.Mode().Perm() != 0o600 {
			t.Errorf("while it runs, the file beside it is %v, %v", wal, err)
		}
		_ = cmd.Process.Signal(signal)
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: it ends with %v", signal, err)
		}
		// SQLite takes them away when the database is closed.
		if left, _ := filepath.Glob(file + "*"); len(left) != 1 {
			t.Errorf("%v: left are %q", signal, left)
		}
	}
}
