package browser

import (
	"testing"
)

// half is one of the two programs of examples/flask.
type half struct{ path, name string }

var (
	goHalf = half{"/go/", "Go"}
	pyHalf = half{"/py/", "Python"}
)

// fromEach opens examples/flask and has a test go from either half to the
// other.
func fromEach(t *testing.T, test func(b *browser, url string, here, there half)) {
	for _, direction := range [][2]half{{goHalf, pyHalf}, {pyHalf, goHalf}} {
		here, there := direction[0], direction[1]
		t.Run("from "+here.name+" to "+there.name, func(t *testing.T) {
			url := start(t, "flask", "localhost")
			b := newBrowser(t)
			b.visit(url + here.path)
			test(b, url, here, there)
		})
	}
}

func TestHalvesShareALogin(t *testing.T) {
	t.Parallel()
	fromEach(t, func(b *browser, url string, here, there half) {
		b.logIn("ada")
		b.wantHeading("Hello, ada")
		b.visit(url + there.path)
		b.wantHeading("Hello, ada")
	})
}

func TestHalvesShareALogout(t *testing.T) {
	t.Parallel()
	fromEach(t, func(b *browser, url string, here, there half) {
		b.logIn("ada")
		b.visit(url + there.path)
		b.press("Log out")
		b.wantHeading("Log in with " + there.name)
		b.visit(url + here.path)
		b.wantHeading("Log in with " + here.name)
	})
}

func TestHalvesShareAFlashAndShowItOnce(t *testing.T) {
	t.Parallel()
	fromEach(t, func(b *browser, url string, here, there half) {
		b.logIn("ada")
		b.wantFlashes("You were logged in by " + here.name)
		b.press("Flash a message for the " + there.name + " half")
		if got := b.url(); got != url+there.path {
			b.t.Fatalf("the message is shown at %s, want the other half", got)
		}
		b.wantFlashes("Flashed by " + here.name)
		b.reload()
		b.wantFlashes()
		b.visit(url + here.path)
		b.wantFlashes()
	})
}

func TestHalvesRefuseACookieWithOneCharacterChanged(t *testing.T) {
	t.Parallel()
	fromEach(t, func(b *browser, url string, here, there half) {
		b.logIn("ada")
		b.reload()
		b.visit(url + there.path)
		b.refusedOnceChanged("Log in with "+there.name, "Hello, ada")
	})
}

func TestHalvesWriteTheCookieAlike(t *testing.T) {
	t.Parallel()
	fromEach(t, func(b *browser, _ string, _, _ half) {
		b.logIn("ada")
		// Flask's defaults, which a program over HTTPS should tighten.
		if c := b.cookie(); c.Name != "session" || c.Domain != "localhost" || c.Path != "/" ||
			c.Secure || !c.HTTPOnly || c.SameSite != "" || !c.Session {
			c.Value = "redacted"
			b.t.Errorf("Chromium keeps the cookie as %+v", c)
		}
		b.wantHidden()
	})
}
