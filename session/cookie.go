package session

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// DefaultCookieName is the name of the session cookie. Browsers take a cookie
// of the prefix only from the host itself, over HTTPS (or from localhost), so
// no other subdomain can plant one (RFC 6265bis, section 4.1.3.2).
const DefaultCookieName = "__Host-session"

// maxAttribute is the length in bytes from which browsers pass over an
// attribute's value (RFC 6265bis, section 5.6).
const maxAttribute = 1024

// Cookie describes the session cookie. Its zero value is the safe default:
// __Host-session, Secure, HttpOnly, SameSite=Lax, Path=/, for this host alone.
type Cookie struct {
	// Name is the cookie's name. Empty means DefaultCookieName. A name whose
	// prefix (__Host-, __Secure-) demands what the other fields deny is an
	// error, since browsers would drop the cookie.
	Name string

	// Domain widens the cookie to a domain and all its subdomains, each of
	// which can then read it. It needs a Name without the __Host- prefix. Who
	// changes it, or Path, must change Name too, and may list the old cookie in
	// [Options.FormerCookies]: a browser keeps it beside the new one and sends
	// both, and of two good ones of one name neither is trusted. A port, and dots at either end, are stripped. An address, and a name without a dot
	// such as localhost, are errors, since browsers take neither; they do not
	// take a public suffix such as co.uk either, which is not looked for here.
	// Empty means this host alone.
	Domain string

	// Path narrows the cookie to a path. Empty means "/".
	Path string

	// SameSite says on which requests from other sites the cookie is sent.
	// Zero means Lax; http.SameSiteDefaultMode leaves the attribute out.
	// Browsers drop a cookie of SameSite=None that is Insecure, which is warned
	// of.
	SameSite http.SameSite

	// Partitioned keeps a separate cookie for each site that embeds this one
	// (CHIPS). It forces Secure.
	Partitioned bool

	// Insecure lets the cookie travel over plain HTTP, where anybody on the
	// way can read and keep it.
	Insecure bool

	// ReadableByScripts leaves out HttpOnly, so that any script that gets
	// into a page can steal the cookie.
	ReadableByScripts bool
}

func (c *Cookie) secure() bool { return !c.Insecure || c.Partitioned }

// normalize fills in the defaults and returns all that browsers would refuse.
func (c *Cookie) normalize() error {
	if c.Name == "" {
		c.Name = DefaultCookieName
	}
	if c.Path == "" {
		c.Path = "/"
	}
	if c.SameSite == 0 {
		c.SameSite = http.SameSiteLaxMode
	}
	if strings.Contains(c.Domain, "/") {
		return fmt.Errorf("Options.Cookie.Domain %q is an address; give the host name in it", c.Domain)
	}
	c.Domain, _, _ = strings.Cut(c.Domain, ":")
	c.Domain = strings.Trim(c.Domain, ".")
	return errors.Join(c.checkAttributes(), c.checkPrefix())
}

func (c *Cookie) checkAttributes() error {
	var errs []error
	if i := strings.IndexFunc(c.Name, notToken); i >= 0 {
		errs = append(errs, fmt.Errorf("Options.Cookie.Name %q has the character %q; letters, digits and !#$%%&'*+-.^_`|~ are allowed (RFC 6265)", c.Name, runeAt(c.Name, i)))
	}
	if i := strings.IndexFunc(c.Domain, notDomain); i >= 0 {
		errs = append(errs, fmt.Errorf("Options.Cookie.Domain %q has the character %q; give a host name, internationalized ones in their ASCII form", c.Domain, runeAt(c.Domain, i)))
	}
	if domain := c.Domain; domain != "" && (net.ParseIP(domain) != nil || !strings.Contains(domain, ".")) {
		errs = append(errs, fmt.Errorf("Options.Cookie.Domain %q is not a domain that browsers take; leave it empty for this host alone", domain))
	}
	if c.Path[0] != '/' {
		errs = append(errs, fmt.Errorf("Options.Cookie.Path %q does not begin with a slash", c.Path))
	}
	if i := strings.IndexFunc(c.Path, notPath); i >= 0 {
		errs = append(errs, fmt.Errorf("Options.Cookie.Path %q has the character %q, which no cookie attribute may have", c.Path, runeAt(c.Path, i)))
	}
	for field, value := range map[string]string{"Domain": c.Domain, "Path": c.Path} {
		if len(value) > maxAttribute {
			errs = append(errs, fmt.Errorf("Options.Cookie.%s has %d bytes; browsers pass over an attribute of more than %d (RFC 6265bis, section 5.6)", field, len(value), maxAttribute))
		}
	}
	switch c.SameSite {
	case http.SameSiteDefaultMode, http.SameSiteLaxMode, http.SameSiteStrictMode, http.SameSiteNoneMode:
	default:
		errs = append(errs, fmt.Errorf("Options.Cookie.SameSite %d is not one of net/http's constants", c.SameSite))
	}
	return errors.Join(errs...)
}

