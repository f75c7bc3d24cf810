package shownonce

import (
	"crypto/tls"
	"encoding/json"
	"html/template"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long one step may take, on a machine with much else to do.
const patience = time.Minute

// A kind is a browser as Debian has it.
type kind struct {
	name     string
	variable string // of the environment, which scripts/services sets
	command  func(program, profile string) []string
	database string            // of the certificates that it trusts, in the profile
	files    map[string]string // of the profile
}

var kinds = []kind{
	{"Chromium", "WAFER_CHROMIUM", func(program, profile string) []string {
		return []string{
			program, "--headless=new", "--user-data-dir=" + profile, "--no-first-run", "--disable-gpu", "--disable-quic", "--disable-component-update",
			"--no-sandbox", // root and containers cannot have it; the pages are our own
		}
	}, ".pki/nssdb", nil},
	{"Firefox", "WAFER_FIREFOX", func(program, profile string) []string {
		return []string{program, "--headless", "--no-remote", "--profile", profile}
	}, "", map[string]string{"user.js": `user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("toolkit.telemetry.reportingpolicy.firstRun", false);
user_pref("app.normandy.enabled", false);
user_pref("extensions.getAddons.cache.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
`}},
	{"WebKitGTK", "WAFER_MINIBROWSER", func(program, profile string) []string {
		return []string{"xvfb-run", "-a", program, "--ignore-tls-errors"} // it reads no NSS database
	}, "", nil},
}

// A view is a page as the visitor sees it, until it is left.
type view struct {
	ID          float64
	Page        string
	FromCache   bool   // the back/forward cache
	Prerendered bool   // it was made before it was opened
	Served      string // "navigational-prefetch" if the answer to a prefetch was shown
	Messages    []string
}

// order is a script that the page which is open is to run.
type order struct {
	Script string `json:"script"`
	Leaves bool   `json:"leaves"` // it leads to another page
}

// A browser is one that runs, and the site that it is at.
type browser struct {
	kind
	url    string
	mux    *http.ServeMux
	orders chan order
	seen   chan view
	stuck  bool // a step did not end

	mu    sync.Mutex
	views []view
}

// start runs a browser without a past, at a page that waits for orders.
func start(t *testing.T, k kind) *browser {
	t.Helper()
	program := os.Getenv(k.variable)
	if program == "" {
		t.Fatalf("%s names no %s; run the tests with `make test`, which sets what they need", k.variable, k.name)
	}
	b := &browser{kind: k, mux: http.NewServeMux(), orders: make(chan order), seen: make(chan view, 100)}
	b.mux.HandleFunc("GET /test/{$}", func(w http.ResponseWriter, _ *http.Request) { show(w, page{Title: "ready"}) })
	b.mux.HandleFunc("GET /test/pay", func(w http.ResponseWriter, r *http.Request) {
		form := template.Must(template.New("").Parse(`<form method="post" action="{{.}}"><button>Pay</button></form>`))
		var extra strings.Builder
		_ = form.Execute(&extra, r.FormValue("to"))
		show(w, page{Title: "pay", Extra: template.HTML(extra.String())})
	})
	b.mux.HandleFunc("GET /test/order", b.order)
	b.mux.HandleFunc("POST /test/seen", b.see)
	profile := t.TempDir()
	server := httptest.NewUnstartedServer(b.mux)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certify(t, filepath.Join(profile, k.database))}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // browsers try more connections than they use
	server.StartTLS()
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	b.url = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)

	for name, text := range k.files {
		if err := os.WriteFile(filepath.Join(profile, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := append(k.command(program, profile), b.url+"/test/")
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "HOME="+profile, "XDG_CACHE_HOME="+profile, "XDG_CONFIG_HOME="+profile, "XDG_DATA_HOME="+profile)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var said strings.Builder
	cmd.Stderr, cmd.WaitDelay = &said, 5*time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The browser's processes are a group, none of which may write to the profile any more.
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s said: %s", k.name, said.String())
		}
	})
	b.wait(t, "/test/")
	return b
}

// order answers the page that asks what to do.
func (b *browser) order(w http.ResponseWriter, r *http.Request) {
	select {
	case o := <-b.orders:
		_ = json.NewEncoder(w).Encode(o)
	case <-r.Context().Done():
	}
}

// see notes what a page shows.
func (b *browser) see(_ http.ResponseWriter, r *http.Request) {
	var v view
	if json.NewDecoder(r.Body).Decode(&v) != nil {
		return
	}
	b.mu.Lock()
	b.views = append(b.views, v)
	b.mu.Unlock()
	b.seen <- v
}

// tell has the page that is open run a script.
func (b *browser) tell(t *testing.T, o order) {
	t.Helper()
	select {
	case b.orders <- o:
	case <-time.After(patience):
		b.stuck = true
		t.Fatalf("no page asks what to do, to be told %q", o.Script)
	}
}

// wait waits until a page of the path reports what it shows.
func (b *browser) wait(t *testing.T, path string) view {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case v := <-b.seen:
			if v.Page == path {
				return v
			}
		case <-timeout:
			b.stuck = true
			t.Fatalf("%s did not show %s", b.name, path)
		}
	}
}

// viewsOf returns in how many page views below a path a message was seen.
func (b *browser) viewsOf(path, message string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	var ids []float64
	for _, v := range b.views {
		if strings.HasPrefix(v.Page, path) && slices.Contains(v.Messages, message) && !slices.Contains(ids, v.ID) {
			ids = append(ids, v.ID)
		}
	}
	return len(ids)
}
