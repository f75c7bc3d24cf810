package browser

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/wafer-go/wafer/internal/integration/programs"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/debug"
)

// A way is one in which a page is looked at.
type way struct {
	scheme string
	width  int64
}

const laptop, phone = 1280, 390

// ways have each scheme and each width. With WAFER_EVERY_RULE (make soak), or for pictures, they have
// each scheme at each width.
func ways() []way {
	some := []way{{"light", laptop}, {"dark", phone}}
	if os.Getenv("WAFER_EVERY_RULE") != "" || os.Getenv("WAFER_SCREENSHOTS") != "" {
		some = append(some, way{"light", phone}, way{"dark", laptop})
	}
	return some
}

// look checks the page that is open in each of the ways. With WAFER_SCREENSHOTS, a
// folder, it leaves pictures there for somebody to look at.
func (b *browser) look(t *testing.T, name string) {
	t.Helper()
	for _, w := range ways() {
		// What moves would be judged in the middle of it.
		call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: w.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}})
		call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: w.width, Height: 800, DeviceScaleFactor: 1})
		name := name + ", " + w.scheme
		if w.width == phone {
			name += ", on a phone"
		}
		b.wantNoViolations(t, name)
		if over := get(b, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`)); over > 0 {
			t.Errorf("%s: the page is %d pixels wider than the window", name, over)
		}
		if folder := os.Getenv("WAFER_SCREENSHOTS"); folder != "" {
			picture := get(b, chromedp.FullScreenshot(100))
			if err := os.WriteFile(filepath.Join(folder, strings.ReplaceAll(name, ", ", "-")+".png"), picture, 0o600); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestTheLoginIsForEverybody(t *testing.T) {
	t.Parallel()
	url := start(t, "login", "localhost")
	b := newBrowser(t)
	b.visit(url)
	b.look(t, "welcome")
	b.visit(url + "/login")
	b.look(t, "login")
	b.logIn("ada")
	b.look(t, "logged in, with a message")
}

func TestTheFlashPatternsAreForEverybody(t *testing.T) {
	t.Parallel()
	url := start(t, "flash", "localhost")
	b := newBrowser(t)
	b.visit(url)
	b.look(t, "flash patterns")
	b.press("Flash five kinds")
	get(b, chromedp.Poll[bool](`document.querySelectorAll(".flash button").length === 5`))
	b.look(t, "five kinds")
	b.press("Delete the note")
	get(b, chromedp.Poll[bool](`document.querySelectorAll(".flash > button").length === 1`))
	b.look(t, "a title and a button")
	get(b, chromedp.SendKeys(chromedp.CSS("input[name=name]"), "ada99"))
	b.press("Rename")
	b.look(t, "an error at its field")
}

func TestYourDevicesAreForEverybody(t *testing.T) {
	t.Parallel()
	url := start(t, "devices", "localhost")
	b := newBrowser(t)
	b.visit(url)
	b.look(t, "devices, nobody")
	b.logIn("ada")
	b.look(t, "devices")
}

func TestBothHalvesOfTheFlaskExampleAreForEverybody(t *testing.T) {
	t.Parallel()
	url := start(t, "flask", "localhost")
	b := newBrowser(t)
	for _, half := range []half{goHalf, pyHalf} {
		b.visit(url + half.path)
		b.look(t, half.name+"'s half")
	}
	b.visit(url + goHalf.path)
	b.logIn("ada")
	b.look(t, "Go's half, logged in")
}

// TestThePlainProgramsAreForEverybody looks at README's program and at those of the frameworks.
func TestThePlainProgramsAreForEverybody(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	root := filepath.Join("..", "..", "..")
	for _, program := range []struct{ folder, form, field, label string }{
		{filepath.Join("internal", "integration", "rivals", "login", "wafer"), "/", "name", "Sign in"}, // README's
		{filepath.Join("examples", "prometheus"), "/", "username", "Log in"},
		{filepath.Join("adapter", "echosession", "example"), "/login", "username", "Log in"},
		{filepath.Join("adapter", "ginsession", "example"), "/login", "username", "Log in"},
		{filepath.Join("adapter", "fibersession", "example"), "/login", "username", "Log in"},
	} {
		folder := filepath.Join(root, program.folder)
		url := strings.Replace("http://"+programs.Start(t, folder).Addr, "127.0.0.1", "localhost", 1)
		name := strings.ReplaceAll(program.folder, "/", " ")
		b.visit(url + program.form)
		b.look(t, name)
		get(b, chromedp.SendKeys(chromedp.CSS("input[name="+program.field+"]"), "ada"))
		b.press(program.label)
		b.look(t, name+", signed in")
	}
}

func TestTheInspectorIsForEverybody(t *testing.T) {
	t.Parallel()
	url, link := inspected(t)
	b := newBrowser(t)
	b.visit(link)
	b.look(t, "inspector, nobody")
	b.visit(url + "/fill")
	b.visit(url + "/debug/session")
	b.look(t, "inspector")
	b.visit(url + "/grow")
	b.visit(url + "/debug/session")
	b.look(t, "inspector, nearly full")
	b.visit(url + "/forge")
	b.visit(url + "/debug/session")
	b.look(t, "inspector, refused")
}

func TestTheLostSignInIsForEverybody(t *testing.T) {
	t.Parallel()
	url, _ := inspected(t)
	b := newBrowser(t)
	b.visit(url + "/lose")
	if status := b.press("Sign in"); status != http.StatusInternalServerError {
		t.Fatalf("after a sign-in that is lost the page has the status %d", status)
	}
	b.look(t, "inspector, lost")
}

func TestTheInspectorUnfoldsItsValuesWithoutJavaScript(t *testing.T) {
	t.Parallel()
	url, link := inspected(t)
	b := newBrowser(t)
	b.visit(link)
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.visit(url + "/grow")
	b.visit(url + "/debug/session")
	folded := `document.querySelectorAll(".tree details:not([open])").length`
	if n := get(b, chromedp.Evaluate[int](folded)); n != 1 {
		t.Fatalf("%d values are folded, want the long one", n)
	}
	get(b, chromedp.Click(chromedp.CSS(".tree summary")))
	if n := get(b, chromedp.Evaluate[int](folded)); n != 0 {
		t.Error("a click does not unfold the long value")
	}
}

// inspected serves a program with the inspector, and returns the link to that too.
func inspected(t *testing.T) (url, link string) {
	t.Helper()
	sessions, err := session.New(session.Sealed(secret.New()), &session.Options{AbsoluteTimeout: session.DefaultLifetime})
	if err != nil {
		t.Fatal(err)
	}
	inspector := debug.New(sessions, nil)
	mux := http.NewServeMux()
	mux.Handle("GET /debug/session", inspector)
	mux.HandleFunc("GET /fill", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		s.Set("username", "ada")
		s.Set("cart", map[string]any{"items": []string{"flour", "butter"}, "total": 4.2, "gift": true})
		s.Set("csrf_token", "not for the screen")
		s.FlashAs("success", "Saved")
		_, _ = w.Write([]byte("filled"))
	})
	mux.HandleFunc("GET /grow", func(w http.ResponseWriter, r *http.Request) {
		session.From(r).Set("notes", strings.Repeat("notes ", 420))
		_, _ = w.Write([]byte("grown"))
	})
	mux.HandleFunc("GET /forge", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: session.DefaultCookieName, Value: "forged", Path: "/", Secure: true})
		_, _ = w.Write([]byte("forged"))
	})
	mux.HandleFunc("GET /lose", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`<!doctype html><form method="post" action="/lost"><button>Sign in</button></form>`))
	})
	mux.HandleFunc("POST /lost", func(w http.ResponseWriter, r *http.Request) {
		session.From(r).SignIn("42")
		http.Redirect(w, r, "/filled", http.StatusSeeOther)
	})
	handler := sessions.Handler(inspector.Record(mux))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost { // as a browser that rejects it
			w = withoutCookies{w}
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	url = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	return url, inspector.Link(url + "/debug/session")
}

// withoutCookies is a response whose cookies are lost.
type withoutCookies struct{ http.ResponseWriter }

func (w withoutCookies) WriteHeader(status int) {
	w.Header().Del("Set-Cookie")
	w.ResponseWriter.WriteHeader(status)
}
