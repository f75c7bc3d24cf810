package main

import (
	"net/http"
	"strings"
	"testing"
)

const (
	form  = `<form method="post" action="/login">`
	ended = "You are not logged in any more"
)

func TestEachDeviceIsListedWithTheCurrentOneFirstAndMarked(t *testing.T) {
	server := newServer(t)
	a := in(t, server, laptop, "ada")
	a.get("/").wantDevices("Firefox on Linux*")
	b := in(t, server, phone, "ada")
	a.get("/").wantDevices("Firefox on Linux*, Chrome on Android")
	b.get("/").wantDevices("Chrome on Android*, Firefox on Linux")
	b.get("/").want("from 127.0.0.1", "In use now", "Last used <time datetime=")
}

func TestTheLastUsedDeviceIsTheFirstOfTheOthers(t *testing.T) {
	kept := opened(t, t.TempDir()+"/devices.db")
	server := served(t, kept)
	a := in(t, server, laptop, "ada")
	in(t, server, tablet, "ada")
	in(t, server, phone, "ada")
	for name, seconds := range map[string]int{"Safari on iPad": 100, "Chrome on Android": 200} {
		if _, err := kept.db.ExecContext(t.Context(), "UPDATE wafer_sessions SET used = used - ? WHERE CAST(data AS TEXT) LIKE ?", seconds, "%"+name+"%"); err != nil {
			t.Fatal(err)
		}
	}
	a.get("/").wantDevices("Firefox on Linux*, Safari on iPad, Chrome on Android")
	a.get("/").want(">just now<", ">3 minutes ago<")
}

func TestADeviceThatIsSignedOutSeesTheLoginAndTheOthersStay(t *testing.T) {
	server := newServer(t)
	a, b, c := in(t, server, laptop, "ada"), in(t, server, phone, "ada"), in(t, server, tablet, "ada")
	p := a.post("/signout", "id", a.get("/").buttons()["Chrome on Android"])
	p.want(`<div class="flash success" role="status"><strong>success</strong> <span>The device was signed out</span>`)
	p.wantDevices("Firefox on Linux*, Safari on iPad")
	b.get("/").want(form, `<div class="flash warning" role="status">`, ended, "not Your devices")
	c.get("/").wantDevices("Safari on iPad*, Firefox on Linux")
}

func TestASignedOutDeviceIsToldOnceAndKeepsNoCookie(t *testing.T) {
	server := newServer(t)
	a, b := in(t, server, laptop, "ada"), in(t, server, phone, "ada")
	a.post("/signout/others")
	b.get("/").want(ended)
	if b.hasCookie() {
		t.Error("the cookie is still there")
	}
	b.get("/").want(form, `not class="flash`)
}

func TestAButtonOfASignedOutDeviceChangesNothing(t *testing.T) {
	server := newServer(t)
	a, b := in(t, server, laptop, "ada"), in(t, server, phone, "ada")
	id := b.get("/").buttons()["Firefox on Linux"]
	for _, path := range []string{"/signout", "/signout/others", "/signout/everywhere"} {
		a.post("/signout/others")
		b.post(path, "id", id).want(form, ended, "not You have no such device", "not There was no other", "not signed out on every")
		a.get("/").wantDevices("Firefox on Linux*")
		b.post("/login", "username", "ada")
	}
}

func TestSigningOutEverywhereElseLeavesThisDevice(t *testing.T) {
	server := newServer(t)
	a, b, c := in(t, server, laptop, "ada"), in(t, server, phone, "ada"), in(t, server, tablet, "ada")
	p := a.post("/signout/others")
	p.want("2 other devices were signed out", "You are logged in on this device only")
	p.wantDevices("Firefox on Linux*")
	b.get("/").want(form)
	c.get("/").want(form)
	a.post("/signout/others").want("There was no other device to sign out")
	in(t, server, phone, "ada")
	a.post("/signout/others").want("One other device was signed out")
}

func TestSigningOutEverywhereLeavesNobody(t *testing.T) {
	server := newServer(t)
	a, b := in(t, server, laptop, "ada"), in(t, server, phone, "ada")
	a.post("/signout/everywhere").want(form, `<div class="flash success" role="status">`, "You were signed out on every device", "not "+ended)
	a.get("/").want(form, `not class="flash`)
	b.get("/").want(form, ended)
}

func TestNobodyIsSignedOutByAnotherUser(t *testing.T) {
	server := newServer(t)
	a, b := in(t, server, laptop, "ada"), in(t, server, phone, "ada")
	id := a.get("/").buttons()["Chrome on Android"]
	eve := in(t, server, tablet, "eve")
	eve.get("/").wantDevices("Safari on iPad*")
	eve.post("/signout", "id", id).want("You have no such device")
	eve.post("/signout/others").want("There was no other device")
	eve.post("/signout/everywhere").want(form)
	a.get("/").wantDevices("Firefox on Linux*, Chrome on Android")
	b.get("/").wantDevices("Chrome on Android*, Firefox on Linux")
}

func TestAnIDOfNoDeviceIsAWarning(t *testing.T) {
	server := newServer(t)
	a, b := in(t, server, laptop, "ada"), in(t, server, phone, "ada")
	id := a.get("/").buttons()["Chrome on Android"]
	b.post("/logout")
	for _, none := range []string{"", "x", id} {
		a.post("/signout", "id", none).want("You have no such device; it may have been signed out already", "Your devices, ada")
	}
}

