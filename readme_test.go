// Package wafer holds the README to its word.
package wafer

import (
	"io"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
)

// block returns the nth fenced block of a language in the README.
func block(t *testing.T, language string, n int) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if n >= len(found) {
		t.Fatalf("README.md has %d %s blocks, want number %d", len(found), language, n)
	}
	return found[n][1]
}

// TestTheProgramInTheREADMEPrintsWhatItSays builds the program as a user who
// pastes it would, and logs in.
func TestTheProgramInTheREADMEPrintsWhatItSays(t *testing.T) {
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	// The address is the one thing changed: tests may not count on a port.
	program := strings.ReplaceAll(block(t, "go", 0), `"localhost:8080"`, `os.Args[1]`)
	program = strings.Replace(program, `"net/http"`, "\"net/http\"\n\t\"os\"", 1)
	write(t, dir, "main.go", program)
	write(t, dir, "go.mod", module(root))
	build := exec.Command("go", "build", "-o", "readme", ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("the program does not build: %v\n%s", err, out)
	}

	if out, err := exec.Command(filepath.Join(dir, "readme"), "localhost:0").CombinedOutput(); err == nil || !strings.Contains(string(out), "SECRET_KEY") {
		t.Errorf("without a key it ends with %v: %s", err, out)
	}

	free := httptest.NewServer(nil)
	addr := strings.TrimPrefix(free.URL, "http://")
	free.Close()
	run := exec.Command(filepath.Join(dir, "readme"), addr)
	run.Env = append(os.Environ(), "SECRET_KEY="+secret.New().Reveal())
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = run.Process.Kill(); _ = run.Wait() })

	// Secure cookies come back to HTTPS only, so a proxy gives it that.
	target, err := url.Parse("http://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorLog = log.New(io.Discard, "", 0) // until the program listens
	front := httptest.NewTLSServer(proxy)
	t.Cleanup(front.Close)
	client := front.Client()
	client.Jar, _ = cookiejar.New(nil)
	for range 100 {
		if res, err := client.Get(front.URL); err == nil && res.StatusCode == 200 {
			_ = res.Body.Close()
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	page := func(res *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(text))
	}
	want := block(t, "html", 0)
	message, rest, found := strings.Cut(want, "\n")
	if !found || !strings.Contains(message, `role="status"`) {
		t.Fatalf("README.md's page has no message in its first line:\n%s", want)
	}
	if got := page(client.PostForm(front.URL+"/login", url.Values{"name": {"ada"}})); !strings.Contains(got+"\n", want) {
		t.Errorf("after the sign-in the page is\n%s\nwant in it\n%s", got, want)
	}
	if got := page(client.Get(front.URL)); !strings.Contains(got+"\n", rest) || strings.Contains(got, `role="status"`) {
		t.Errorf("after a reload the page is\n%s\nwant in it\n%s", got, rest)
	}
	if got := page(client.PostForm(front.URL+"/logout", nil)); strings.Contains(got, "ada") || !strings.Contains(got, `<label>Name <input name="name"`) {
		t.Errorf("after the sign-out the page is\n%s", got)
	}
}

// TestTheProgramInTheREADMEIsShort counts its lines, blank ones too.
func TestTheProgramInTheREADMEIsShort(t *testing.T) {
	if lines := strings.Count(block(t, "go", 0), "\n"); lines > 45 {
		t.Errorf("the program has %d lines; 45 are allowed", lines)
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// module is the go.mod of a user of the checkout at root.
func module(root string) string {
	return "module user\n\ngo 1.26.0\n\nrequire github.com/wafer-go/wafer v0.0.0\n\nreplace github.com/wafer-go/wafer => " + root + "\n"
}