// checkPrefix holds a name to its prefix (RFC 6265bis, section 4.1.3). Some
// browsers compare prefixes without regard to case, so an odd spelling is an
// error rather than a cookie that only some of them keep.
func (c *Cookie) checkPrefix() error {
	for _, prefix := range []string{"__Host-Http-", "__Host-", "__Http-", "__Secure-"} {
		if len(c.Name) < len(prefix) || !strings.EqualFold(c.Name[:len(prefix)], prefix) {
			continue
		}
		var wrong []string
		if c.Name[:len(prefix)] != prefix {
			wrong = append(wrong, "must be spelled "+prefix)
		}
		if !c.secure() {
			wrong = append(wrong, "cannot be Insecure")
		}
		if strings.Contains(prefix, "Http") && c.ReadableByScripts {
			wrong = append(wrong, "cannot be ReadableByScripts")
		}
		if strings.HasPrefix(prefix, "__Host-") {
			if c.Domain != "" {
				wrong = append(wrong, "cannot have a Domain")
			}
			if c.Path != "/" {
				wrong = append(wrong, `must have the Path "/"`)
			}
		}
		if wrong != nil {
			return fmt.Errorf("Options.Cookie.Name %q: browsers drop it, since a cookie with its prefix %s; set Cookie.Name to one without a prefix, such as \"session\"",
				c.Name, strings.Join(wrong, " and "))
		}
		return nil
	}
	return nil
}

func runeAt(s string, i int) rune {
	r, _ := utf8.DecodeRuneInString(s[i:])
	return r
}

func notToken(r rune) bool {
	return r <= ' ' || r >= 0x7F || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

func notDomain(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '.')
}

func notPath(r rune) bool { return r < ' ' || r >= 0x7F || r == ';' }

// attributes returns what follows the value in Set-Cookie, in Flask's order,
// with a placeholder for nothing: the parts before and after the expiry.
func (c *Cookie) attributes() (before, after string) {
	if c.Domain != "" {
		before = "; Domain=" + c.Domain
	}
	if c.secure() {
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

// maxExpires is how far ahead browsers let a cookie expire (RFC 6265bis,
// section 5.5).
const maxExpires = 400 * 24 * time.Hour

func appendExpires(dst []byte, t time.Time) []byte {
	dst = append(dst, "; Expires="...)
	return t.UTC().AppendFormat(dst, http.TimeFormat)
}

// cookieValues calls yield with the value of each cookie of the name that a
// request brought, until it returns false. Names are compared exactly, so a
// pair without a name is never taken for a cookie (CVE-2023-23934), and the
// header is read once, whatever it holds.
func cookieValues(h http.Header, name string, yield func(value string) bool) {
	for _, line := range h["Cookie"] {
		for line != "" {
			var pair string
			pair, line, _ = strings.Cut(line, ";")
			pair = trimSpace(pair)
			if len(pair) <= len(name) || pair[len(name)] != '=' || pair[:len(name)] != name {
				continue
			}
			if !yield(pair[len(name)+1:]) {
				return
			}
		}
	}
}

// trimSpace takes the whitespace of a header line, spaces and tabs, off both
// ends: what strings.Trim does, in a third of the time.
func trimSpace(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}
