package session

import (
	"errors"
	"fmt"
	"iter"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// DefaultCookieName is the name of the session cookie. Browsers accept a cookie with its prefix
// only from the host itself, over HTTPS (or from localhost), so no sibling subdomain can plant one
// (RFC 6265bis, section 4.1.3.2). WebKitGTK is an exception: it does not check prefixes of cookies
// from plain HTTP.
const DefaultCookieName = "__Host-session"

// maxAttribute is the length in bytes from which browsers ignore an attribute's value (RFC 6265bis,
// section 5.6).
const maxAttribute = 1024

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
	// IP address, and a name without a dot such as localhost, are errors: a cookie for them has no
	// subdomains to reach, and some browsers reject it. All reject a public suffix such as co.uk,
	// which is not checked here. Empty means host-only.
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

// covers reports whether browsers send the cookie with a request. Something may have removed the
// beginning of its path: http.StripPrefix, which leaves the RequestURI, or a proxy.
func (c *Cookie) covers(r *http.Request) bool {
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

func (c *Cookie) secure() bool { return !c.Insecure || c.Partitioned }

// normalize fills in the defaults and returns all that browsers would reject. The field names the
// option with which the program set the cookie.
func (c *Cookie) normalize(field string) error {
	if c.Name == "" {
		c.Name = DefaultCookieName
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
	c.Domain, _, _ = strings.Cut(c.Domain, ":")
	c.Domain = strings.Trim(c.Domain, ".")
	return errors.Join(c.checkAttributes(field), c.checkPrefix(field))
}

func (c *Cookie) checkAttributes(field string) error {
	var errs []error
	if i := strings.IndexFunc(c.Name, notToken); i >= 0 {
		errs = append(errs, fmt.Errorf("%s.Name %q has the character %q; letters, digits and !#$%%&'*+-.^_`|~ are allowed (RFC 6265)", field, c.Name, runeAt(c.Name, i)))
	}
	if i := strings.IndexFunc(c.Domain, notDomain); i >= 0 {
		errs = append(errs, fmt.Errorf("%s.Domain %q has the character %q; give a host name, internationalized ones in their ASCII form", field, c.Domain, runeAt(c.Domain, i)))
	}
	if domain := c.Domain; domain != "" && (net.ParseIP(domain) != nil || !strings.Contains(domain, ".")) {
		errs = append(errs, fmt.Errorf("%s.Domain %q has no subdomains that a cookie could reach; leave it empty for a host-only cookie", field, domain))
	}
	if c.Path[0] != '/' {
		errs = append(errs, fmt.Errorf("%s.Path %q does not begin with a slash", field, c.Path))
	}
	if i := strings.IndexFunc(c.Path, notPath); i >= 0 {
		errs = append(errs, fmt.Errorf("%s.Path %q has the character %q, which browsers do not have in paths; percent-encode it as they do", field, c.Path, runeAt(c.Path, i)))
	}
	if _, err := url.PathUnescape(c.Path); err != nil {
		errs = append(errs, fmt.Errorf("%s.Path %q has a percent sign without two digits after it; write it as %%25", field, c.Path))
	}
	if dots(c.Path) {
		errs = append(errs, fmt.Errorf("%s.Path %q has a segment of dots, which browsers resolve; give the path without it", field, c.Path))
	}
	for name, value := range map[string]string{"Domain": c.Domain, "Path": c.Path} {
		if len(value) > maxAttribute {
			errs = append(errs, fmt.Errorf("%s.%s has %d bytes; browsers ignore an attribute of more than %d (RFC 6265bis, section 5.6)", field, name, len(value), maxAttribute))
		}
	}
	switch c.SameSite {
	case http.SameSiteDefaultMode, http.SameSiteLaxMode, http.SameSiteStrictMode, http.SameSiteNoneMode:
	default:
		errs = append(errs, fmt.Errorf("%s.SameSite %d is not one of net/http's constants", field, c.SameSite))
	}
	if c.SameSite == http.SameSiteNoneMode && !c.secure() {
		errs = append(errs, fmt.Errorf("%s has SameSite=None and is Insecure: browsers reject such a cookie; leave Insecure out, and serve HTTPS", field))
	}
	if c.Partitioned && c.SameSite != http.SameSiteNoneMode {
		errs = append(errs, fmt.Errorf("%s is Partitioned, and its SameSite is not None: browsers never send such a cookie from a frame; leave SameSite out", field))
	}
	return errors.Join(errs...)
}

// checkPrefix checks a name against its prefix (RFC 6265bis, section 4.1.3). Some browsers compare
// prefixes without regard to case, so another spelling is an error rather than a cookie that only
// some of them keep.
func (c *Cookie) checkPrefix(field string) error {
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
			return fmt.Errorf("%s.Name %q: browsers reject it, because a cookie with its prefix %s; choose one without a prefix, such as \"session\"", field,
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

// notPath finds what browsers never have in the path of a request: they percent-encode it, or it
// ends the path, or is a slash to them.
func notPath(r rune) bool {
	return r <= ' ' || r >= 0x7F || strings.ContainsRune("\";#<>?\\^`{|}", r)
}

// dots reports whether a path has segments that browsers resolve before they ask.
func dots(path string) bool {
	path = strings.ReplaceAll(strings.ToLower(path), "%2e", ".")
	return slices.ContainsFunc(strings.Split(path, "/"), func(part string) bool { return part == "." || part == ".." })
}

// attributes returns what follows the value in Set-Cookie, in Flask's order: the parts before and
// after the expiry.
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

// maxExpires is how far ahead browsers let a cookie expire (RFC 6265bis, section 5.5).
const maxExpires = 400 * 24 * time.Hour

// appendExpiry appends when a cookie expires. Max-Age is for browsers whose clock differs from the
// server's; Expires for those that only know that.
func appendExpiry(dst []byte, now time.Time, lifetime time.Duration) []byte {
	dst = append(dst, "; Expires="...)
	dst = now.Add(lifetime).UTC().AppendFormat(dst, http.TimeFormat)
	dst = append(dst, "; Max-Age="...)
	return strconv.AppendInt(dst, int64(lifetime/time.Second), 10)
}

// appendDeletion appends what makes a browser delete a cookie.
func appendDeletion(dst []byte) []byte {
	return append(dst, "; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0"...)
}

// cookieValues yields the value of each cookie of the name that a request brought.
func cookieValues(h http.Header, name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, line := range h["Cookie"] {
			for line != "" {
				var value string
				var ok bool
				if value, line, ok = nextCookie(line, name); ok && !yield(value) {
					return
				}
			}
		}
	}
}

// nextCookie reads the first pair of a Cookie header's line. It returns its value if it has the
// name, and the rest of the line. Names are compared exactly, so a pair without a name never counts
// as a cookie (CVE-2023-23934).
func nextCookie(line, name string) (value, rest string, ok bool) {
	pair, rest, _ := strings.Cut(line, ";")
	pair = trimSpace(pair)
	if len(pair) <= len(name) || pair[len(name)] != '=' || pair[:len(name)] != name {
		return "", rest, false
	}
	return pair[len(name)+1:], rest, true
}

// trimSpace removes the whitespace of a header line, spaces and tabs, from both ends: as
// strings.Trim does, in a third of the time.
func trimSpace(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}
