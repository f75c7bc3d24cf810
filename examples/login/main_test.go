package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
)

// browser visits the app.
type browser struct {
	t *testing.T
	*http.Client
	url string
}

func newBrowser(t *testing.T) browser {
	t.Helper()
	h, err := newHandler(secret.New())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(h)
	t.Cleanup(server.Close)
	client := server.Client()
	client.Jar, _ = cookiejar.New(nil)
	return browser{t, client, server.URL}
}

func (b browser) page(res *http.Response, err error) (int, string) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func (b browser) want(path string, texts ...string) {
	b.t.Helper()
	_, page := b.page(b.Get(b.url + path))
	for _, text := range texts {
		no, absent := strings.CutPrefix(text, "not ")
		if absent && strings.Contains(page, no) || !absent && !strings.Contains(page, text) {
			b.t.Errorf("%s: want %s in %s", path, text, page)
		}
	}
}

func (b browser) post(path, name string) (int, string) {
	b.t.Helper()
	return b.page(b.PostForm(b.url+path, url.Values{"username": {name}}))
}

func TestEachStepIsFlashedOnce(t *testing.T) {
	b := newBrowser(t)
	b.want("/", "You are not logged in", `not class="flash`)
	if _, page := b.post("/login", "ada"); !strings.Contains(page, `<div class="flash success" role="status"><strong>success</strong> <span>You were successfully logged in</span>`) || !strings.Contains(page, "Hello, ada") {
		t.Errorf("after the login: %s", page)
	}
	b.want("/", "Hello, ada", `not class="flash`)
	if _, page := b.post("/logout", ""); !strings.Contains(page, "You were logged out") || !strings.Contains(page, "You are not logged in") {
		t.Errorf("after the logout: %s", page)
	}
	b.want("/", "You are not logged in", `not class="flash`)
}

func TestABadNameIsAnAlertThatIsNotKept(t *testing.T) {
	b := newBrowser(t)
	for _, name := range []string{"", "  ", strings.Repeat("x", 61), "\xff"} {
		if status, page := b.post("/login", name); status != http.StatusUnprocessableEntity || !strings.Contains(page, `<div class="flash error" role="alert">`) {
			t.Errorf("%q: answered %d %s", name, status, page)
		}
	}
	b.want("/", "You are not logged in", `not class="flash`)
}

func TestTheLengthOfANameIsCountedInCharacters(t *testing.T) {
	b := newBrowser(t)
	name := strings.Repeat("é", 60)
	b.post("/login", name)
	b.want("/", "Hello, "+name)
}

func TestANameIsEscaped(t *testing.T) {
	b := newBrowser(t)
	b.post("/login", `<script>alert(1)</script>`)
	b.want("/", "Hello, &lt;script&gt;", "not <script>")
}

func TestOnlyPostsOfOurOwnPagesChangeAnything(t *testing.T) {
	b := newBrowser(t)
	b.post("/login", "ada")
	if status, _ := b.page(b.Get(b.url + "/logout")); status != http.StatusMethodNotAllowed {
		t.Errorf("GET /logout answers %d", status)
	}
	r, _ := http.NewRequest("POST", b.url+"/logout", nil)
	r.Header.Set("Origin", "https://evil.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if status, _ := b.page(b.Do(r)); status != http.StatusForbidden {
		t.Errorf("a logout from another site answers %d", status)
	}
	b.want("/", "Hello, ada")
}

// The program itself is run as the test binary.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_LOGIN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func program(t *testing.T, env string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "RUN_LOGIN=1", env)
	return cmd
}

func TestAMalformedKeyIsAnErrorAndNotReplaced(t *testing.T) {
	out, err := program(t, "SECRET_KEY=hush", "-addr", "localhost:0").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "SECRET_KEY") || strings.Contains(string(out), "hush") {
		t.Errorf("ends with %v: %s", err, out)
	}
}

func TestABusyPortIsAClearError(t *testing.T) {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	out, err := program(t, "SECRET_KEY="+secret.New().Reveal(), "-addr", l.Addr().String()).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "address already in use; choose another address") {
		t.Errorf("ends with %v: %s", err, out)
	}
}

func TestWithoutAKeyItSaysHowToKeepOneAndStopsOnInterrupt(t *testing.T) {
	cmd := program(t, "SECRET_KEY=", "-addr", "localhost:0")
	var out bytes.Buffer
	read, write := io.Pipe()
	cmd.Stdout = io.MultiWriter(&out, write)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	buf := make([]byte, 4096)
	var seen string
	for !strings.Contains(seen, "Open http://localhost:") {
		n, err := read.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		seen += string(buf[:n])
	}
	go func() { _, _ = io.Copy(io.Discard, read) }()
	_ = cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil || !strings.Contains(seen, "export SECRET_KEY=$(openssl rand -hex 32)") {
		t.Errorf("ends with %v: %s", err, seen)
	}
}
