// Package browser knows what a request says of the browser that sent it, and of how the browser
// reached the server.
package browser

import (
	"net"
	"net/http"
	"strings"
)

// IsPrefetch reports whether a browser loads a page in advance that may never be opened. For a link
// WebKit and older releases of Chromium send Purpose, and Firefox before 115 sends X-Moz.
func IsPrefetch(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Sec-Purpose"), "prefetch") || r.Header.Get("Purpose") == "prefetch" ||
		r.Header.Get("X-Moz") == "prefetch"
}

// HasPage reports whether a response of this status has a page that browsers show. They stay on the
// page before it with 204 and 205, and show one of their own, or a part of what they have, with the
// others.
func HasPage(status int) bool {
	switch status {
	case http.StatusNoContent, http.StatusResetContent, http.StatusPartialContent, http.StatusNotModified,
		http.StatusRequestedRangeNotSatisfiable:
		return false
	}
	return true
}

// ShowsNothing reports whether a request's response shows no message, whatever is in it. "empty" is
// not among the destinations: a fetch says it, and a navigation through a service worker too.
func ShowsNothing(r *http.Request) bool {
	switch r.Method {
	case http.MethodHead, http.MethodOptions:
		return true
	}
	switch r.Header.Get("Sec-Fetch-Dest") {
	case "image", "style", "script", "font", "audio", "video", "track", "manifest", "report", "xslt",
		"worker", "sharedworker", "serviceworker", "audioworklet", "paintworklet", "speculationrules", "webidentity":
		return true
	}
	return false
}

// IsCrossSitePost reports whether a page of another site posted a form, or a script did.
func IsCrossSitePost(r *http.Request) bool {
	return r.Method == http.MethodPost && r.Header.Get("Sec-Fetch-Site") == "cross-site"
}

// IsWebKit reports whether a request comes from Safari or another WebKit browser.
func IsWebKit(r *http.Request) bool {
	agent := r.UserAgent()
	return strings.Contains(agent, "AppleWebKit") && !strings.Contains(agent, "Chrome") && !strings.Contains(agent, "Chromium")
}

// OverHTTPS reports whether the visitor uses HTTPS, by the word of a proxy if need be: only a
// warning depends on it.
func OverHTTPS(r *http.Request) bool {
	return r.TLS != nil || r.URL != nil && r.URL.Scheme == "https" || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") ||
		strings.Contains(strings.ToLower(r.Header.Get("Forwarded")), "proto=https")
}

// IsTest reports whether httptest.NewRequest made a request as it does by itself: for example.com,
// and from an address that no peer has (RFC 5737). No browser is there to reject a cookie.
func IsTest(r *http.Request) bool {
	return r.Host == "example.com" && r.RemoteAddr == "192.0.2.1:1234"
}

// TrustedOverHTTP reports whether browsers other than WebKit's keep a Secure cookie from host over
// plain HTTP: from this machine alone (W3C Secure Contexts, section 3.1).
func TrustedOverHTTP(host string) bool {
	if host == "" || host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Hostname returns a request's host in lower case, without port and brackets.
func Hostname(host string) string {
	if end := strings.LastIndexByte(host, ']'); end >= 0 {
		host = strings.TrimPrefix(host[:end], "[")
	} else if before, _, found := strings.Cut(host, ":"); found && strings.Count(host, ":") == 1 {
		host = before
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// Within is the domain-match of RFC 6265bis, section 5.1.3.
func Within(host, domain string) bool {
	domain = strings.ToLower(domain)
	return host == domain || strings.HasSuffix(host, "."+domain) && net.ParseIP(host) == nil
}
