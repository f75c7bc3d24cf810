package debug

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page's template
	"html/template"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wafer-go/wafer/session/inspect"
)

//go:embed lost.html
var lostText string

var lostTemplate = template.Must(template.New("lost").Parse(lostText))

const (
	maxBegun  = 16
	comesBack = 10 * time.Second // how soon the next page is asked for
)

// begun are sessions whose cookie was set, and has not come back yet.
type begun struct {
	mu        sync.Mutex
	byBrowser map[[sha256.Size]byte]beginning
}

// A beginning is a request without a cookie, whose response set one.
type beginning struct {
	at       time.Time
	request  string // method and path
	signedIn bool
}

// browserOf tells browsers apart that keep no cookie: by address and name.
func browserOf(r *http.Request) [sha256.Size]byte {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	return sha256.Sum256([]byte(host + "\n" + r.UserAgent()))
}

// note remembers a beginning.
func (s *begun) note(r *http.Request, b beginning) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byBrowser == nil {
		s.byBrowser = make(map[[sha256.Size]byte]beginning)
	}
	for browser, known := range s.byBrowser {
		if time.Since(known.at) > comesBack {
			delete(s.byBrowser, browser)
		}
	}
	if len(s.byBrowser) < maxBegun {
		s.byBrowser[browserOf(r)] = b
	}
}

// find returns the beginning whose cookie should have come with r, the request for a page, and
// forgets it: it is found once, and not at all if the cookie came.
func (s *begun) find(r *http.Request, returned bool) (beginning, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.byBrowser) == 0 || !returned && !isPage(r) {
		return beginning{}, false
	}
	browser := browserOf(r)
	found, ok := s.byBrowser[browser]
	delete(s.byBrowser, browser)
	return found, ok && !returned && time.Since(found.at) <= comesBack
}

// isPage reports whether a person sees the answer to r as a page.
func isPage(r *http.Request) bool {
	mode := r.Header.Get("Sec-Fetch-Mode")
	return r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html") &&
		(mode == "" || mode == "navigate") && r.Header.Get("Sec-Purpose") == ""
}

// watch calls next, and notes if the request begins a session.
func (i *Inspector) watch(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if i.returned(r) {
		next.ServeHTTP(w, r)
		return
	}
	answer := &answer{ResponseWriter: w}
	next.ServeHTTP(answer.withInterfaces(), r)
	i.noteBegun(r, answer.statusCode())
}

// returned reports whether a request has the session's cookie.
func (i *Inspector) returned(r *http.Request) bool {
	return len(r.CookiesNamed(i.name)) > 0
}

// noteBegun notes a request that had no cookie and whose response sets one: if the browser keeps
// that, it comes with the next page. Two GETs may come at once, so only one that redirects counts.
func (i *Inspector) noteBegun(r *http.Request, status int) {
	if i.returned(r) || status >= 400 || r.Method != http.MethodPost && status < 300 {
		return
	}
	if found := i.m.Inspect(r); len(found.Values) > 0 && found.Failure == nil {
		i.begun.note(r, beginning{time.Now(), cut(r.Method+" "+r.URL.Path, 2*maxNoted), found.Owner != ""})
	}
}

// rejected are the warnings of mistakes after which a browser does not send the cookie back.
var rejected = []inspect.Warning{inspect.PlainHTTP, inspect.WebKitLocalhost, inspect.ForeignDomain, inspect.OutsidePath, inspect.TwoManagers}

// explain answers a request with a page that says that a session was lost, and why.
func (i *Inspector) explain(w http.ResponseWriter, r *http.Request, lost beginning) {
	found := i.m.Inspect(r)
	found.Warnings = slices.DeleteFunc(found.Warnings, func(w inspect.Warning) bool { return !slices.Contains(rejected, w) })
	request := cut(r.Method+" "+r.URL.Path, 2*maxNoted)
	i.logger().WarnContext(r.Context(), "session inspector: the browser did not send the session's cookie back, so the session is lost", "begun", lost.request, "request", request)
	setHeader(w.Header())
	var page bytes.Buffer
	if err := lostTemplate.Execute(&page, map[string]any{
		"Style": template.CSS(styleText), "Cookie": found.Cookie, "Begun": lost.request, "SignedIn": lost.signedIn, "Request": request, // #nosec G203 -- our own file
		"Warnings": warningsOf(inspect.Inspection{Warnings: found.Warnings}, sizes{}), "Guide": troubleshooting,
	}); err != nil {
		http.Error(w, "The session inspector could not write its page: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = w.Write(page.Bytes())
}
