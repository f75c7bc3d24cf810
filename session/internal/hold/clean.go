package hold

import (
	"net/http"
	"slices"
	"strings"
)

// clean makes h the header of an error page: what stood in it before the handler ran, which belongs
// to a middleware outside (a compressor's Content-Encoding for example), and of what the handler
// set only what stays.
func clean(h http.Header, before *snapshot) {
	for name := range h {
		if !stays(name) {
			delete(h, name)
		}
	}
	if before == nil {
		return
	}
	vary := h["Vary"]
	for _, l := range before.lines {
		h[l.name] = slices.Clone(before.of(l))
	}
	// Caches need the union: the headers of either may depend on the request.
	for _, line := range vary {
		if !slices.Contains(h["Vary"], line) {
			h["Vary"] = append(h["Vary"], line)
		}
	}
}

// stays reports whether a header that the handler set may stay on an error page, which is sent in
// place of the handler's response and has another body, status and meaning.
//
// It is a list of what may stay, not of what must go, because a header that stays by mistake acts
// for a response that was withdrawn: X-Accel-Redirect and X-Sendfile make a proxy send a file in
// place of the page, which may be what the failed session was to protect; Location, Refresh, Link
// and HX-* lead the visitor on as if the action had been done; Clear-Site-Data and Set-Cookie
// change what the browser has stored although nothing was saved; Cache-Control and Etag let a cache
// keep the error as the page; Alt-Svc, NEL and Report-To send later requests and reports elsewhere.
// The next such header is not known yet.
//
// A name may be added if, on any body and status, it can only restrict what the browser does with
// this very response, or is text that nothing acts on.
func stays(name string) bool {
	switch name {
	// Caches must tell the variants of the error page apart as well. Without it, a shared cache may
	// give one visitor's error to others.
	case "Vary":
		return true

	// These restrict. Without them an attacker who can make a request fail, with a Cookie that is
	// too large for example, gets a page of this origin that can be framed, sniffed as another
	// type, or made to run what its text contains. Strict-Transport-Security is about the host and
	// not the page: without it, a visitor who first meets an error stays open to a downgrade to
	// HTTP. The form Content-Security-Policy-Report-Only restricts nothing, so it is not here.
	case "Content-Security-Policy", "Cross-Origin-Embedder-Policy", "Cross-Origin-Opener-Policy",
		"Cross-Origin-Resource-Policy", "Permissions-Policy", "Referrer-Policy",
		"Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options":
		return true

	// A script of another origin that could read the response may read that it failed. The error
	// page says nothing of the visitor. What answers a preflight (Access-Control-Allow-Methods,
	// -Headers, -Max-Age) is not here: it would permit later requests.
	case "Access-Control-Allow-Credentials", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers":
		return true

	// Text by which people find the request in their logs, and of which a failure needs it most.
	// Retry-After and WWW-Authenticate are not here: they tell the client what to do, about a
	// failure that is not the one reported.
	case "Server", "Traceparent", "Traceresponse", "X-Correlation-Id", "X-Request-Id":
		return true
	}
	return false
}

// dropTrailers removes the trailers that a handler set after its response was discarded, through a
// header that it got before. net/http would send them after the error page.
func dropTrailers(h http.Header) {
	for name := range h {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			delete(h, name)
		}
	}
}
