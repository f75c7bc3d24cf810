package interop

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask/flasklogin"
)

const idOfUUID = "12345678-1234-5678-1234-567812345678"

// sides are the two halves, each once as the one that signs in.
var sides = [][2]string{{"go", "py"}, {"py", "go"}}

// TestFlaskLogin has the real Flask-Login, Flask-Principal and Flask-Security in the Python half.
func TestFlaskLogin(t *testing.T) {
	p := startPython(t)
	for name, test := range map[string]func(t *testing.T, p *python){
		"a login on either half is one on both":        loginOnEitherHalf,
		"random visits end as with Flask alone":        randomVisits,
		"settings of the remember cookie":              rememberCookieSettings,
		"Flask writes the cookie that Go asks for":     flaskWritesTheCookie,
		"a forwarded address counts on both":           forwardedAddress,
		"nothing of Principal stays for the next user": principalsIdentity,
		"with Flask-Security":                          flaskSecurity,
	} {
		t.Run(name, func(t *testing.T) { test(t, p) })
	}
}

func loginOnEitherHalf(t *testing.T, p *python) {
	for protection := range protections {
		for _, user := range []struct{ ids, id string }{{"str", "é, \"x\"|@example.com"}, {"int", "42"}, {"uuid", idOfUUID}} {
			w := newWorld(t, p, worldConfig{extension: "login", protection: protection, ids: user.ids, logins: flasklogin.Options{
				IDs: map[string]flasklogin.IDType{"str": flasklogin.Text, "int": flasklogin.Int, "uuid": flasklogin.UUID}[user.ids],
			}})
			for _, side := range sides {
				for _, how := range []string{"", "&remember", "&remember&seconds=90", "&permanent", "&permanent&remember"} {
					w.followLogin(fmt.Sprintf("%s, %s, on %s%s", protection, user.ids, side[0], how), side, user.id, how, protection)
				}
			}
		}
	}
}

// followLogin signs in on one half, closes the browser, and signs out on the other half.
func (w *world) followLogin(what string, side [2]string, id, how, protection string) {
	w.t.Helper()
	here, there := side[0], side[1]
	login := "/login?id=" + escapeQuery(id) + how
	remember := strings.Contains(how, "remember")
	w.forget()
	w.post(here, login)
	for _, half := range []string{there, here, there} {
		w.want(what, half, id, true)
	}
	delete(w.cookies, "session")
	// A session that Flask-Login restores has no "_id", which Strong takes for another browser's at
	// the next request. The one that Go restores has it.
	for _, first := range sides {
		delete(w.cookies, "session")
		again := id
		w.want(what+", closed", first[0], map[bool]string{true: id}[remember], false)
		if !remember || protection == "strong" && first[0] == "py" {
			again = ""
		}
		w.want(what+", closed", first[1], again, false)
		w.want(what+", closed", first[0], again, false)
		if remember && again == "" && w.cookies["remember_token"] != "" {
			w.t.Errorf("%s: strong leaves the remember cookie", what)
		}
		w.post(here, login)
	}
	w.post(there, "/logout")
	for _, half := range []string{there, here} {
		w.want(what+", signed out", half, "", false)
	}
	if w.cookies["remember_token"] != "" {
		w.t.Errorf("%s: signed out on %s, the remember cookie stays", what, there)
	}
	w.post(here, login)
	w.agent = "another browser"
	switch permanent := strings.Contains(how, "permanent"); {
	case protection == "":
		w.want(what+", elsewhere", there, id, true)
		w.want(what+", elsewhere", here, id, true)
	case protection == "strong" && !permanent:
		w.want(what+", elsewhere", there, "", false)
		w.want(what+", elsewhere", here, "", false)
	default:
		w.want(what+", elsewhere", there, id, false)
		w.want(what+", elsewhere", here, id, false)
	}
}

func escapeQuery(s string) string {
	return strings.NewReplacer("%", "%25", "&", "%26", "+", "%2B", "#", "%23", " ", "%20", `"`, "%22", "é", "%C3%A9").Replace(s)
}

