package fromflask

import (
	"bufio"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/internal/migration/visitor"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // of what the guide's program logs
	os.Exit(m.Run())
}

const flaskKey = "7547e17db73cc304343671d9453450b426fb1f675a12f1a9"

// python runs a program until the test ends, and returns a way to it.
func python(t *testing.T, file string) http.Handler {
	t.Helper()
	interpreter := os.Getenv("WAFER_PYTHON")
	if interpreter == "" {
		t.Fatal("WAFER_PYTHON does not name a Python that has Flask; run the tests with `make test`")
	}
	cmd := exec.Command(interpreter, file)
	cmd.Env = append(os.Environ(), "SECRET_KEY="+flaskKey)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	port, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("Flask does not start: %v", err)
	}
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: "127.0.0.1:" + strings.TrimSpace(port)})
		r.Out.Host = r.In.Host
	}}
}

func made(t *testing.T, m *session.Manager, err error) *session.Manager {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func newAlone(t *testing.T, key secret.Key) *session.Manager {
	t.Helper()
	m, err := alone(key, flaskKey)
	return made(t, m, err)
}

func newBeside(t *testing.T) *session.Manager {
	t.Helper()
	m, err := beside(flaskKey)
	return made(t, m, err)
}

func TestTheGuidesProgramKeepsAVisitorSignedIn(t *testing.T) {
	v, key := visitor.New(t), secret.New()
	v.Serve(python(t, "app.py"))
	visitor.Says(t, "before", v.Post("/login", url.Values{"username": {"ada"}}), "success: You were logged in\nHello, ada.")
	theirs := v.Cookie("session")
	v.Serve(after(newAlone(t, key)))
	visitor.Says(t, "the first request", v.Get("/"), "Hello, ada.")
	if v.Cookie("session") == theirs || len(v.Cookies()) != 1 {
		t.Errorf("after the first request there are the cookies %v", v.Cookies())
	}
	m, err := session.New(session.Sealed(key), &session.Options{Cookie: session.Cookie{Name: "session"}})
	v.Serve(after(made(t, m, err)))
	visitor.Says(t, "without the old reader", v.Get("/"), "Hello, ada.")
	visitor.Says(t, "after logout", v.Post("/logout", nil), "not logged in")
}

func TestBothHalvesShareALoginWhileTheyRunSideBySide(t *testing.T) {
	v, flaskHalf, goHalf := visitor.New(t), python(t, "app.py"), after(newBeside(t))
	v.Serve(goHalf)
	v.Post("/login", url.Values{"username": {"ada"}})
	v.Serve(flaskHalf)
	visitor.Says(t, "Flask", v.Get("/"), "Hello, ada.")
	v.Post("/fill", nil)
	v.Serve(goHalf)
	visitor.Says(t, "Go", v.Get("/"), "success: <saved>\nHello, ada.")
	v.Post("/logout", nil)
	v.Serve(flaskHalf)
	visitor.Says(t, "Flask after the logout", v.Get("/"), "not logged in")
}

func TestPythonsTypesAreReadBesideFlask(t *testing.T) {
	v := visitor.New(t)
	v.Serve(python(t, "app.py"))
	v.Post("/fill", nil)
	v.Serve(newBeside(t).Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		bought, _ := cart.Get(s)
		if len(bought) != 2 || bought[0] != "apple" || bought[1] != int64(3) {
			t.Errorf("cart is %v", bought)
		}
		if b, _ := raw.Get(s); string(b) != "\x00\xff" {
			t.Errorf("raw is %q", b)
		}
		if id, _ := device.Get(s); id.String() != "12345678-1234-5678-1234-567812345678" {
			t.Errorf("device is %v", id)
		}
		if at, _ := since.Get(s); at.Format(time.RFC3339) != "2024-02-29T12:30:00Z" {
			t.Errorf("since is %v", at)
		}
	})))
	v.Get("/")
}

func TestPythonsTypesBecomeJSONOnceFlaskIsGone(t *testing.T) {
	v, key := visitor.New(t), secret.New()
	v.Serve(python(t, "app.py"))
	v.Post("/fill", nil)
	v.Serve(after(newAlone(t, key)))
	visitor.Says(t, "the first request", v.Get("/"), "success: <saved>\nHello, ada.")
	v.Serve(newAlone(t, key).Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		bought, _ := session.Field[[]any]("cart").Get(s)
		if len(bought) != 2 || bought[0] != "apple" || bought[1] != int64(3) {
			t.Errorf("cart is %v", bought)
		}
		if b, _ := raw.Get(s); string(b) != "\x00\xff" {
			t.Errorf("raw is %q", b)
		}
		if id := s.Value("device"); id != "12345678-1234-5678-1234-567812345678" {
			t.Errorf("device is %v", id)
		}
		if at, _ := since.Get(s); at.Format(time.RFC3339) != "2024-02-29T12:30:00Z" {
			t.Errorf("since is %v", at)
		}
		if name := s.Value("name"); name != "<b>Ada</b>" {
			t.Errorf("name is %v", name)
		}
		if !s.Permanent() {
			t.Error("the session is not permanent any more")
		}
	})))
	v.Get("/")
}

// Flask cannot read Wafer's cookie: visitors who have moved are signed out by
// going back, and can sign in there.
func TestGoingBackToFlaskAsksForANewLogin(t *testing.T) {
	v := visitor.New(t)
	flaskProgram := python(t, "app.py")
	v.Serve(flaskProgram)
	v.Post("/login", url.Values{"username": {"ada"}})
	v.Serve(after(newAlone(t, secret.New())))
	v.Get("/")
	v.Serve(flaskProgram)
	visitor.Says(t, "gone back", v.Get("/"), "not logged in")
	visitor.Says(t, "gone back", v.Post("/login", url.Values{"username": {"ada"}}), "Hello, ada.")
}

func TestRequestsAtOnceAllFindTheOldSession(t *testing.T) {
	v := visitor.New(t)
	v.Serve(python(t, "app.py"))
	v.Post("/login", url.Values{"username": {"ada"}})
	v.Serve(after(newAlone(t, secret.New())))
	for _, page := range append(v.GetAtOnce(8, "/"), v.Get("/")) {
		visitor.Says(t, "at once", page, "Hello, ada.")
	}
}
