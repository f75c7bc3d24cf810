package session

import (
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

// A diagnosis is a mistake that browsers punish in silence: they drop the
// cookie, and the program sees a visitor who forgets. Each is warned of once a
// manager.
type diagnosis int

const (
	plainHTTP diagnosis = iota
	crossSiteInsecure
	foreignDomain
	publicResponse
	neverReturned
	diagnoses // how many there are
)

// advice is what a warning says. docs/troubleshooting.md has each with more
// room.
var advice = [diagnoses]string{
	plainHTTP: "session: the session's cookie is Secure and the request came over plain HTTP, so browsers drop the cookie; " +
		"serve HTTPS, or, behind a proxy that does, have the proxy send X-Forwarded-Proto: https; only where nobody else can listen, set Cookie.Insecure with a Cookie.Name such as \"session\"",
	crossSiteInsecure: "session: Cookie.SameSite is None and the cookie is Insecure, so browsers drop the cookie; leave Insecure out, and serve HTTPS",
	foreignDomain:     "session: the request's host is not in Cookie.Domain, so browsers drop the cookie; set Cookie.Domain to the host or a domain above it, or leave it empty for the host alone",
	publicResponse:    "session: a response that sets the session's cookie says Cache-Control: public, so a shared cache may give one visitor's session to another; leave public out where the session is changed",
	neverReturned:     "session: many session cookies were set and not one has come back; see whether browsers drop them (their developer tools say why), or whether a proxy in between strips cookies",
}

// returnsExpected is how many cookies are set before it is odd that none has
// come back: visitors who ask once, such as bots, return none.
const returnsExpected = 50

// diagnostics is what a manager has seen and said.
type diagnostics struct {
	said     [diagnoses]atomic.Bool
	set      atomic.Int64
	returned atomic.Bool
	accepted sync.Map // names of keys and backends that were said to be needed still
}

// warn says a diagnosis once.
func (m *Manager) warn(s *Session, d diagnosis, args ...slog.Attr) {
	if m.diagnostics.said[d].Swap(true) {
		return
	}
	args = append(args, slog.String("cookie", m.o.Cookie.Name))
	m.o.logger().LogAttrs(s.r.Context(), slog.LevelWarn, advice[d], args...)
}

// cookieSet looks at a response that sets the cookie.
func (m *Manager) cookieSet(s *Session, h http.Header, deleted bool) {
	c := &m.o.Cookie
	if c.secure() && !overHTTPS(s.r) && !m.diagnostics.said[plainHTTP].Load() && !trustedOverHTTP(hostname(s.r.Host)) {
		m.warn(s, plainHTTP, slog.String("host", s.r.Host))
	}
	if c.SameSite == http.SameSiteNoneMode && !c.secure() {
		m.warn(s, crossSiteInsecure)
	}
	if c.Domain != "" && s.r.Host != "" && !within(hostname(s.r.Host), c.Domain) {
		m.warn(s, foreignDomain, slog.String("host", s.r.Host), slog.String("domain", c.Domain))
	}
	if saysPublic(h["Cache-Control"]) {
		m.warn(s, publicResponse, slog.String("request", describe(s.r)))
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
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// within is the domain-match of RFC 6265bis, section 5.1.3.
func within(host, domain string) bool {
	domain = strings.ToLower(domain)
	return host == domain || strings.HasSuffix(host, "."+domain) && net.ParseIP(host) == nil
}

func saysPublic(lines []string) bool {
	for _, line := range lines {
		for directive := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(directive), "public") {
				return true
			}
		}
	}
	return false
}
