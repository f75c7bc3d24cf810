package session

import (
	"context"
	"errors"
)

// This file is the one source of the words by which logs, counters, the inspector and
// docs/troubleshooting.md know a warning or a reason.

// A Warning is the word for a mistake after which browsers drop the cookie, or messages get lost,
// silently. Words do not change, because alerts are made of them.
type Warning string

const (
	plainHTTP       Warning = "plain_http"
	foreignDomain   Warning = "foreign_domain"
	sharedResponse  Warning = "shared_response"
	neverReturned   Warning = "never_returned"
	takenOver       Warning = "taken_over"
	twoCookies      Warning = "two_cookies"
	clocksDiffer    Warning = "clocks_differ"
	lateRead        Warning = "late_read"
	largeHeader     Warning = "large_header"
	flashesDropped  Warning = "flashes_dropped"
	crossSitePost   Warning = "cross_site_post"
	twoManagers     Warning = "two_managers"
	outsidePath     Warning = "outside_path"
	webkitLocalhost Warning = "webkit_localhost"
)

// warningTexts has each warning's text in the log, and the part of it that is its heading in
// docs/troubleshooting.md.
var warningTexts = []struct {
	code          Warning
	heading, text string
}{
	{plainHTTP, "is Secure and the request came over plain HTTP", "the session's cookie is Secure and the request came over plain HTTP, so browsers drop the cookie; " +
		"serve HTTPS or, behind a proxy that does, have the proxy send X-Forwarded-Proto: https; only if no other machine can listen, set Cookie.Insecure and a Cookie.Name such as \"session\""},
	{foreignDomain, "the request's host is not in Cookie.Domain", "the request's host is not in Cookie.Domain, so browsers drop the cookie; set Cookie.Domain to the host or a domain above it, or leave it empty for a host-only cookie"},
	{sharedResponse, "says in Cache-Control that shared caches may keep it", "a response that sets the session's cookie says in Cache-Control that shared caches may keep it (public, s-maxage, or max-age without private), so a cache may give one visitor's session to another; use private or no-store if a handler changes the session"},
	{neverReturned, "session cookies were set and not one has come back", "many session cookies were set and not one has come back; find out whether browsers drop them (their developer tools tell why), or whether a proxy strips cookies"},
	{takenOver, "the connection was taken over before the header was sent", "the connection was taken over before the header was sent; the visitor gets the session's cookie only if the upgrade sends w.Header(), so pass that to it, or call w.WriteHeader(http.StatusSwitchingProtocols) first"},
	{twoCookies, "a visitor has several cookies of the session's name", "a visitor has several cookies of the session's name, and Wafer trusts no one of them; after a change of Cookie.Domain or Cookie.Path change Cookie.Name too, because browsers keep the old cookie beside the new one"},
	{clocksDiffer, "it was saved in the future", "a session was refused because it was saved in the future; synchronize the servers' clocks, or set Options.ClockSkew to the difference"},
	{lateRead, "first read after the response header was sent", "the session was first read after the response header was sent, so the response has no Vary: Cookie, and a cache may give one visitor's page to another; read it before the first Flush, and before writing more than Options.BufferSize bytes"},
	{largeHeader, "the whole header may have more than 4096 bytes", "the session's cookie is so large that the whole header may have more than 4096 bytes, for which nginx by default answers 502; set proxy_buffer_size 8k there, or keep less in the session and limit it with Options.MaxCookieSize"},
	{flashesDropped, "flash messages were dropped", "flash messages were dropped that no page had shown, the oldest first, because more waited than Options.MaxFlashes and MaxFlashBytes allow, or than fit into the cookie; show them, or flash less"},
	{crossSitePost, "a form of another site began a new session", "a form of another site began a new session: browsers do not send a SameSite cookie with its POST, so a visitor who was signed in has lost that session; serve such a return outside of the manager and redirect with 303 to a GET"},
	{twoManagers, "two managers set the same cookie", "two managers set the same cookie in one response, and the browser keeps only one; give one of them another Cookie.Name"},
	{outsidePath, "outside of Cookie.Path", "the session was used in a request outside of Cookie.Path, where browsers do not send the cookie; mount the manager at that path only, or widen Cookie.Path"},
	{webkitLocalhost, "Safari does not keep a Secure cookie from http://localhost", "Safari does not keep a Secure cookie from http://localhost, as other WebKit browsers do not; use HTTPS, or in development Cookie.Insecure and a Cookie.Name such as \"session\""},
}

