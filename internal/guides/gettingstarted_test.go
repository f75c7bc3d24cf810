// Package guides tests what the guides in docs say, as a reader would.
package guides

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/internal/docprogram"
)

// TestGettingStarted_FromAnEmptyFolder types what the page says, and compares what it shows.
func TestGettingStarted_FromAnEmptyFolder(t *testing.T) {
	page := docprogram.Read(t, "../../docs", "getting-started.md")
	home := docprogram.NewFolder(t, "GOPROXY=off") // nothing is downloaded
	key := home.Begin("../..", page.Next("sh"))

	// Step 1.
	main := page.Next("go")
	home.Write("main.go", main)
	if got := page.Next("sh"); got != "go run .\n" {
		t.Errorf("the page runs the program with %q", got)
	}
	if out := home.Fails("go", "run", "."); !strings.Contains(out, "no key is set") {
		t.Errorf("without a key it ends with %s", out)
	}
	visitor := home.Run(key)
	visitor.Get("/")
	visitor.Get("/")
	if got, want := visitor.Get("/"), page.Next("text"); got != want {
		t.Errorf("the third visit shows %q, want %q", got, want)
	}
	cookie := visitor.Cookie()
	payload, _, _ := strings.Cut(cookie, ".")
	if !strings.Contains(page.Text, "\n| `__Host-session` | `"+payload+".…` | localhost | / | Session | ✓ | ✓ | Lax |\n") {
		t.Error("the page's table of the cookie has another row")
	}
	if c := visitor.FirstCookie(); c.Name != "__Host-session" || c.Domain != "" || c.Path != "/" || !c.Expires.IsZero() || c.MaxAge != 0 || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode {
		t.Errorf("the cookie is not as the page says: %v", c)
	}
	decode := page.Next("sh")
	if !strings.Contains(decode, payload) {
		t.Errorf("the page decodes %s, and the cookie begins with %s", decode, payload)
	}
	if got, want := home.Sh(decode), strings.TrimSpace(page.Next("text")); got != want {
		t.Errorf("the cookie holds %q, want %q", got, want)
	}
	visitor.Forge(base64.RawURLEncoding.EncodeToString([]byte(`{"visits":9}`)) + strings.TrimPrefix(cookie, payload))
	if got := visitor.Get("/"); !strings.HasSuffix(got, ": 1\n") {
		t.Errorf("a cookie that was changed shows %q", got)
	}
	if log := visitor.Stop(); strings.Contains(log, "plain HTTP") {
		t.Errorf("on localhost it warns:\n%s", log)
	}

	// Step 2.
	login := page.Next("go")
	home.Write("login.go", login)
	lines := page.Next("go")
	at := strings.Index(main, "\tlog.Print(\"open ")
	main = main[:at] + lines + main[at+strings.Index(main[at:], "}\n"):]
	home.Write("main.go", main)
	home.Vet()
	visitor = home.Run(key)
	if got, want := visitor.Post("/login", "username", "ada"), page.Next("html"); got != want {
		t.Errorf("after the login the page is\n%s\nwant\n%s", got, want)
	}
	visitor.Get("/")
	if got := visitor.Post("/logout"); !strings.Contains(got, `name="username"`) {
		t.Errorf("after the logout the page is\n%s", got)
	}
	if got := visitor.Get("/"); !strings.HasSuffix(got, ": 1\n") {
		t.Errorf("after the logout the counter is %q", got)
	}
	visitor.Elsewhere("192.168.1.5:8080")
	if log := visitor.Stop(); !strings.Contains(log, "is Secure and the request came over plain HTTP") {
		t.Errorf("away from localhost it does not warn:\n%s", log)
	}

	// Step 3.
	from, to := strings.Index(login, "var accountPage"), strings.Index(login, "func login(")
	login = login[:from] + page.Next("go") + "\n" + login[to:]
	redirect := "\thttp.Redirect(w, r, \"/login\", http.StatusSeeOther)\n}"
	loginFlash, logoutFlash := page.Next("go"), page.Next("go")
	logout := strings.Index(login, "func logout(")
	login = docprogram.ReplaceOnce(t, login[:logout], redirect, "\t"+loginFlash+redirect) + docprogram.ReplaceOnce(t, login[logout:], redirect, "\t"+logoutFlash+redirect)
	home.Write("login.go", login)
	home.Vet()
	visitor = home.Run(key)
	want := page.Next("html")
	if got := visitor.Post("/login", "username", "ada"); got != want {
		t.Errorf("after the login the page is\n%s\nwant\n%s", got, want)
	}
	if got := visitor.Get("/login"); strings.Contains(got, "You are signed in") || !strings.Contains(got, "Hello, ada.") {
		t.Errorf("after a reload the page is\n%s", got)
	}
	if got := visitor.Post("/logout"); !strings.Contains(got, "You are signed out") {
		t.Errorf("after the logout the page is\n%s", got)
	}
	visitor.Stop()
	for _, b := range page.Blocks {
		if b.Language == "go" {
			t.Errorf("this Go is in no program, and no other test builds it:\n%s", b.Text)
		}
	}
}
