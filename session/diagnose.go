package session

import (
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// A diagnosis is a mistake that browsers punish in silence: they drop the
// cookie, and the program sees a visitor who forgets. Each is warned of once a
// manager, or, where the host has to do with it, once for each of a few hosts:
// the first may be one that only somebody's scanner asks for.
type diagnosis int

const (
	plainHTTP diagnosis = iota
	crossSiteInsecure
	foreignDomain
	sharedResponse
	neverReturned
	takenOver
	twoCookies
	clocksDiffer
	lateRead
	largeHeader
	diagnoses // how many there are
)

// diagnosisNames are the words of EventWarned.
var diagnosisNames = [diagnoses]string{
	plainHTTP: "plain_http", crossSiteInsecure: "cross_site_insecure", foreignDomain: "foreign_domain", sharedResponse: "shared_response",
	neverReturned: "never_returned", takenOver: "taken_over", twoCookies: "two_cookies", clocksDiffer: "clocks_differ", lateRead: "late_read",
	largeHeader: "large_header",
}

// Warnings returns all names that an [EventWarned] can have, for counters that
// are to begin at zero.
func Warnings() []string { return slices.Clone(diagnosisNames[:]) }

// advice is what a warning says. docs/troubleshooting.md has each with more
// room.
var advice = [diagnoses]string{
	plainHTTP: "session: the session's cookie is Secure and the request came over plain HTTP, so browsers drop the cookie; " +
		"serve HTTPS, or, behind a proxy that does, have the proxy send X-Forwarded-Proto: https; only where nobody else can listen, set Cookie.Insecure with a Cookie.Name such as \"session\"",
	crossSiteInsecure: "session: Cookie.SameSite is None and the cookie is Insecure, so browsers drop the cookie; leave Insecure out, and serve HTTPS",
	foreignDomain:     "session: the request's host is not in Cookie.Domain, so browsers drop the cookie; set Cookie.Domain to the host or a domain above it, or leave it empty for the host alone",
	sharedResponse:    "session: a response that sets the session's cookie says in Cache-Control that shared caches may keep it (public, s-maxage, or max-age without private), so one may give one visitor's session to another; say private or no-store where the session is changed",
	neverReturned:     "session: many session cookies were set and not one has come back; see whether browsers drop them (their developer tools say why), or whether a proxy in between strips cookies",
	twoCookies:        "session: a visitor has several cookies of the session's name, and neither is trusted; after a change of Cookie.Domain or Cookie.Path change Cookie.Name too, since browsers keep the old cookie beside the new one",
	clocksDiffer:      "session: a session was refused since it was written in the future; synchronize the servers' clocks, or set Options.ClockSkew to what they differ by",
	lateRead:          "session: the session was first read after the response header had left, so the response has no Vary: Cookie, and a cache may give one visitor's page to another; read it before the first Flush, or before more than Options.BufferSize bytes are written",
	largeHeader:       "session: the session's cookie is so large that the whole header may have more than 4096 bytes, for which nginx, unless told otherwise, answers 502; set proxy_buffer_size 8k there, or keep less in the session, and have Options.MaxCookieSize hold it to that",
	takenOver:         "session: the connection was taken over before the header left; the visitor gets the session's cookie only if the upgrade sends w.Header(), so pass that to it, or call w.WriteHeader(http.StatusSwitchingProtocols) first",
}

const (
	// returnsExpected is how many cookies are set before it is odd that none
	// has come back: visitors who ask once, such as bots, return none.
	returnsExpected = 50

	// largeLine is the bytes of a Set-Cookie line from which it is odd to find
	// room beside it in the 4096 of nginx's proxy_buffer_size.
	largeLine = 3700

	// warnedHosts is how many hosts a diagnosis is said of.
	warnedHosts = 5
)

// diagnostics is what a manager has seen and said.
type diagnostics struct {
	said     [diagnoses]atomic.Int32
	saidOf   sync.Map // of a diagnosis and a host
	set      atomic.Int64
	returned atomic.Bool
	accepted sync.Map // names of keys and backends that were said to be needed still
}

// warn says a diagnosis once.
func (m *Manager) warn(s *Session, d diagnosis, args ...slog.Attr) {
	if m.diagnostics.said[d].CompareAndSwap(0, 1) {
		m.say(s, d, args...)
	}
}

// warnOfHost says a diagnosis once of each of the first few hosts.
func (m *Manager) warnOfHost(s *Session, d diagnosis, args ...slog.Attr) {
	host := hostname(s.r.Host)
	if m.diagnostics.said[d].Load() >= warnedHosts {
		return
	}
	type warning struct {
		d    diagnosis
		host string
	}
	if _, said := m.diagnostics.saidOf.LoadOrStore(warning{d, host}, true); said || m.diagnostics.said[d].Add(1) > warnedHosts {
		return
	}
	m.say(s, d, append(args, slog.String("host", host))...)
}

func (m *Manager) say(s *Session, d diagnosis, args ...slog.Attr) {
	args = append(args, slog.String("cookie", m.o.Cookie.Name))
	m.o.logger().LogAttrs(s.r.Context(), slog.LevelWarn, advice[d], args...)
	m.observe(s.r.Context(), Event{Kind: EventWarned, Name: diagnosisNames[d]})
}

// applies reports whether a diagnosis is one of what the request and the options
// alone tell.
func (m *Manager) applies(d diagnosis, r *http.Request) bool {
	c := &m.o.Cookie
	switch d {
	case plainHTTP:
		return c.secure() && !overHTTPS(r) && !trustedOverHTTP(hostname(r.Host))
	case crossSiteInsecure:
		return c.SameSite == http.SameSiteNoneMode && !c.secure()
	case foreignDomain:
		return c.Domain != "" && r.Host != "" && !within(hostname(r.Host), c.Domain)
	default:
		return false
	}
}

// cookieSet looks at a response that sets the cookie, with a line of size bytes.
func (m *Manager) cookieSet(s *Session, h http.Header, size int, deleted bool) {
	if m.applies(plainHTTP, s.r) {
		m.warnOfHost(s, plainHTTP)
	}
	if m.applies(crossSiteInsecure, s.r) {
		m.warn(s, crossSiteInsecure)
	}
	if m.applies(foreignDomain, s.r) {
		m.warnOfHost(s, foreignDomain, slog.String("domain", m.o.Cookie.Domain))
	}
	if size >= largeLine {
		m.warn(s, largeHeader, slog.Int("bytes", size))
	}
	if forCaches(h) {
		m.warn(s, sharedResponse, slog.String("request", describe(s.r)))
	}
	if !deleted && !m.diagnostics.returned.Load() && m.diagnostics.set.Add(1) >= returnsExpected {
		m.warn(s, neverReturned)
	}
}

// cookieReturned looks at a request that brought the cookie.
func (m *Manager) cookieReturned() {
	if !m.diagnostics.returned.Load() {
		m.diagnostics.returned.Store(true)
	}
}

// overHTTPS reports whether the visitor spoke HTTPS, by the word of a proxy if
// need be: nothing but a warning depends on it.
func overHTTPS(r *http.Request) bool {
	return r.TLS != nil || r.URL != nil && r.URL.Scheme == "https" || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") ||
		strings.Contains(strings.ToLower(r.Header.Get("Forwarded")), "proto=https")
}

// trustedOverHTTP reports whether browsers take a Secure cookie from host over
// plain HTTP: from this machine alone (W3C Secure Contexts, section 3.1).
func trustedOverHTTP(host string) bool {
	if host == "" || host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// hostname returns a request's host in lower case, without port and brackets.
func hostname(host string) string {
	if end := strings.LastIndexByte(host, ']'); end >= 0 {
		host = strings.TrimPrefix(host[:end], "[")
	} else if before, _, found := strings.Cut(host, ":"); found && strings.Count(host, ":") == 1 {
		host = before
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// within is the domain-match of RFC 6265bis, section 5.1.3.
func within(host, domain string) bool {
	domain = strings.ToLower(domain)
	return host == domain || strings.HasSuffix(host, "."+domain) && net.ParseIP(host) == nil
}
