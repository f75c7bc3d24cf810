package setcookie

import (
	"net/http"

	"github.com/wafer-go/wafer/session/inspect"
	"github.com/wafer-go/wafer/session/internal/browser"
)

// Dropped returns the mistakes for which the browser that sent a request drops the cookie of its
// response.
func (c *Cookie) Dropped(r *http.Request) (found []inspect.Warning) {
	if c.Secure() && !browser.OverHTTPS(r) {
		switch trusted := browser.TrustedOverHTTP(browser.Hostname(r.Host)); {
		case trusted && browser.IsWebKit(r):
			found = append(found, inspect.WebKitLocalhost)
		case !trusted && !browser.IsTest(r):
			found = append(found, inspect.PlainHTTP)
		}
	}
	if c.Domain != "" && r.Host != "" && !browser.Within(browser.Hostname(r.Host), c.Domain) {
		found = append(found, inspect.ForeignDomain)
	}
	return found
}
