package bench

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A server is a program that is measured.
type server struct {
	library string
	action  string                                       // what its page does with the session: read or change
	foreign func(b *testing.B, address string) *exec.Cmd // nil if it is in this program
}

// String is the server's name in the tables.
func (s server) String() string { return strings.TrimSuffix(s.library+"-"+s.action, "-") }

// servers are all servers, in the order of the tables.
func servers() []server {
	all := []server{{library: "none"}}
	for _, s := range []server{
		{library: "wafer"},
		{library: "scs"},
		{library: "gorilla"},
		{library: "flask", foreign: startFlask},
		{library: "express", foreign: startNode("express.js")},
		{library: "iron", foreign: startNode("iron.js")},
	} {
		for _, s.action = range []string{"read", "change"} {
			all = append(all, s)
		}
	}
	return all
}

// startFlask runs gunicorn with two workers of four threads.
func startFlask(_ *testing.B, address string) *exec.Cmd {
	cmd := exec.Command(cmp.Or(os.Getenv("WAFER_PYTHON"), "/usr/bin/python3"), "-m", "gunicorn", "--workers", "2", "--worker-class", "gthread",
		"--threads", "4", "--keep-alive", "60", "--log-level", "warning", "--bind", address, "app:app")
	cmd.Dir = filepath.Join("rivals", "flask")
	return cmd
}

// startNode runs one process. WAFER_BENCH_NODE names the folder where npm put what it requires.
func startNode(program string) func(b *testing.B, address string) *exec.Cmd {
	return func(b *testing.B, address string) *exec.Cmd {
		folder := os.Getenv("WAFER_BENCH_NODE")
		if folder == "" {
			b.Fatal("WAFER_BENCH_NODE does not name a copy of rivals/node in which npm ci ran; scripts/bench makes one")
		}
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			b.Fatal(err)
		}
		cmd := exec.Command("node", program)
		cmd.Dir = folder
		cmd.Env = append(os.Environ(), "PORT="+port, "NODE_ENV=production")
		return cmd
	}
}

// A client is a visitor of a server.
type client struct{ url, cookie string }

// signIn gets the visitor a session, and sees that the page reads it and, if it
// is to, changes it.
func (v *client) signIn(s server) error {
	jar, _ := cookiejar.New(nil)
	browser := http.Client{Jar: jar}
	seen := visits
	for i, path := range []string{"/login", "/", "/"} {
		if i > 0 && s.action == "change" {
			seen++
		}
		res, err := browser.Get(v.url + path)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
		_ = res.Body.Close()
		if want := fmt.Sprintf("Hello, %s! Visit %d.", name, seen); err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(text), want) {
			return fmt.Errorf("%s answers %s %q, %v, and should contain %q", path, res.Status, text, err, want)
		}
	}
	u, _ := url.Parse(v.url)
	switch cookies := jar.Cookies(u); {
	case s.library == "none":
		v.cookie = other + cookieName + "=" + strings.Repeat("x", 120) // as many bytes on the wire as the others'
	case len(cookies) != 1 || cookies[0].Name != cookieName:
		return fmt.Errorf("/login sets the cookies %v", cookies)
	default:
		v.cookie = other + cookies[0].String()
	}
	return nil
}

func TestServers_ReadAndChangeTheSession(t *testing.T) {
	for page := range pages {
		for _, s := range servers() {
			if s.foreign != nil {
				continue // the measurement itself checks it
			}
			t.Run(s.String()+"/"+page, func(t *testing.T) {
				if err := signInTo(t, s.String(), page, s); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestServers_OneThatChangesNothingIsNotMeasuredAsOneThatDoes(t *testing.T) {
	if err := signInTo(t, "wafer-read", "small", server{library: "wafer", action: "change"}); err == nil {
		t.Error("it passes")
	}
}

// signInTo serves one of our own programs and checks it as the server s.
func signInTo(t *testing.T, program, page string, s server) error {
	t.Helper()
	h, err := handlerOf(program, page)
	if err != nil {
		t.Fatal(err)
	}
	running := httptest.NewServer(h)
	defer running.Close()
	return (&client{url: running.URL}).signIn(s)
}
