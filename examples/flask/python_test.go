package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestWhatIsMissingIsSaid(t *testing.T) {
	without := t.TempDir() + "/python"
	if err := os.WriteFile(without, []byte("#!/bin/sh\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for python, want := range map[string]string{"/no/python": "found no Python", without: "lacks Flask, Flask-Login or Flask-WTF; install them"} {
		t.Setenv("WAFER_PYTHON", python)
		if _, err := startPython(context.Background(), key); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), install) {
			t.Errorf("%s: the error is %v", python, err)
		}
	}
}

func TestAPythonHalfThatFailsTellsWhy(t *testing.T) {
	failing := t.TempDir() + "/python"
	if err := os.WriteFile(failing, []byte("#!/bin/sh\n[ \"$2\" = '"+imports+"' ] || { echo the reason; exit 3; }\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("WAFER_PYTHON", failing)
	if _, err := startPython(context.Background(), key); err == nil || !strings.Contains(err.Error(), "the reason") || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("the error is %v", err)
	}
}

// The program itself is run as the test binary.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_FLASK") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestThePythonHalfEndsWithTheProgram(t *testing.T) {
	for what, signal := range map[string]os.Signal{"interrupted": os.Interrupt, "killed": os.Kill} {
		t.Run(what, func(t *testing.T) {
			python, alive := watchedPython(t)
			cmd := exec.Command(os.Args[0], "-addr", "localhost:0")
			cmd.Env = append(os.Environ(), "RUN_FLASK=1", "SECRET_KEY=", "WAFER_PYTHON="+python)
			var said bytes.Buffer
			cmd.Stderr = &said
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = cmd.Process.Kill() })
			var address string
			if _, err := fmt.Fscanf(out, "Open %s\n", &address); err != nil {
				t.Fatalf("%v: %s", err, said.String())
			}
			res, err := http.Get(address + "/py/")
			if err != nil || res.StatusCode != http.StatusOK {
				t.Fatalf("the Python half answers %v, %v", res, err)
			}
			_ = res.Body.Close()
			_ = cmd.Process.Signal(signal)
			var exit *exec.ExitError
			if err := cmd.Wait(); err != nil && (signal != os.Kill || !errors.As(err, &exit)) {
				t.Errorf("ends with %v: %s", err, said.String())
			}
			<-alive // or this test never ends
		})
	}
}

// watchedPython returns a Python that holds a pipe open, and what is closed
// once the pipe is: when the Python that serves the half has ended, whoever
// ended it.
func watchedPython(t *testing.T) (path string, alive <-chan struct{}) {
	t.Helper()
	python, err := findFlask(t.Context())
	if err != nil {
		t.Fatalf("%v; run the tests with `make test`", err)
	}
	path = t.TempDir() + "/python"
	pipe := path + ".pipe"
	script := fmt.Sprintf("#!/bin/sh\n[ \"$2\" = '%s' ] || exec 9>'%s'\nexec '%s' \"$@\"\n", imports, pipe, python)
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfifo", pipe).CombinedOutput(); err != nil {
		t.Fatalf("mkfifo: %v: %s", err, out)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		read, err := os.Open(pipe) // waits for the script
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = read.Close() }()
		_, _ = io.Copy(io.Discard, read)
	}()
	return path, ended
}