func TestSigningOutTheCurrentDeviceIsALogout(t *testing.T) {
	server := newServer(t)
	a, b := in(t, server, laptop, "ada"), in(t, server, phone, "ada")
	a.post("/signout", "id", b.get("/").buttons()["Firefox on Linux"]).want(form, "You were logged out")
	b.get("/").wantDevices("Chrome on Android*")
}

func TestLoggingOutEndsThisDeviceAloneAndKeepsNoCookie(t *testing.T) {
	server := newServer(t)
	a, b := in(t, server, laptop, "ada"), in(t, server, phone, "ada")
	a.post("/logout").want(form, "You were logged out")
	if a.hasCookie() {
		t.Error("the cookie is still there once the flash is shown")
	}
	a.get("/").want(form, `not class="flash`)
	b.get("/").wantDevices("Chrome on Android*")
}

func TestALoginGivesANewIDAndChangesHands(t *testing.T) {
	server := newServer(t)
	a := in(t, server, laptop, "ada")
	old := newBrowser(t, server, phone)
	u := a.request(http.MethodGet, "/", nil).URL
	old.Jar.SetCookies(u, a.Jar.Cookies(u))
	a.post("/login", "username", "eve").wantDevices("Firefox on Linux*")
	// For a minute an ID that was renewed is that of requests which the browser had sent
	// before, so it is not reported as ended: it reads nothing, and changes nothing.
	old.get("/").want(form, "not Your devices")
	old.post("/signout/others").want(form)
	a.get("/").wantDevices("Firefox on Linux*")
	in(t, server, tablet, "ada").get("/").wantDevices("Safari on iPad*")
}

func TestARestartKeepsEverybodyLoggedIn(t *testing.T) {
	file := t.TempDir() + "/devices.db"
	kept := opened(t, file)
	server := served(t, kept)
	a, b := in(t, server, laptop, "ada"), in(t, server, phone, "ada")
	server.Close()
	if err := kept.Close(); err != nil {
		t.Fatal(err)
	}
	server = served(t, opened(t, file))
	a.moved(server).get("/").wantDevices("Firefox on Linux*, Chrome on Android")
	b.moved(server).get("/").wantDevices("Chrome on Android*, Firefox on Linux")
}

func TestABadNameIsAnAlertAndNoLogin(t *testing.T) {
	b := newBrowser(t, newServer(t), laptop)
	for _, name := range []string{"", "  ", strings.Repeat("x", 61), "\xff"} {
		p := b.post("/login", "username", name)
		p.want(`<div class="flash error" role="alert">`, form)
		if p.status != http.StatusUnprocessableEntity || b.hasCookie() {
			t.Errorf("%q: status %d", name, p.status)
		}
	}
	b.get("/login").want(form, `not class="flash`) // who reloads
}

func TestTheLongestNameIsAnOwnerThatStoresTake(t *testing.T) {
	name := strings.Repeat("🍪", maxName)
	in(t, newServer(t), laptop, name).get("/").want("Your devices, " + name)
}

func TestWhatAVisitorSendsIsEscaped(t *testing.T) {
	b := in(t, newServer(t), `<script>/1`, "ada")
	b.get("/").wantDevices("An unknown browser*")
	b.post("/login", "username", "<script>").want("Your devices, &lt;script&gt;", "not <script>")
}

func TestOnlyPostsOfOurOwnPagesChangeAnything(t *testing.T) {
	server := newServer(t)
	a, b := in(t, server, laptop, "ada"), in(t, server, phone, "ada")
	for _, path := range []string{"/logout", "/signout", "/signout/others", "/signout/everywhere"} {
		if p := a.get(path); p.status != http.StatusMethodNotAllowed {
			t.Errorf("GET %s answers %d", path, p.status)
		}
		r := a.request(http.MethodPost, path, nil)
		r.Header.Set("Origin", "https://evil.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if p := a.do(r); p.status != http.StatusForbidden {
			t.Errorf("POST %s from another site answers %d", path, p.status)
		}
	}
	b.get("/").wantDevices("Chrome on Android*, Firefox on Linux")
}

func TestAVisitorWhoHasNotLoggedInGetsNoCookie(t *testing.T) {
	p := newBrowser(t, newServer(t), laptop).get("/")
	p.want(form, `not class="flash`)
	if cookie := p.header.Values("Set-Cookie"); cookie != nil {
		t.Errorf("the cookie is %q", cookie)
	}
}

func TestThePageIsNotKeptForTheBackButton(t *testing.T) {
	p := in(t, newServer(t), laptop, "ada").get("/")
	if got := p.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control is %q", got)
	}
}

func TestTheStyleIsServedWithoutASession(t *testing.T) {
	f := newFaulty(t)
	b := in(t, served(t, f), laptop, "ada")
	f.down = true // whoever asks it now fails
	p := b.get("/style.css")
	p.want("prefers-color-scheme: dark")
	if got := p.header.Get("Content-Type"); got != "text/css; charset=utf-8" {
		t.Errorf("it is %q", got)
	}
}
