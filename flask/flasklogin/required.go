package flasklogin

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/wafer-go/wafer/session"
)

// Required is login_required: it serves next to a user who is signed in. It flashes a message to
// others and sends them to the page at loginPage, with the path that they asked for as "next". It
// has to be inside of [session.Manager.Handler].
func Required(loginPage string, next http.Handler) http.Handler {
	return require(loginPage, "Please log in to access this page.", next, func(s *session.Session) bool { return s.Owner() != "" })
}

// FreshRequired is fresh_login_required: it also sends those there who are signed in and not
// [Fresh].
func FreshRequired(loginPage string, next http.Handler) http.Handler {
	fresh := require(loginPage, "Please reauthenticate to access this page.", next, Fresh)
	return Required(loginPage, fresh)
}

func require(loginPage, message string, next http.Handler, ok func(s *session.Session) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		if r.Method == http.MethodOptions || ok(s) {
			next.ServeHTTP(w, r)
			return
		}
		s.Flash(message)
		http.Redirect(w, r, withNext(loginPage, r), http.StatusSeeOther) // #nosec G710 -- to the program's login page
	})
}

// withNext adds the path of a request that can be sent again, as Flask-Login does.
func withNext(loginPage string, r *http.Request) string {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return loginPage
	}
	separator := "?"
	if strings.Contains(loginPage, "?") {
		separator = "&"
	}
	path := r.RequestURI // as it was sent: a handler may have removed a prefix from r.URL
	if !strings.HasPrefix(path, "/") {
		path = r.URL.RequestURI()
	}
	return loginPage + separator + "next=" + url.QueryEscape(path)
}

// Next returns where to send a user who has signed in: the "next" of [Required], or otherwise. A
// URL of another site is not followed.
func Next(r *http.Request, otherwise string) string {
	next := r.FormValue("next")
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(next, "/") ||
		strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\t\r\n") {
		return otherwise
	}
	return next
}