// randomVisits sends the same requests to both halves in turn and
// to Flask alone, and compares who is in.
func randomVisits(t *testing.T, p *python) {
	r := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	in, out := 0, 0
	for range 8 {
		protection := pickString(r, "basic", "strong", "")
		config := worldConfig{extension: "login", protection: protection, flask: map[string]any{}}
		both, alone := newWorld(t, p, config), newWorld(t, p, config)
		permanent := pickString(r, "", "&permanent")
		var trail []string
		for range 30 {
			half := pickString(r, "go", "py")
			do := func(step string, f func(w *world, half string)) {
				trail = append(trail, half+" "+step)
				f(both, half)
				f(alone, "py")
			}
			visit := func(method, path string) {
				do(path, func(w *world, half string) { w.visit(half, method, path) })
			}
			switch r.IntN(7) {
			case 0:
				visit("POST", "/login?id=ada"+permanent+pickString(r, "", "&remember", "&remember&seconds=100"))
			case 1:
				visit("POST", "/logout")
			case 2:
				visit("GET", "/form") // something else in the session
			case 3:
				if protection != "strong" { // what Flask restores, Strong ends; what Go does, not
					do("closed", func(w *world, _ string) { delete(w.cookies, "session") })
				}
			case 4:
				agent := pickString(r, "a", "b")
				do("as "+agent, func(w *world, _ string) { w.agent = agent })
			}
			got, want := both.ask(half), alone.ask("py")
			if got.Who != want.Who || got.Fresh != want.Fresh {
				t.Fatalf("%s, after %s: %s says %+v, and Flask alone %+v", protection, strings.Join(trail, ", "), half, got, want)
			}
			if want.Who != "" {
				in++
			} else {
				out++
			}
		}
	}
	if in < 10 || out < 10 {
		t.Errorf("a user was in %d times and out %d times", in, out)
	}
}

func pickString(r *rand.Rand, from ...string) string { return from[r.IntN(len(from))] }

func rememberCookieSettings(t *testing.T, p *python) {
	w := newWorld(t, p, worldConfig{
		extension: "login", protection: "basic",
		flask: map[string]any{
			"REMEMBER_COOKIE_NAME": "r", "REMEMBER_COOKIE_SECONDS": 100, "REMEMBER_COOKIE_DOMAIN": "app.example", "REMEMBER_COOKIE_PATH": "/a",
			"REMEMBER_COOKIE_SECURE": true, "REMEMBER_COOKIE_HTTPONLY": false, "REMEMBER_COOKIE_SAMESITE": "Strict",
		},
		logins: flasklogin.Options{Cookie: flasklogin.RememberCookie{
			Name: "r", Duration: 100 * time.Second, Domain: "app.example", Path: "/a", Secure: true, ReadableByScripts: true, SameSite: http.SameSiteStrictMode,
		}},
	})
	remembered := func(half string) *http.Cookie {
		w.forget()
		for _, c := range w.visit(half, "POST", "/login?id=ada&remember").Result().Cookies() {
			if c.Name == "r" {
				return c
			}
		}
		t.Fatalf("%s sets no cookie", half)
		return nil
	}
	ours, theirs := remembered("go"), remembered("py")
	if d := ours.Expires.Sub(theirs.Expires).Abs(); d > time.Minute {
		t.Errorf("the cookies expire at %v and %v", ours.Expires, theirs.Expires)
	}
	if ours.MaxAge != 100 {
		t.Errorf("Max-Age is %d", ours.MaxAge)
	}
	ours.Expires, ours.MaxAge = theirs.Expires, 0
	ours.RawExpires, ours.Raw, theirs.Raw = theirs.RawExpires, "", ""
	if ours.String() != theirs.String() {
		t.Errorf("Go sets\n%s, Flask\n%s", ours, theirs)
	}
	for _, half := range []string{"go", "py"} {
		w.want("with another name", half, "ada", true)
		delete(w.cookies, "session")
		w.want("with another name", half, "ada", false)
		w.post(half, "/logout")
		if w.cookies["r"] != "" {
			t.Errorf("%s does not delete the cookie", half)
		}
		w.post(half, "/login?id=ada&remember")
	}
}

func flaskWritesTheCookie(t *testing.T, p *python) {
	w := newWorld(t, p, worldConfig{extension: "login", protection: "basic", logins: flasklogin.Options{FlaskWritesCookie: true}})
	w.post("go", "/login?id=ada&remember")
	if w.cookies["remember_token"] != "" {
		t.Error("Go wrote it")
	}
	w.want("asked for", "py", "ada", true)
	if w.cookies["remember_token"] == "" {
		t.Error("Flask did not write it")
	}
	w.post("go", "/logout")
	w.want("before Flask deletes it", "go", "", false)
	w.want("while Flask deletes it", "py", "", false)
	if w.cookies["remember_token"] != "" {
		t.Error("Flask did not delete it")
	}
}

