package session

import (
	"net/http"

	"github.com/wafer-go/wafer/session/internal/setcookie"
)

// DefaultCookieName is the name of the session cookie. Browsers accept a cookie with its prefix
// only from the host itself, over HTTPS (or from localhost), so no sibling subdomain can plant one
// (RFC 6265bis, section 4.1.3.2). WebKitGTK is an exception: it does not check prefixes of cookies
// from plain HTTP.
const DefaultCookieName = setcookie.DefaultName

// Cookie describes the session cookie. Its zero value is the safe default: __Host-session, Secure,
// HttpOnly, SameSite=Lax, Path=/, host-only.
type Cookie struct {
	// Name is the cookie's name. Empty means DefaultCookieName. A name whose prefix (__Host-,
	// __Secure-) requires what the other fields deny is an error, because browsers reject such a
	// cookie.
	Name string

	// Domain widens the cookie to a domain and all its subdomains, each of which can then read it.
	// It needs a Name without the __Host- prefix. If you change Domain or Path, change Name too,
	// and list the old cookie in [Options.FormerCookies]: browsers keep and send both cookies, and
	// of two good ones of one name none is trusted. A port, and dots at either end, are removed. An
	// IP address, and a name without a dot such as localhost, are errors, because a cookie for them
	// has no subdomains to reach; and so is what cannot be the name of a host, because a part of it
	// has more than 63 bytes, or the whole more than 253. Browsers reject a public suffix such as
	// co.uk, which is not checked here. Empty means host-only.
	Domain string

	// Path narrows the cookie to a path, as browsers see it. Empty means "/". Wrap only what is
	// served under it in the manager: elsewhere browsers do not send the cookie, and changes have
	// no effect. A proxy that removes the path from the requests has to send it as
	// X-Forwarded-Prefix; [http.StripPrefix] is fine.
	Path string

	// SameSite controls on which cross-site requests the cookie is sent. Zero means Lax, and None
	// if the cookie is Partitioned; http.SameSiteDefaultMode leaves the attribute out. Browsers
	// reject a cookie of SameSite=None that is Insecure, which is an error.
	SameSite http.SameSite

	// Partitioned keeps a separate cookie for each site that embeds this one (CHIPS). It forces
	// Secure, and needs SameSite=None: with another, browsers never send it from a frame.
	Partitioned bool

	// Insecure lets the cookie travel over plain HTTP, where anyone on the way can read and keep
	// it.
	Insecure bool

	// ReadableByScripts leaves out HttpOnly, so that any script that gets into a page can steal the
	// cookie.
	ReadableByScripts bool
}

// rules are those of browsers for the cookie.
func (c *Cookie) rules() *setcookie.Cookie { return (*setcookie.Cookie)(c) }
