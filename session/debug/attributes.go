package debug

import (
	"net/http"
	"strings"

	"github.com/wafer-go/wafer/session/inspect"
)

// attribute is a row on what browsers do with the cookie.
type attribute struct {
	Name    string // as in Set-Cookie, or what is missing there
	Verdict string // "good", "note" or "bad", which is a class too
	Text    string
}

// attributesOf explains the cookie's attributes, and those that it lacks, as
// RFC 6265bis has them (sections 4.1 and 5.6), and where browsers differ.
func attributesOf(r *http.Request, found inspect.Inspection) []attribute {
	has := map[string]string{}
	for text := range strings.SplitSeq(found.Attributes, "; ") {
		name, value, _ := strings.Cut(text, "=")
		has[name] = value
	}
	rows := []attribute{prefixOf(found.Cookie), secureOf(r, has), httpOnlyOf(has), sameSiteOf(has), domainOf(r, has), pathOf(has)}
	if _, ok := has["Partitioned"]; ok {
		rows = append(rows, attribute{"Partitioned", "good", "Where another site embeds this one, the browser keeps a cookie for that site apart, and does not send this one there."})
	}
	return append(rows, expiryOf(found))
}

func prefixOf(cookie string) attribute {
	switch {
	case strings.HasPrefix(cookie, "__Host-"):
		return attribute{"__Host- in the name", "good", "Browsers accept the cookie only with Secure and Path=/ and without Domain. So no other subdomain, and no page over plain HTTP, can plant one of this name."}
	case strings.HasPrefix(cookie, "__Secure-"), strings.HasPrefix(cookie, "__Http-"):
		return attribute{"__Secure- in the name", "note", "Browsers accept the cookie only with Secure, so no page over plain HTTP can plant one. A subdomain can; the prefix __Host- denies that too."}
	}
	return attribute{"no prefix in the name", "note", "Another subdomain can plant a cookie of this name. The prefix __Host- denies that."}
}

func secureOf(r *http.Request, has map[string]string) attribute {
	if _, ok := has["Secure"]; !ok {
		return attribute{"no Secure", "bad", "Browsers send the cookie over plain HTTP too, and anyone on the network can read and keep it."}
	}
	row := attribute{"Secure", "good", "Browsers accept and send the cookie over HTTPS only."}
	if r.TLS == nil && !strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		if isLocal(hostname(r.Host)) {
			row.Verdict = "note"
			// W3C Secure Contexts, section 3.1, and WebKit bug 281149.
			row.Text += " This request came over plain HTTP from this machine: Chromium and Firefox accept the cookie all the same, and Safari does not."
		} else {
			row.Verdict = "bad"
			row.Text += " This request came over plain HTTP, so they drop it."
		}
	}
	return row
}

func httpOnlyOf(has map[string]string) attribute {
	if _, ok := has["HttpOnly"]; ok {
		return attribute{"HttpOnly", "good", "Browsers hide the cookie from scripts, so an injected script cannot read it."}
	}
	return attribute{"no HttpOnly", "bad", "Any script in any page can read the cookie and send it elsewhere."}
}

func sameSiteOf(has map[string]string) attribute {
	switch value, ok := has["SameSite"]; {
	case value == "Strict":
		return attribute{"SameSite=Strict", "good", "Browsers send the cookie with no request that another site begins, not even a link that is followed: a visitor who comes from a mail or a search looks signed out on the first page."}
	case value == "Lax":
		return attribute{"SameSite=Lax", "good", "Of the requests that another site begins, browsers send the cookie only when a link is followed; not with its forms that POST, its frames, pictures and scripts."}
	case value == "None":
		if _, secure := has["Secure"]; !secure {
			return attribute{"SameSite=None", "bad", "Browsers reject the cookie, because it is not Secure."}
		}
		return attribute{"SameSite=None", "bad", "Browsers send the cookie with whatever another site begins, forms that POST included, unless they block cookies of embedded sites, as Safari does."}
	case ok:
		return attribute{"SameSite=" + cut(value, maxNoted), "note", "Browsers do not know this value, and do as if there were none."}
	}
	return attribute{"no SameSite", "note", "Chromium does as for Lax, except that during two minutes after the cookie is set it also sends it with forms of other sites; Firefox and Safari do as for None."}
}

func domainOf(r *http.Request, has map[string]string) attribute {
	if domain, ok := has["Domain"]; ok {
		domain = strings.ToLower(domain)
		if host := hostname(r.Host); host != domain && !strings.HasSuffix(host, "."+domain) {
			return attribute{"Domain=" + cut(domain, maxKey), "bad", "The host of this request is not in the domain, so browsers drop the cookie."}
		}
		return attribute{"Domain=" + cut(domain, maxKey), "note", "Browsers send the cookie to this domain and to each of its subdomains, and each of them can read and replace it."}
	}
	return attribute{"no Domain", "good", "Browsers send the cookie to the host that set it alone, on whatever port."}
}

func pathOf(has map[string]string) attribute {
	if path := has["Path"]; path != "/" {
		return attribute{"Path=" + cut(path, maxKey), "note", "Browsers send the cookie with requests for this path and those under it. It keeps no secret: a page elsewhere on the host can open one there."}
	}
	return attribute{"Path=/", "good", "Browsers send the cookie with every path of the host."}
}

func expiryOf(found inspect.Inspection) attribute {
	if found.Permanent {
		return attribute{"Expires", "good", "The session is permanent: each Set-Cookie says when it expires, and browsers keep it until then, for 400 days at most."}
	}
	return attribute{"no Expires", "good", "The session is not permanent: browsers delete the cookie when they are closed, except those that open the last pages again."}
}