func forwardedAddress(t *testing.T, p *python) {
	w := newWorld(t, p, worldConfig{extension: "login", protection: "strong"})
	w.header = map[string]string{"X-Forwarded-For": " 203.0.113.9 , 10.0.0.1"}
	for _, side := range sides {
		w.forget()
		w.post(side[0], "/login?id=ada")
		w.want("forwarded", side[1], "ada", true)
		w.want("forwarded", side[0], "ada", true)
	}
	w.header = map[string]string{"X-Forwarded-For": "203.0.113.10"}
	in := map[flasklogin.Release]string{flasklogin.Main: "ada"}[p.loginRelease()]
	w.want("another address", "go", in, in != "")
	w.want("another address", "py", in, in != "")
}

func principalsIdentity(t *testing.T, p *python) {
	w := newWorld(t, p, worldConfig{extension: "login", protection: "basic", logins: flasklogin.Options{Principal: true}})
	identity := func(what, half, want string) {
		t.Helper()
		if got := w.ask(half).Identity; got != want {
			t.Errorf("%s: %s has the identity %q, want %q", what, half, got, want)
		}
	}
	w.post("go", "/login?id=admin")
	identity("signed in by Go", "py", "admin")
	w.post("py", "/logout") // by logout_user alone, as many programs do
	identity("signed out by Flask alone", "py", "admin")
	w.post("go", "/login?id=eve")
	identity("the next user", "py", "eve")
	w.forget()
	w.post("py", "/login?id=admin&principal")
	identity("signed in by Flask", "go", "admin")
	w.post("go", "/logout")
	identity("signed out by Go", "py", "")
	w.post("py", "/login?id=eve")
	identity("the next user", "py", "")
}

func flaskSecurity(t *testing.T, p *python) {
	if p.versions["flask-security-too"] == "" {
		t.Fatal("this Python has no Flask-Security; run the tests through `make test`, which installs it")
	}
	w := newWorld(t, p, worldConfig{extension: "security", protection: "basic", logins: flasklogin.Options{Security: true}})
	recent := func(what string, want int) {
		t.Helper()
		if res := w.visit("py", "GET", "/recent"); res.Code != want {
			t.Errorf("%s: a page for a recent login answers %d, want %d", what, res.Code, want)
		}
	}
	for _, side := range sides {
		here, there := side[0], side[1]
		w.forget()
		w.post(here, "/login?id=ada&remember")
		w.want("signed in on "+here, there, "ada", true)
		w.want("signed in on "+here, here, "ada", true)
		recent("signed in on "+here, http.StatusOK)
		token := w.cookies["XSRF-TOKEN"]
		if token == "" {
			t.Errorf("signed in on %s, there is no CSRF cookie", here)
		}
		if got := w.ask(here).Identity; got != "ada" {
			t.Errorf("signed in on %s, the identity is %q", here, got)
		}
		w.post(there, "/logout")
		w.want("signed out on "+there, here, "", false)
		w.want("signed out on "+there, there, "", false)
		if got := w.ask("py").Identity; got != "" || w.cookies["remember_token"] != "" || there == "go" && w.cookies["session"] != "" {
			t.Errorf("signed out on %s, the identity is %q, the cookies are %s", there, got, w.describe())
		}
		// Only Flask deletes its CSRF cookie, whose token is nothing to the next session.
		if left := w.cookies["XSRF-TOKEN"]; left != map[string]string{"go": token}[there] {
			t.Errorf("signed out on %s, the CSRF cookie is %q", there, left)
		}
		w.post(here, "/login?id=eve")
		w.want("the next user", "py", "eve", true)
		if next := w.cookies["XSRF-TOKEN"]; next == "" || next == token {
			t.Errorf("signed in on %s after a sign-out on %s, the CSRF cookie is %q", here, there, next)
		}
	}
	without := newWorld(t, p, worldConfig{extension: "security", protection: "basic"})
	without.post("go", "/login?id=ada")
	if res := without.visit("py", "GET", "/recent"); res.Code == http.StatusOK {
		t.Error("without Options.Security a login counts as recent, so the option does nothing")
	}
}
