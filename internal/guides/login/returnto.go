package main

import (
	"net/http"
	"net/url"
	"strings"
)

// localPath returns the path of this site that target is, or "/" if it is
// anything else. Browsers read a backslash as a slash and pass over tabs and
// line ends (WHATWG URL, section 4.4), so "/\evil.example" is another site to them.
func localPath(target string) string {
	if !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//") {
		return "/"
	}
	if strings.ContainsFunc(target, func(r rune) bool { return r <= ' ' || r == 0x7F || r == '\\' }) {
		return "/"
	}
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "" || u.Host != "" {
		return "/"
	}
	return target
}

// returnTo is the page to come back to, as a query's value. A form that was
// posted cannot be posted again by a redirect, so it is the start page then.
func returnTo(r *http.Request) string {
	if r.Method != http.MethodGet {
		return "%2F"
	}
	return url.QueryEscape(r.URL.RequestURI())
}
