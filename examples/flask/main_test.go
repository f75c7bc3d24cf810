package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const key = "a key for these tests, known to both halves"

// halves serves both behind one address, and returns a browser of it.
func halves(t *testing.T) func(method, path string, form ...string) string {
	t.Helper()
	goHalf, err := newHandler(key)
	if err != nil {
		t.Fatal(err)
	}
	python, err := startPython(t.Context(), key)
	if err != nil {
		t.Fatalf("%v; run the tests with `make test`", err)
	}
	t.Cleanup(python.stop)
	server := httptest.NewServer(front(goHalf, python.url))
	t.Cleanup(server.Close)
	client := server.Client()
	client.Jar, _ = cookiejar.New(nil)
	return func(method, path string, form ...string) string {
		t.Helper()
		values := url.Values{}
		for i := 0; i < len(form); i += 2 {
			values.Set(form[i], form[i+1])
		}
		r, err := http.NewRequest(method, server.URL+path, strings.NewReader(values.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
}

func TestALoginOnEitherHalfIsOneOnBoth(t *testing.T) {
	visit := halves(t)
	for _, half := range [][2]string{{"py", "go"}, {"go", "py"}} {
		here, there := half[0], half[1]
		visit("POST", "/"+here+"/login", "username", "ada "+here)
		if page := visit("GET", "/"+there+"/"); !strings.Contains(page, "Hello, ada "+here) {
			t.Errorf("logged in on %s, %s shows %s", here, there, page)
		}
		if text := visit("GET", "/"+there+"/session.json"); !strings.Contains(text, `"username":"ada `+here+`"`) {
			t.Errorf("logged in on %s, %s has the session %s", here, there, text)
		}
		visit("POST", "/"+there+"/logout")
		if page := visit("GET", "/"+here+"/"); strings.Contains(page, "Hello") {
			t.Errorf("logged out on %s, %s shows %s", there, here, page)
		}
	}
}

func TestAFlashOfEitherHalfIsShownOnceByTheOther(t *testing.T) {
	visit := halves(t)
	visit("POST", "/go/login", "username", "ada")
	for here, text := range map[string]string{"py": "Flashed by Python", "go": "Flashed by Go"} {
		if page := visit("POST", "/"+here+"/flash"); !strings.Contains(page, text) {
			t.Errorf("%s: the other half shows %s", here, page)
		}
		for _, half := range []string{"go", "py"} {
			if page := visit("GET", "/"+half+"/"); strings.Contains(page, text) {
				t.Errorf("%s: %s shows it again: %s", here, half, page)
			}
		}
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	without := t.TempDir() + "/python"
	if err := os.WriteFile(without, []byte("#!/bin/sh\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for python, want := range map[string]string{"/no/python": "found no Python", without: "has no Flask; install it"} {
		t.Setenv("WAFER_PYTHON", python)
		if _, err := startPython(context.Background(), key); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "apt install python3-flask") {
			t.Errorf("%s: the error is %v", python, err)
		}
	}
}

func TestAPythonHalfThatFailsTellsWhy(t *testing.T) {
	failing := t.TempDir() + "/python"
	if err := os.WriteFile(failing, []byte("#!/bin/sh\n[ \"$2\" = 'import flask' ] || { echo the reason; exit 3; }\n"), 0o700); err != nil {
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
		cmd := exec.Command(os.Args[0], "-addr", "localhost:0")
		cmd.Env = append(os.Environ(), "RUN_FLASK=1", "SECRET_KEY=")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var address string
		if _, err := fmt.Fscanf(out, "Open %s\n", &address); err != nil {
			t.Fatalf("%v: %s", err, said.String())
		}
		res, err := http.Get(address + "/py/")
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: the Python half answers %v, %v", what, res, err)
		}
		_ = res.Body.Close()
		python := childOf(cmd.Process.Pid)
		if python == "" {
			t.Fatalf("%s: found no Python half", what)
		}
		_ = cmd.Process.Signal(signal)
		var exit *exec.ExitError
		if err := cmd.Wait(); err != nil && (signal != os.Kill || !errors.As(err, &exit)) {
			t.Errorf("%s: ends with %v: %s", what, err, said.String())
		}
		for range 100 {
			if _, err = os.Stat("/proc/" + python); err != nil {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		if err == nil {
			t.Errorf("%s: the Python half is still there", what)
		}
	}
}

// childOf returns the id of a process's child, or nothing.
func childOf(pid int) string {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		if children, _ := os.ReadFile(list); len(children) > 0 {
			return strings.Fields(string(children))[0]
		}
	}
	return ""
}
