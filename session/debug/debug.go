// Package debug is a page that shows developers the session of their own
// browser: what is in it, what it weighs, what browsers will do with its
// cookie, when it ends, and what docs/troubleshooting.md has to say of it.
//
// As with net/http/pprof, there is no page unless a program mounts it:
//
//	mux.Handle("/debug/session", debug.Handler(sessions, nil))
//
// It answers only requests that come from this machine, under a name of this
// machine, and through no proxy. It shows only the session of the cookie that the request has.
//
// To see what the last requests did as well, have them noted:
//
//	inspector := debug.New(sessions, nil)
//	mux.Handle("/debug/session", inspector)
//	handler := sessions.Handler(inspector.Record(mux))
package debug

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/inspect"
)

// Options change what an [Inspector] does. The zero value of each field is the
// safe default.
type Options struct {
	// Hosts are further names or addresses, without a port, under which the
	// page may be asked for, such as "app.test". Without the list it may be
	// localhost or a loopback address, so that no other site can have its name
	// point here and read the page as its own (DNS rebinding).
	Hosts []string

	// InsecureAllowRemote answers requests of other machines, and those that came through a proxy,
	// which may be any visitor's. Each still sees the session of their own cookie alone, and why a
	// cookie was refused; guard the page with a login all the same.
	InsecureAllowRemote bool

	// InsecureShowSecrets shows values also at keys that sound like a secret:
	// with password, token, csrf and the like in their name. Without it the
	// page says only how long they are, since pages are shown to colleagues.
	InsecureShowSecrets bool
}

// An Inspector is the page, and what it remembers of the browsers that opened
// it. [New] makes one. It is safe for concurrent use by multiple goroutines.
type Inspector struct {
	m       *session.Manager
	o       Options
	browser browsers
}

var _ http.Handler = (*Inspector)(nil)

// Handler returns the page alone, without a record of the last requests. If opts is nil, the safe
// defaults apply. It works within m's Handler and outside.
func Handler(m *session.Manager, opts *Options) http.Handler { return New(m, opts) }

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
	return i
}

// ServeHTTP answers with the page: 403 to those it is not for, 405 to methods other than GET and
// HEAD, and otherwise 200, also if the session's store does not answer: then the page says so.
func (i *Inspector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	leaveOut(r)
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	if why := i.refuse(r); why != "" {
		http.Error(w, "The session inspector does not answer this request: "+why, http.StatusForbidden)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "The session inspector only shows: use GET or HEAD.", http.StatusMethodNotAllowed)
		return
	}
	found := i.m.Inspect(r)
	name := idCookie(found)
	noted := i.browser.open(r, name)
	if noted == nil && r.Method == http.MethodGet {
		http.SetCookie(w, i.browser.add(name))
	}
	var page bytes.Buffer
	if err := pageTemplate.Execute(&page, i.view(r, found, noted, found.Now)); err != nil {
		http.Error(w, "The session inspector could not write its page: "+err.Error(), http.StatusInternalServerError)
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
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
