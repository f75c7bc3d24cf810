package main

import (
	"bufio"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestServe_SignsInShowsTheFlashOnceAndStops(t *testing.T) {
	tool := filepath.Join(t.TempDir(), "wafer")
	if err := os.Symlink(os.Args[0], tool); err != nil { // the test binary is the tool under this name
		t.Fatal(err)
	}
	database := "sqlite:" + filepath.Join(t.TempDir(), "sessions.db")
	if out, err := exec.CommandContext(t.Context(), tool, "store", "migrate", database).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for name, flags := range map[string][]string{"signed": nil, "sealed": {"--sealed"}, "stored": {"--store", database}} {
		t.Run(name, func(t *testing.T) { loginAtServe(t, tool, flags...) })
	}
}

func loginAtServe(t *testing.T, tool string, flags ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tool, append([]string{"serve", "--addr", "localhost:0"}, flags...)...)
	cmd.Env = []string{"SECRET_KEY="}
	cmd.WaitDelay = 5 * time.Second
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	address, _, found := strings.Cut(strings.TrimPrefix(line, "Open "), " (Ctrl-C stops)")
	if err != nil || !found {
		t.Fatalf("printed %q: %v", line, err)
	}

	client := &http.Client{
		Timeout:       5 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	// The cookie is Secure, and net/http's jar would not send it over HTTP.
	var cookie *http.Cookie
	visit := func(method, path, form string) string {
		r, _ := http.NewRequest(method, address+path, strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if cookie != nil {
			r.AddCookie(cookie)
		}
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		for _, c := range res.Cookies() {
			cookie = c
		}
		body, _ := io.ReadAll(res.Body)
		return string(body)
	}
	visit("POST", "/login", url.Values{"username": {"ada"}}.Encode())
	if page := visit("GET", "/", ""); !strings.Contains(page, "Hello, ada") || !strings.Contains(page, "You were successfully signed in") {
		t.Errorf("after the login: %s", page)
	}
	if page := visit("GET", "/", ""); !strings.Contains(page, "Hello, ada") || strings.Contains(page, "successfully") {
		t.Errorf("at the next page: %s", page)
	}
	if page := visit("GET", inspectorPath, ""); !strings.Contains(page, "ada") {
		t.Errorf("the inspector: %s", page)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after an interrupt it ends with %v", err)
	}
}
