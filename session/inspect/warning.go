package inspect

// A Warning is the word for a mistake after which browsers drop the cookie, or messages get lost,
// silently. Words do not change, because alerts are made of them.
type Warning string

// The warnings. Text says what each is about.
const (
	PlainHTTP       Warning = "plain_http"
	ForeignDomain   Warning = "foreign_domain"
	SharedResponse  Warning = "shared_response"
	NeverReturned   Warning = "never_returned"
	TakenOver       Warning = "taken_over"
	TwoCookies      Warning = "two_cookies"
	ClocksDiffer    Warning = "clocks_differ"
	LateRead        Warning = "late_read"
	LargeHeader     Warning = "large_header"
	FlashesDropped  Warning = "flashes_dropped"
	CrossSitePost   Warning = "cross_site_post"
	TwoManagers     Warning = "two_managers"
	OtherManager    Warning = "other_manager"
	OutsidePath     Warning = "outside_path"
	WebKitLocalhost Warning = "webkit_localhost"
)

// texts has each warning's text in the log, and the part of it that is its heading in
// docs/troubleshooting.md.
var texts = []struct {
	code          Warning
	heading, text string
}{
	{PlainHTTP, "is Secure and the request came over plain HTTP", "the session's cookie is Secure and the request came over plain HTTP, so browsers drop the cookie; " +
		"serve HTTPS or, behind a proxy that does, have the proxy send X-Forwarded-Proto: https; only if no other machine can listen, set Cookie.Insecure and a Cookie.Name such as \"session\""},
	{ForeignDomain, "the request's host is not in Cookie.Domain", "the request's host is not in Cookie.Domain, so browsers drop the cookie; set Cookie.Domain to the host or a domain above it, or leave it empty for a host-only cookie"},
	{SharedResponse, "says in Cache-Control that shared caches may keep it", "a response that sets the session's cookie, or shows flash messages, says in Cache-Control that shared caches may keep it (public, s-maxage, or max-age without private), so a cache may give one visitor's session to another; use private or no-store if a handler changes the session"},
	{NeverReturned, "session cookies were set and not one has come back", "many session cookies were set and not one has come back; find out whether browsers drop them (their developer tools tell why), or whether a proxy strips cookies"},
	{TakenOver, "the connection was taken over before the header was sent", "the connection was taken over before the header was sent; the visitor gets the session's cookie only if the upgrade sends w.Header(), so pass that to it, or call w.WriteHeader(http.StatusSwitchingProtocols) first"},
	{TwoCookies, "a visitor has several cookies of the session's name", "a visitor has several cookies of the session's name, and Wafer trusts no one of them; after a change of Cookie.Domain or Cookie.Path change Cookie.Name too, because browsers keep the old cookie beside the new one"},
	{ClocksDiffer, "it was saved in the future", "a session was refused because it was saved in the future; synchronize the servers' clocks, or set Options.ClockSkew to the difference"},
	{LateRead, "first read after the response header was sent", "the session was first read after the response header was sent, so the response has no Vary: Cookie, and a cache may give one visitor's page to another; read it before the first Flush, and before writing more than Options.BufferSize bytes"},
	{LargeHeader, "the whole header may have more than 4096 bytes", "the session's cookie is so large that the whole header may have more than 4096 bytes, for which nginx by default answers 502; set proxy_buffer_size 8k there, or keep less in the session and limit it with Options.MaxCookieSize"},
	{FlashesDropped, "flash messages were dropped", "flash messages were dropped that no page had shown, the oldest first, because more or longer ones waited than Options.MaxFlashes and MaxFlashBytes allow, or than fit into the cookie; show them, or flash less"},
	{CrossSitePost, "a form of another site began a new session", "a form of another site began a new session: browsers do not send a SameSite cookie with its POST, so a visitor who was signed in has lost that session; serve such a return outside of the manager and redirect with 303 to a GET"},
	{TwoManagers, "two managers set the same cookie", "two managers set the same cookie, and the browser keeps only one; give one of them another Cookie.Name"},
	{OtherManager, "the cookie is of another manager of this program", "the cookie is of another manager of this program, which gives it the same name and has another key or backend, so this one refuses it, and each replaces the other's sessions; give one of them another Cookie.Name, or serve both with one manager"},
	{OutsidePath, "outside of Cookie.Path", "the session was used in a request outside of Cookie.Path, where browsers do not send the cookie; mount the manager at that path only, or widen Cookie.Path"},
	{WebKitLocalhost, "Safari does not keep a Secure cookie from http://localhost", "Safari does not keep a Secure cookie from http://localhost, as other WebKit browsers do not; use HTTPS, or in development Cookie.Insecure and a Cookie.Name such as \"session\""},
}

// Warnings returns all warnings.
func Warnings() []Warning {
	all := make([]Warning, len(texts))
	for i, w := range texts {
		all[i] = w.code
	}
	return all
}

// Text returns what the log says, and what to do; for an unknown warning the word itself.
func (w Warning) Text() string {
	for _, each := range texts {
		if each.code == w {
			return "session: " + each.text
		}
	}
	return string(w)
}

// Heading returns the heading that the warning has in docs/troubleshooting.md; empty for an unknown
// one.
func (w Warning) Heading() string {
	for _, each := range texts {
		if each.code == w {
			return each.heading
		}
	}
	return ""
}
