package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
)

// loggedIn opens examples/login at host and logs in.
func loggedIn(t *testing.T, host string) *browser {
	t.Helper()
	url := start(t, "login", host)
	b := newBrowser(t)
	b.visit(url + "/login")
	b.logIn("ada")
	b.wantHeading("Hello, ada")
	return b
}

func TestLoginIsFlashedOnce(t *testing.T) {
	t.Parallel()
	b := loggedIn(t, "localhost")
	b.wantFlashes("You were successfully logged in")
	b.reload()
	b.wantHeading("Hello, ada")
	b.wantFlashes()
}

func TestLogoutIsFlashedOnce(t *testing.T) {
	t.Parallel()
	b := loggedIn(t, "localhost")
	b.press("Log out")
	b.wantHeading("Welcome")
	b.wantFlashes("You were logged out")
	b.reload()
	b.wantHeading("Welcome")
	b.wantFlashes()
}

func TestLoginCookieIsTheHostsAlone(t *testing.T) {
	t.Parallel()
	// Chromium takes a Secure cookie over plain HTTP from these two.
	for _, host := range []string{"localhost", "127.0.0.1"} {
		t.Run(host, func(t *testing.T) {
			b := loggedIn(t, host)
			b.reload() // once the flash is read, the cookie is written again
			c := b.cookie()
			if c.Name != "__Host-session" || c.Domain != host || c.Path != "/" ||
				!c.Secure || !c.HTTPOnly || c.SameSite != network.CookieSameSiteLax || !c.Session {
				c.Value = "redacted"
				t.Errorf("Chromium keeps the cookie as %+v", c)
			}
			b.wantHidden()
		})
	}
}

func TestLoginEndsWhenOneCharacterOfTheCookieChanges(t *testing.T) {
	t.Parallel()
	b := loggedIn(t, "localhost")
	b.reload()
	// Some bits of the last character stand for nothing, and still count.
	b.refusedOnceChanged("Welcome", "Hello, ada", len(b.cookie().Value)-1)
}

// refusedOnceChanged changes a character of each part of the cookie, one at a
// time, and puts it back. The page has the heading out without the session.
func (b *browser) refusedOnceChanged(out, in string, more ...int) {
	b.t.Helper()
	c := b.cookie()
	dot := strings.LastIndexByte(c.Value, '.')
	// The first of the payload, the last of the time, the first of the signature.
	for _, i := range append(more, 0, dot-1, dot+1) {
		b.replace(c, c.Value[:i]+string(next(c.Value[i]))+c.Value[i+1:])
		b.reload()
		b.wantHeading(out)
		b.replace(c, c.Value)
		b.reload()
		b.wantHeading(in)
	}
}

const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

func next(c byte) byte {
	return base64url[(strings.IndexByte(base64url, c)+1)%len(base64url)]
}
