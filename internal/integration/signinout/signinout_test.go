package signinout

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/wafer-go/wafer/internal/integration/browsers"
	"github.com/wafer-go/wafer/internal/integration/programs"
)

var root = filepath.Join("..", "..", "..")

// A visit is a browser at a site, where one program after another answers.
type visit struct {
	*testing.T
	*browsers.Browser
	site atomic.Pointer[http.Handler]
}

func start(t *testing.T, k browsers.Kind) *visit {
	t.Helper()
	v := &visit{T: t, Browser: browsers.Start(t, k)}
	v.Mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { (*v.site.Load()).ServeHTTP(w, r) })
	return v
}

// build builds a program for all browsers.
func build(t *testing.T, folder ...string) *programs.Built {
	t.Helper()
	return programs.Build(t, filepath.Join(append([]string{root}, folder...)...))
}

// run starts a program, and has it answer from now on.
func (v *visit) run(built *programs.Built) *programs.Program {
	v.Helper()
	program := built.Start(v.T)
	proxy := browsers.Proxy(program.Addr)
	v.site.Store(&proxy)
	return program
}

// leave runs a script that leads to a page, and returns that.
func (v *visit) leave(script, page string) browsers.View {
	v.Helper()
	v.Tell(v.T, browsers.Order{Script: script, Leaves: true})
	return v.Wait(v.T, page)
}

// press presses the button with the label.
func (v *visit) press(label, page string) browsers.View {
	v.Helper()
	return v.leave(fmt.Sprintf(`Array.from(document.querySelectorAll("button")).find((e) => e.textContent.trim() === %q).click()`, label), page)
}

// wants checks what a page says, what it does not, and its messages.
func (v *visit) wants(step string, page browsers.View, text, not string, messages ...string) {
	v.Helper()
	if !strings.Contains(page.Text, text) || not != "" && strings.Contains(page.Text, not) || !slices.EqualFunc(page.Messages, messages, strings.Contains) {
		v.Errorf("%s: the page says %q with the messages %q; want %q, not %q, with %q", step, page.Text, page.Messages, text, not, messages)
	}
}

// A form is a program, by its folder, and what it says.
type form struct {
	folder            []string
	form, field       string
	signIn, signOut   string // labels
	signedIn, outside string
	afterOut          []string
}

var forms = []form{
	{[]string{"internal", "integration", "rivals", "login", "wafer"}, "/", "name", "Sign in", "Sign out", "You are signed in", "Sign in", nil}, // README's
	{[]string{"examples", "login"}, "/login", "username", "Log in", "Log out", "You were successfully logged in", "You are not logged in", []string{"You were logged out"}},
}

// TestEachBrowser starts each browser once. At localhost without HTTPS it is first, while the browser
// has no cookie.
func TestEachBrowser(t *testing.T) {
	var built []*programs.Built
	for _, f := range forms {
		built = append(built, build(t, f.folder...))
	}
	for _, k := range browsers.Kinds {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			v := start(t, k)
			t.Run("signs in at localhost without HTTPS", func(t *testing.T) { v.T = t; signsInWithoutHTTPS(v, built[len(built)-1]) })
			t.Run("signs in, out, and goes back", func(t *testing.T) {
				v.T = t
				for i, f := range forms {
					v.run(built[i])
					f.signsInOutAndGoesBack(v)
				}
			})
		})
	}
}

func (f form) signsInOutAndGoesBack(v *visit) {
	v.Helper()
	v.leave(`location.assign("`+v.URL+f.form+`")`, f.form)
	signIn := fmt.Sprintf(`document.querySelector("input[name=%s]").value = "ada"; document.querySelector("form:has(input) button").click()`, f.field)
	v.wants("signed in", v.leave(signIn, "/"), "Hello, ada", f.outside, f.signedIn)
	v.wants("reloaded", v.leave("location.reload()", "/"), "Hello, ada", f.outside)
	v.leave(`location.assign("/?theirs")`, "/") // Firefox has one entry for pages of one address
	v.wants("signed out", v.press(f.signOut, "/"), f.outside, "ada", f.afterOut...)
	back := v.leave("history.back()", "/")
	v.wants("back", back, f.outside, "ada")
	if back.FromCache {
		v.Error("back shows a page that the browser kept")
	}
}

// Chromium and Firefox keep a Secure cookie from http://localhost, and WebKitGTK does not: there
// the log says so, and the page too if the program has the inspector's Record.
func signsInWithoutHTTPS(v *visit, login *programs.Built) {
	v.Helper()
	const warning = "Safari does not keep a Secure cookie from http://localhost"
	program := v.run(login)
	v.leave(`location.assign("`+v.Plain+`/login")`, "/login")
	page := v.leave(`document.querySelector("input[name=username]").value = "ada"; document.querySelector("form:has(input) button").click()`, "/")
	if v.Kind.Name != "WebKitGTK" {
		v.wants("signed in", page, "Hello, ada", "lost", "You were successfully logged in")
		if log := program.Log(); strings.Contains(log, warning) {
			v.Errorf("the log has %s", log)
		}
		return
	}
	v.wants("signed in", page, "The sign-in was lost", "Hello")
	v.wants("why", page, warning, "Wafer does not know why")
	v.wants("the link", v.leave(`document.querySelector("footer a").click()`, "/"), "You are not logged in", "lost")
	if log := program.Log(); !strings.Contains(log, warning) || !strings.Contains(log, "the session is lost") {
		v.Errorf("the log has %s", log)
	}
}
