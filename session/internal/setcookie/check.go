package setcookie

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxAttribute is the length in bytes from which browsers ignore an attribute's value (RFC 6265bis,
// section 5.6).
const maxAttribute = 1024

// CheckName checks the name of a cookie, or of a header, which have the same form.
func CheckName(field, name string) error {
	if i := strings.IndexFunc(name, notToken); i >= 0 {
		return fmt.Errorf("%s %q has the character %q; letters, digits and !#$%%&'*+-.^_`|~ are allowed (RFC 9110, section 5.6.2)", field, name, runeAt(name, i))
	}
	return nil
}

// meaningful are headers with a meaning of their own, which a token in them would change.
var meaningful = []string{"Accept", "Authorization", "Cache-Control", "Connection", "Cookie", "Date", "Etag", "Expires", "Forwarded", "Host", "Location", "Origin", "Pragma", "Proxy-Authorization", "Range", "Referer", "Refresh", "Server", "Set-Cookie", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Vary", "Via"}

// CheckHeader checks the name of a header that is to carry tokens, in net/http's form.
func CheckHeader(field, name string) error {
	if err := CheckName(field, name); err != nil {
		return err
	}
	if slices.Contains(meaningful, name) || strings.HasPrefix(name, "Content-") || strings.HasPrefix(name, "Access-Control-") || strings.HasPrefix(name, "Sec-") {
		return fmt.Errorf("%s is %q, which has a meaning of its own; choose another name, such as Session-Token", field, name)
	}
	return nil
}

func (c *Cookie) checkAttributes(field string) error {
	var errs []error
	if err := CheckName(field+".Name", c.Name); err != nil {
		errs = append(errs, err)
	}
	if i := strings.IndexFunc(c.Domain, notDomain); i >= 0 {
		errs = append(errs, fmt.Errorf("%s.Domain %q has the character %q; give a host name, internationalized ones in their ASCII form", field, c.Domain, runeAt(c.Domain, i)))
	}
	if err := checkLength(field, c.Domain); err != nil {
		errs = append(errs, err)
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
	if len(c.Path) > maxAttribute {
		errs = append(errs, fmt.Errorf("%s.Path has %d bytes; browsers ignore an attribute of more than %d (RFC 6265bis, section 5.6)", field, len(c.Path), maxAttribute))
	}
	switch c.SameSite {
	case http.SameSiteDefaultMode, http.SameSiteLaxMode, http.SameSiteStrictMode, http.SameSiteNoneMode:
	default:
		errs = append(errs, fmt.Errorf("%s.SameSite %d is not one of net/http's constants", field, c.SameSite))
	}
	if c.SameSite == http.SameSiteNoneMode && !c.Secure() {
		errs = append(errs, fmt.Errorf("%s has SameSite=None and is Insecure: browsers reject such a cookie; leave Insecure out, and serve HTTPS", field))
	}
	if c.Partitioned && c.SameSite != http.SameSiteNoneMode {
		errs = append(errs, fmt.Errorf("%s is Partitioned, and its SameSite is not None: browsers never send such a cookie from a frame; leave SameSite out", field))
	}
	return errors.Join(errs...)
}

// checkLength checks a domain against the limits of names (RFC 1034, section 3.1, and RFC 1123,
// section 2.1): no host has a longer one.
func checkLength(field, domain string) error {
	const maxName, maxLabel = 253, 63 // bytes
	if domain == "" {
		return nil
	}
	if len(domain) > maxName {
		return fmt.Errorf("%s.Domain has %d bytes; the name of a host has %d at most", field, len(domain), maxName)
	}
	for label := range strings.SplitSeq(domain, ".") {
		switch {
		case label == "":
			return fmt.Errorf("%s.Domain %q has two dots in a row; each part of the name of a host has a character or more", field, domain)
		case len(label) > maxLabel:
			return fmt.Errorf("%s.Domain %q has a part of %d bytes between its dots; the name of a host has %d there at most", field, domain, len(label), maxLabel)
		}
	}
	return nil
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
		if !c.Secure() {
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
