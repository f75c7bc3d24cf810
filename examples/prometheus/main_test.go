package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The program itself is run as the test binary.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_PROMETHEUS") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func program(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "RUN_PROMETHEUS=1")
	return cmd
}

func TestItSaysWhereTheMetricsAre(t *testing.T) {
	cmd := program("-addr", "localhost:0", "-metrics", "localhost:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, url, ok := strings.Cut(lines.Text(), "Metrics are at "); ok {
			res, err := http.Get(url)
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if !strings.Contains(string(text), `wafer_session_refused_total{reason="bad_signature"} 0`) {
				t.Errorf("%s has %s", url, text)
			}
			return
		}
	}
	t.Error("it did not say")
}

func TestABusyPortIsAClearError(t *testing.T) {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	out, err := program("-addr", "localhost:0", "-metrics", l.Addr().String()).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "address already in use; choose another address") {
		t.Errorf("ends with %v: %s", err, out)
	}
}

func TestAnUnknownArgumentIsAnError(t *testing.T) {
	out, err := program("please").CombinedOutput()
	if err == nil || !strings.Contains(string(out), `"please" is not understood`) {
		t.Errorf("ends with %v: %s", err, out)
	}
}
