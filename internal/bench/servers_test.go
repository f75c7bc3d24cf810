package bench

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A server is a program that is measured.
type server struct {
	name    string
	command func(b *testing.B, address string) *exec.Cmd // of a foreign one; our own is in this program
}

// servers are all servers, in the order of the tables.
func servers() []server {
	all := []server{{name: "none"}}
	for _, s := range []server{
		{name: "wafer"},
		{name: "scs"},
		{name: "gorilla"},
		{"flask", startFlask},
		{"express", startNode("express.js")},
		{"iron", startNode("iron.js")},
	} {
		for _, action := range []string{"read", "change"} {
			one := server{name: s.name + "-" + action}
			if s.command != nil {
				one.command = func(b *testing.B, address string) *exec.Cmd {
					cmd := s.command(b, address)
					cmd.Env = append(cmd.Environ(), "CHANGE="+map[string]string{"read": "no", "change": "yes"}[action])
					return cmd
				}
			}
			all = append(all, one)
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
	_, cookie, err := v.get("/login")
	if err != nil {
		return err
	}
	if s.name == "none" {
		cookie = cookieName + "=" + strings.Repeat("x", 120) // as many bytes on the wire as the others'
	}
	if cookie == "" {
		return fmt.Errorf("/login sets no cookie")
	}
	want := visits
	for range 2 {
		v.cookie = other + cookie
		if strings.HasSuffix(s.name, "-change") {
			want++
		}
		body, changed, err := v.get("/")
		if err != nil {
			return err
		}
		if want := fmt.Sprintf("Hello, %s! Visit %d.", name, want); !strings.Contains(body, want) {
			return fmt.Errorf("the page is %q and does not contain %q", body, want)
		}
		cookie = cmp.Or(changed, cookie) // a store keeps a change without a new cookie
	}
	return nil
}

func (v *client) get(path string) (body, cookie string, err error) {
	request, err := http.NewRequest(http.MethodGet, v.url+path, nil)
	if err != nil {
		return "", "", err
	}
	if v.cookie != "" {
		request.Header.Set("Cookie", v.cookie)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<16))
	if err != nil {
		return "", "", err
	}
	if response.StatusCode != http.StatusOK {
		return "", "", fmt.Errorf("%s answers %s: %s", path, response.Status, text)
	}
	for _, c := range response.Cookies() {
		if c.Name == cookieName {
			cookie = c.Name + "=" + c.Value
		}
	}
	return string(text), cookie, nil
}

func TestServers_ReadAndChangeTheSession(t *testing.T) {
	for page := range pages {
		for _, s := range servers() {
			if s.command != nil {
				continue // a foreign one, which the measurement itself checks
			}
			t.Run(s.name+"/"+page, func(t *testing.T) {
				if err := signInTo(t, s.name, page, s); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestServers_OneThatChangesNothingIsNotMeasuredAsOneThatDoes(t *testing.T) {
	if err := signInTo(t, "wafer-read", "small", server{name: "wafer-change"}); err == nil {
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
