// Package browsers runs Chromium, Firefox and WebKitGTK's MiniBrowser, and has their pages do what
// a test says. It needs no driver: each page has [Script], which asks the test what to do and
// reports what the page shows. So a browser behaves as it does for its user.
package browsers

import (
	"crypto/tls"
	_ "embed" // the script
	"encoding/json"
	"fmt"
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

// Patience is how long a test waits for one step, on a machine with much else to do.
const Patience = time.Minute

// Script is what each page must run.
//
//go:embed script.js
var Script template.JS

// A Kind is a browser as Debian has it.
type Kind struct {
	Name     string
	variable string // of the environment, which scripts/services sets
	command  func(program, profile string) []string
	database string            // of the certificates that it trusts, in the profile
	files    map[string]string // of the profile
}

// Kinds are the browsers.
var Kinds = []Kind{
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

// A View is a page as the visitor sees it, until it is left.
type View struct {
	ID          float64
	Report      int    // counts what the page reports; one is sent again if its answer was lost
	Page        string // its path
	FromCache   bool   // the back/forward cache
	Prerendered bool   // it was made before it was opened
	Served      string // "navigational-prefetch" if the answer to a prefetch was shown
	Messages    []string
	Text        string
}

// An Order is a script that the page which is open is to run.
type Order struct {
	Script string `json:"script"`
	Leaves bool   `json:"leaves"` // it leads to another page
}

// A Browser is one that runs, and the site that it is at.
type Browser struct {
	Kind
	URL   string         // of the site over HTTPS, without a path
	Plain string         // of the site over plain HTTP
	Mux   *http.ServeMux // the site; paths below /test/ are this package's
	Stuck bool           // a step did not end

	orders chan Order
	seen   chan View
	mu     sync.Mutex
	views  []View
}

// Start runs a browser without a past, at a page that waits for orders. The site is at localhost.
func Start(t *testing.T, k Kind) *Browser {
	t.Helper()
	program := os.Getenv(k.variable)
	if program == "" {
		t.Fatalf("%s names no %s; run the tests with `make test`, which sets what they need", k.variable, k.Name)
	}
	b := &Browser{Kind: k, Mux: http.NewServeMux(), orders: make(chan Order), seen: make(chan View, 100)}
	b.Mux.HandleFunc("GET /test/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, "<!doctype html><title>ready</title><link rel=\"icon\" href=\"data:,\"><script>%s</script>", Script)
	})
	b.Mux.HandleFunc("GET /test/order", b.order)
	b.Mux.HandleFunc("POST /test/seen", b.see)
	profile := t.TempDir()
	serve := func(start func(*httptest.Server)) (url string) {
		server := httptest.NewUnstartedServer(b.Mux)
		server.Config.ErrorLog = log.New(io.Discard, "", 0) // browsers try more connections than they use
		start(server)
		t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
		return strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	}
	certificate := certify(t, filepath.Join(profile, k.database))
	b.URL = serve(func(s *httptest.Server) {
		s.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
		s.StartTLS()
	})
	b.Plain = serve((*httptest.Server).Start)

	for name, text := range k.files {
		if err := os.WriteFile(filepath.Join(profile, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := append(k.command(program, profile), b.URL+"/test/")
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "HOME="+profile, "XDG_CACHE_HOME="+profile, "XDG_CONFIG_HOME="+profile, "XDG_DATA_HOME="+profile)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var said strings.Builder
	cmd.Stderr, cmd.WaitDelay = &said, 5*time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The browser's processes are a group, and must not write to the profile anymore.
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s said: %s", k.Name, said.String())
		}
	})
	b.Wait(t, "/test/")
	return b
}

// order answers the page that asks what to do.
func (b *Browser) order(w http.ResponseWriter, r *http.Request) {
	select {
	case o := <-b.orders:
		_ = json.NewEncoder(w).Encode(o)
	case <-r.Context().Done():
	}
}

// see notes what a page shows.
func (b *Browser) see(_ http.ResponseWriter, r *http.Request) {
	var v View
	if json.NewDecoder(r.Body).Decode(&v) != nil {
		return
	}
	b.mu.Lock()
	again := slices.ContainsFunc(b.views, func(one View) bool { return one.ID == v.ID && one.Report == v.Report })
	b.views = append(b.views, v)
	b.mu.Unlock()
	if !again {
		b.seen <- v
	}
}

// Tell has the page that is open run a script.
func (b *Browser) Tell(t *testing.T, o Order) {
	t.Helper()
	select {
	case b.orders <- o:
	case <-time.After(Patience):
		b.Stuck = true
		t.Fatalf("no page asks what to do, to be told %q", o.Script)
	}
}

// Wait waits until a page of the path reports what it shows.
func (b *Browser) Wait(t *testing.T, path string) View {
	t.Helper()
	timeout := time.After(Patience)
	for {
		select {
		case v := <-b.seen:
			if v.Page == path {
				return v
			}
		case <-timeout:
			b.Stuck = true
			b.mu.Lock()
			defer b.mu.Unlock()
			t.Fatalf("%s did not show %s; its last page is %+v", b.Name, path, b.views[max(len(b.views)-1, 0):])
		}
	}
}

// ViewsOf returns in how many page views below a path a message was seen.
func (b *Browser) ViewsOf(path, message string) int {
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
