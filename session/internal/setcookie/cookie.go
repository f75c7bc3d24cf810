// Package setcookie knows which cookies browsers accept, and the lines of headers that carry them.
package setcookie

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// DefaultName is session.DefaultCookieName.
const DefaultName = "__Host-session"

// Cookie has the fields of session.Cookie, where they are described.
type Cookie struct {
	Name              string
	Domain            string
	Path              string
	SameSite          http.SameSite
	Partitioned       bool
	Insecure          bool
	ReadableByScripts bool
}

// Covers reports whether browsers send the cookie with a request. Something may have removed the
// beginning of its path: http.StripPrefix, which leaves the RequestURI, or a proxy.
func (c *Cookie) Covers(r *http.Request) bool {
	if c.Path == "/" || r.URL == nil {
		return true
	}
	path := r.URL.EscapedPath()
	if c.coversPath(path) {
		return true
	}
	asked, _, _ := strings.Cut(r.RequestURI, "?")
	prefix := r.Header.Get("X-Forwarded-Prefix")
	return c.coversPath(asked) || prefix != "" && c.coversPath(strings.TrimRight(prefix, "/")+path)
}

// coversPath is the path-match of RFC 6265bis, section 5.1.4.
func (c *Cookie) coversPath(path string) bool {
	rest, ok := strings.CutPrefix(path, c.Path)
	return ok && (rest == "" || rest[0] == '/' || strings.HasSuffix(c.Path, "/"))
}

// Secure reports whether the cookie has the attribute Secure.
func (c *Cookie) Secure() bool { return !c.Insecure || c.Partitioned }

// Normalize fills in the defaults and returns all that browsers would reject. The field names the
// option with which the program set the cookie.
func (c *Cookie) Normalize(field string) error {
	if c.Name == "" {
		c.Name = DefaultName
	}
	if c.Path == "" {
		c.Path = "/"
	}
	if c.SameSite == 0 {
		c.SameSite = http.SameSiteLaxMode
		if c.Partitioned {
			c.SameSite = http.SameSiteNoneMode
		}
	}
	if strings.Contains(c.Domain, "/") {
		return fmt.Errorf("%s.Domain %q is an address; give the host name in it", field, c.Domain)
	}
	given := c.Domain
	c.Domain, _, _ = strings.Cut(c.Domain, ":")
	c.Domain = strings.Trim(c.Domain, ".")
	if c.Domain == "" && given != "" {
		return fmt.Errorf("%s.Domain %q names no host; leave it empty for a host-only cookie", field, given)
	}
	return errors.Join(c.checkAttributes(field), c.checkPrefix(field))
}

// Attributes returns what follows the value in Set-Cookie, in Flask's order: the parts before and
// after the expiry.
func (c *Cookie) Attributes() (before, after string) {
	if c.Domain != "" {
		before = "; Domain=" + c.Domain
	}
	if c.Secure() {
		after += "; Secure"
	}
	if !c.ReadableByScripts {
		after += "; HttpOnly"
	}
	after += "; Path=" + c.Path
	switch c.SameSite {
	case http.SameSiteLaxMode:
		after += "; SameSite=Lax"
	case http.SameSiteStrictMode:
		after += "; SameSite=Strict"
	case http.SameSiteNoneMode:
		after += "; SameSite=None"
	}
	if c.Partitioned {
		after += "; Partitioned"
	}
	return before, after
}
