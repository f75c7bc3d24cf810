// Package debug is a page that shows a developer the session of their own browser: its values, its
// size, what browsers do with its cookie, when it ends, and what docs/troubleshooting.md says
// about it.
//
// As with net/http/pprof, there is no page unless a program mounts it:
//
//	inspector := debug.New(sessions, nil)
//	mux.Handle("/debug/session", inspector)
//	log.Print("inspector: ", inspector.Link("http://localhost:8080/debug/session"))
//	handler := sessions.Handler(inspector.Record(mux))
//
// [Inspector.Link] opens the page in one browser. It answers only requests that come from this
// machine, under a name of this machine, and through no proxy that says so. It shows only the
// session of the cookie that the request has.
//
// [Inspector.Record] has the page show what the last requests did, and says so in the browser if a
// sign-in is lost because the browser rejected the cookie.
package debug

import (
	"bytes"
	"cmp"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/inspect"
)

// Options change what an [Inspector] does. The zero value of each field is the safe default.
type Options struct {
	// Hosts are further names or addresses, without a port, under which the page may be opened,
	// such as "app.test". Without the list these are localhost and loopback addresses, so that no
	// other site can have its name point here and read the page as its own (DNS rebinding).
	Hosts []string

	// Key keeps the page open in a browser when the program starts again. Without it each start
	// needs its link to be opened again.
	Key secret.Key

	// InsecureAllowRemote answers requests of other machines, those that came through a proxy, and
	// those without the link, which may be any visitor's. Each still sees only the session of their
	// own cookie, and why a cookie was refused; guard the page with a login nonetheless.
	InsecureAllowRemote bool

	// InsecureShowSecrets shows values also at keys that sound like a secret: with password, token,
	// csrf and the like in their name. Without it the page shows only how long they are, because
	// you may show the page to colleagues.
	InsecureShowSecrets bool

	// Logger receives the link when the page is asked for without it, and each session that a
	// browser lost. Nil means slog.Default() at the time.
	Logger *slog.Logger
}

// An Inspector is the page, and what it remembers of the browsers that opened it. [New] makes one.
// It is safe for concurrent use by multiple goroutines.
type Inspector struct {
	m       *session.Manager
	o       Options
	name    string // of the session's cookie
	cookie  string // the same without a prefix
	secure  bool   // that cookie
	access  access
	link    link
	browser browsers
	begun   begun
}

var _ http.Handler = (*Inspector)(nil)

// New returns an Inspector of m's sessions. If opts is nil, the safe defaults apply; the struct is
// copied.
func New(m *session.Manager, opts *Options) *Inspector {
	i := &Inspector{m: m}
	if opts != nil {
		i.o = *opts
	}
	hosts := make([]string, len(i.o.Hosts))
	for n, host := range i.o.Hosts {
		hosts[n] = hostname(host)
	}
	i.o.Hosts = hosts
	i.access = newAccess(i.o.Key)
	found := m.Inspect(&http.Request{Method: http.MethodGet, URL: &url.URL{}})
	i.name, i.secure = found.Cookie, secureCookie(found)
	i.cookie = strings.TrimPrefix(strings.TrimPrefix(found.Cookie, hostPrefix), "__Secure-")
	return i
}

func (i *Inspector) logger() *slog.Logger {
	return cmp.Or(i.o.Logger, slog.Default())
}

// ServeHTTP answers with the page: 403 to those it is not for, 405 to methods other than GET and
// HEAD, and otherwise 200, also if the session's store does not answer: then the page says so.
func (i *Inspector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	leaveOut(r)
	setHeader(w.Header())
	if why := i.refuse(r); why != "" {
		http.Error(w, "The session inspector does not answer this request: "+why, http.StatusForbidden)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "The session inspector only shows: use GET or HEAD.", http.StatusMethodNotAllowed)
		return
	}
	id := i.browserID(r)
	if token := r.URL.Query().Get(linkParameter); token != "" && r.Method == http.MethodGet {
		used := i.link.use(token)
		if used && id == "" {
			http.SetCookie(w, i.admit(r))
		}
		if used || id != "" {
			clean(w, r)
			return
		}
	}
	if id == "" && !i.o.InsecureAllowRemote {
		i.link.log(i.logger(), r)
		http.Error(w, "The session inspector opens with a link, which works once: the program's log has one now. Open that in this browser.", http.StatusForbidden)
		return
	}
	var noted []request
	if id != "" {
		noted = i.browser.open(id)
	} else if r.Method == http.MethodGet {
		http.SetCookie(w, i.admit(r))
	}
	i.show(w, r, noted)
}

// setHeader keeps an answer of the page's from caches, frames and scripts.
func setHeader(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
}

func (i *Inspector) show(w http.ResponseWriter, r *http.Request, noted []request) {
	found := i.m.Inspect(r)
	var page bytes.Buffer
	if err := pageTemplate.Execute(&page, i.view(r, found, noted, found.Now)); err != nil {
		http.Error(w, "The session inspector could not write its page: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(page.Bytes()) // whoever went away needs no page
}

// secureCookie reports whether the session's cookie has the attribute Secure.
func secureCookie(found inspect.Inspection) bool {
	for attribute := range strings.SplitSeq(found.Attributes, "; ") {
		if attribute == "Secure" {
			return true
		}
	}
	return false
}