// Warnings returns all words that an [EventWarned] can have, for counters that are to begin at
// zero.
func Warnings() []Warning {
	all := make([]Warning, len(warningTexts))
	for i, w := range warningTexts {
		all[i] = w.code
	}
	return all
}

// Text returns what the log says, and what to do; for an unknown warning the word itself.
func (w Warning) Text() string {
	for _, each := range warningTexts {
		if each.code == w {
			return "session: " + each.text
		}
	}
	return string(w)
}

// Heading returns the heading that the warning has in docs/troubleshooting.md; empty for an unknown
// one.
func (w Warning) Heading() string {
	for _, each := range warningTexts {
		if each.code == w {
			return each.heading
		}
	}
	return ""
}

// OtherReason is what [Reason] returns for an error that has no word.
const OtherReason = "_OTHER"

// reason is an error, its word, and its heading in docs/troubleshooting.md.
// Words do not change, because alerts are made of them.
type reason struct {
	err           error
	word, heading string
}

// refusals are the reasons of [EventRefused].
var refusals = []reason{
	{ErrMalformed, "malformed", partRefused},
	{ErrBadSignature, "bad_signature", partRefused},
	{ErrExpired, "expired", partRefused},
	{ErrFromFuture, "from_future", clocksDiffer.Heading()},
	{ErrBadPayload, "bad_payload", "its signed payload is not a session"},
	{ErrDuplicateCookie, "duplicate_cookie", twoCookies.Heading()},
	{ErrTooManyLookups, "too_many_lookups", partRefused},
	{ErrUnknown, "unknown", partRefused},
	{ErrInvalidated, "invalidated", partRefused},
}

// failures are the reasons of [EventFailed] and [EventLate], the more exact before ErrUnavailable,
// which wraps some of them.
var failures = []reason{
	{ErrConflict, "conflict", "other requests kept changing it"},
	{ErrEnded, "ended", "it was ended while this request was changing it"},
	{ErrOvertaken, "overtaken", "another request was first"},
	{ErrTooLarge, "too_large", "would be … bytes, over the limit of 4096"},
	{ErrTooLate, "too_late", "changed after the response header was sent"},
	{context.Canceled, "canceled", partUnavailable},
	{context.DeadlineExceeded, "timeout", partUnavailable},
	{ErrUnavailable, "unavailable", partUnavailable},
}

const (
	partRefused     = "cookie refused"
	partUnavailable = "the backend is not available"
	partValue       = "the value of … cannot be kept"

	badValue = "bad_value" // the word for a *ValueError
)

// Reason returns the word for the error of an [Event], which a metric or an alert can use:
// "bad_signature" for [ErrBadSignature] and so on, "bad_value" for a [ValueError], "timeout" and
// "canceled" for the errors of package context, and [OtherReason] for any other, also for nil. Do
// not use an error's text for that: it may change, and may quote what a visitor sent.
func Reason(err error) string {
	word, _ := reasonOf(err)
	return word
}

// ReasonHeading returns the heading that the error has in docs/troubleshooting.md, or the empty
// string.
func ReasonHeading(err error) string {
	_, heading := reasonOf(err)
	return heading
}

func reasonOf(err error) (word, heading string) {
	if _, ok := errors.AsType[*ValueError](err); ok && !errors.Is(err, ErrBadPayload) {
		return badValue, partValue
	}
	for _, list := range [][]reason{refusals, failures} {
		for _, r := range list {
			if errors.Is(err, r.err) {
				return r.word, r.heading
			}
		}
	}
	return OtherReason, ""
}

// Reasons returns all words that [Reason] has for [EventRefused], and all that it has for
// [EventFailed], for counters that are to begin at zero.
func Reasons() (refused, failed []string) {
	for _, r := range refusals {
		refused = append(refused, r.word)
	}
	for _, r := range failures {
		failed = append(failed, r.word)
	}
	return append(refused, OtherReason), append(failed, badValue, OtherReason)
}
