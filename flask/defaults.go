package flask

import (
	"net/http"
	"time"

	"github.com/wafer-go/wafer/session"
)

// Defaults returns the options that Flask has by default (its
// SESSION_COOKIE_NAME and so on), a fresh copy at each call:
//
//   - the cookie is called "session", host-only, at the path "/";
//   - it is HttpOnly, but not Secure, and has no SameSite attribute;
//   - a permanent session lives 31 days, and each response refreshes the
//     expiry of its cookie.
//
// With the expiry the cookie has Max-Age, which Flask does not send, so that it
// does not depend on the clock of the visitor's computer.
//
// A program with SESSION_COOKIE_PARTITIONED=True sets Cookie.Partitioned, and
// Cookie.SameSite to http.SameSiteNoneMode, also in Flask: with any other
// SameSite browsers do not send the cookie from a frame, and [session.New]
// returns an error.
//
// A program whose pages are all served over HTTPS does better with
// Cookie.Insecure false and Cookie.SameSite http.SameSiteLaxMode, in the Flask
// program too: SESSION_COOKIE_SECURE=True, SESSION_COOKIE_SAMESITE="Lax".
func Defaults() *session.Options {
	return &session.Options{
		Cookie: session.Cookie{
			Name:     "session",
			Path:     "/",
			Insecure: true,
			SameSite: http.SameSiteDefaultMode,
		},
		Lifetime:           31 * 24 * time.Hour,
		RefreshEachRequest: true,
		ClockSkew:          -1, // none, as in Flask
	}
}
