package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

func TestTheRightPasswordSignsIn(t *testing.T) {
	eachBackend(t, func(t *testing.T, open func() *browser, _ *users) {
		b := open()
		leadsTo(t, b.do("GET", "/"), "/login?next=%2F")
		if w := b.signIn("ada", "wrong"); w.Code != http.StatusUnprocessableEntity || b.isSignedIn("ada") {
			t.Errorf("a wrong password answers %d", w.Code)
		}
		leadsTo(t, b.signIn("ada", "correct horse"), "/")
		if page := b.do("GET", "/").Body.String(); !strings.Contains(page, "Hello, ada.") || strings.Count(page, "You are signed in") != 1 {
			t.Errorf("the page is %s", page)
		}
		b.reads("/", "You are signed in", 0)
	})
}

func TestAnUnknownNameLooksLikeAWrongPassword(t *testing.T) {
	open, users := newApp(t, session.Signed(secret.New()))
	b := open()
	var pages [2]string
	var checks [2]int64
	for i, name := range []string{"ada", "eve"} {
		before := users.checks.Load()
		w := b.signIn(name, "wrong")
		pages[i] = strings.ReplaceAll(w.Body.String(), name, "NAME")
		checks[i] = users.checks.Load() - before
		answers(t, w, http.StatusUnprocessableEntity)
	}
	if pages[0] != pages[1] || checks != [2]int64{1, 1} {
		t.Errorf("the pages differ, or the work (%v):\n%s\n%s", checks, pages[0], pages[1])
	}
}

// The attack: eve has a session of her own put into the victim's browser, and
// waits until the victim signs in with it.
func TestAPlantedSessionIsNotSignedIn(t *testing.T) {
	eachBackend(t, func(t *testing.T, open func() *browser, _ *users) {
		eve, ada := open(), open()
		eve.do("POST", "/login/code") // leaves a message, so there is a session
		if eve.cookie() == "" {
			t.Fatal("eve has no session")
		}
		ada.plant(eve.cookie())
		leadsTo(t, ada.signIn("ada", "correct horse"), "/")
		if !ada.isSignedIn("ada") || eve.isSignedIn("ada") {
			t.Error("eve is signed in as ada, or ada is not")
		}
	})
}

func TestWithoutRenewAPlantedSessionIsSignedIn(t *testing.T) {
	sessions, err := session.New(session.Stored(memstore.New(nil)), nil)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /cart", func(_ http.ResponseWriter, r *http.Request) { session.From(r).Set("cart", "tea") })
	mux.HandleFunc("POST /login", func(_ http.ResponseWriter, r *http.Request) {
		session.From(r).SetOwner("ada") // and no Renew
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		name := session.From(r).Owner()
		_, _ = w.Write([]byte("Hello, " + name + "."))
	})
	h := sessions.Handler(mux)
	eve, ada := newBrowser(t, h), newBrowser(t, h)
	eve.do("GET", "/cart")
	ada.plant(eve.cookie())
	ada.do("POST", "/login")
	if !eve.isSignedIn("ada") {
		t.Error("the attack that the page shows does not work")
	}
}

func TestAfterALogoutOneMessageIsLeft(t *testing.T) {
	eachBackend(t, func(t *testing.T, open func() *browser, _ *users) {
		b := open()
		b.signIn("ada", "correct horse")
		leadsTo(t, b.do("POST", "/logout"), "/login")
		b.reads("/login", "You are signed out", 1)
		if b.isSignedIn("ada") {
			t.Error("ada is signed in still")
		}
	})
}

func TestACopyOfACookieEndsWithTheLogoutInAStoreAlone(t *testing.T) {
	for name, c := range map[string]struct {
		backend session.Backend
		lives   bool
	}{
		"signed": {session.Signed(secret.New()), true},
		"stored": {session.Stored(memstore.New(nil)), false},
	} {
		open, _ := newApp(t, c.backend)
		b, thief := open(), open()
		b.signIn("ada", "correct horse")
		thief.plant(b.cookie())
		b.do("POST", "/logout")
		if thief.isSignedIn("ada") != c.lives {
			t.Errorf("%s: the copy works: %t, want %t", name, !c.lives, c.lives)
		}
	}
}

func TestAFormOfAnotherSiteIsRefused(t *testing.T) {
	open, _ := newApp(t, session.Signed(secret.New()))
	for _, c := range []struct {
		about   string
		header  http.Header
		refused bool
	}{
		{"our own page", http.Header{"Sec-Fetch-Site": {"same-origin"}}, false},
		{"another site", http.Header{"Sec-Fetch-Site": {"cross-site"}}, true},
		{"another subdomain", http.Header{"Sec-Fetch-Site": {"same-site"}}, true},
		{"another site, in a browser of before 2023", http.Header{"Origin": {"https://evil.example"}}, true},
		{"no browser, or one that says nothing", http.Header{}, false},
	} {
		b := open()
		b.signIn("ada", "correct horse")
		b.header = c.header
		w := b.do("POST", "/note", "as", "ada", "note", "changed")
		b.header = http.Header{"Sec-Fetch-Site": {"same-origin"}}
		changed := strings.Contains(b.do("GET", "/").Body.String(), `value="changed"`)
		if (w.Code == http.StatusForbidden) != c.refused || changed == c.refused {
			t.Errorf("%s: it answers %d, and the note is changed: %t", c.about, w.Code, changed)
		}
	}
}
