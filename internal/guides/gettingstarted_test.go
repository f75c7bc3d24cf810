package guides

import (
	"encoding/base64"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// TestGettingStartedIsFollowedFromAnEmptyFolder types what the page says, and
// compares what it shows.
func TestGettingStartedIsFollowedFromAnEmptyFolder(t *testing.T) {
	page, blocks := readPage(t, "getting-started.md")
	home := newFolder(t)

	// The module is that of this tree, and nothing is downloaded.
	commands := strings.Split(strings.TrimSpace(next(t, &blocks, "sh").text), "\n")
	if len(commands) != 4 || commands[1] != "go mod init hello" {
		t.Fatalf("the page begins with other commands: %q", commands)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	script := strings.Join([]string{
		commands[0], commands[1],
		"go mod edit -replace github.com/wafer-go/wafer=" + root,
		commands[2], commands[3],
		`printf %s "$SECRET_KEY"`,
	}, " && ")
	key := home.sh(script)
	home.dir = filepath.Join(home.dir, "hello")
	home.env = append(home.env, "GOFLAGS=-mod=mod")

	// Step 1.
	main := next(t, &blocks, "go").text
	home.write("main.go", main)
	if got := next(t, &blocks, "sh").text; got != "go run .\n" {
		t.Errorf("the page runs the program with %q", got)
	}
	if out := home.fails("go", "run", "."); !strings.Contains(out, "no key is set") {
		t.Errorf("without a key it ends with %s", out)
	}
	visitor := home.run(key)
	visitor.get("/")
	visitor.get("/")
	if got, want := visitor.get("/"), next(t, &blocks, "text").text; got != want {
		t.Errorf("the third visit shows %q, want %q", got, want)
	}
	cookie := visitor.cookie()
	payload, _, _ := strings.Cut(cookie.Value, ".")
	if !strings.Contains(page, "\n| `__Host-session` | `"+payload+".…` | localhost | / | Session | ✓ | ✓ | Lax |\n") {
		t.Error("the page's table of the cookie has another row")
	}
	if c := visitor.firstCookie(); c.Name != "__Host-session" || c.Domain != "" || c.Path != "/" || !c.Expires.IsZero() || c.MaxAge != 0 || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode {
		t.Errorf("the cookie is not as the page says: %v", c)
	}
	decode := next(t, &blocks, "sh").text
	if !strings.Contains(decode, payload) {
		t.Errorf("the page decodes %s, and the cookie begins with %s", decode, payload)
	}
	if got, want := home.sh(decode), strings.TrimSpace(next(t, &blocks, "text").text); got != want {
		t.Errorf("the cookie holds %q, want %q", got, want)
	}
	visitor.forge(base64.RawURLEncoding.EncodeToString([]byte(`{"visits":9}`)) + strings.TrimPrefix(cookie.Value, payload))
	if got := visitor.get("/"); !strings.HasSuffix(got, ": 1\n") {
		t.Errorf("a cookie that was changed shows %q", got)
	}
	if log := visitor.stop(); strings.Contains(log, "plain HTTP") {
		t.Errorf("on localhost it warns:\n%s", log)
	}

	// Step 2.
	login := next(t, &blocks, "go").text
	home.write("login.go", login)
	lines := next(t, &blocks, "go").text
	at := strings.Index(main, "\tlog.Print(\"open ")
	main = main[:at] + lines + main[at+strings.Index(main[at:], "}\n"):]
	home.write("main.go", main)
	home.sameAs("login")
	visitor = home.run(key)
	if got, want := visitor.post("/login", "username", "ada"), next(t, &blocks, "html").text; got != want {
		t.Errorf("after the login the page is\n%s\nwant\n%s", got, want)
	}
	visitor.get("/")
	if got := visitor.post("/logout"); !strings.Contains(got, `name="username"`) {
		t.Errorf("after the logout the page is\n%s", got)
	}
	if got := visitor.get("/"); !strings.HasSuffix(got, ": 1\n") {
		t.Errorf("after the logout the counter is %q", got)
	}
	visitor.elsewhere()
	if log := visitor.stop(); !strings.Contains(log, "is Secure and the request came over plain HTTP") {
		t.Errorf("away from localhost it does not warn:\n%s", log)
	}

	// Step 3.
	from, to := strings.Index(login, "var accountPage"), strings.Index(login, "func login(")
	login = login[:from] + next(t, &blocks, "go").text + "\n" + login[to:]
	redirect := "\thttp.Redirect(w, r, \"/login\", http.StatusSeeOther)\n}"
	loginFlash, logoutFlash := next(t, &blocks, "go").text, next(t, &blocks, "go").text
	logout := strings.Index(login, "func logout(")
	login = replaceOnce(t, login[:logout], redirect, "\t"+loginFlash+redirect) + replaceOnce(t, login[logout:], redirect, "\t"+logoutFlash+redirect)
	home.write("login.go", login)
	home.sameAs("flash")
	visitor = home.run(key)
	want := next(t, &blocks, "html").text
	if got := visitor.post("/login", "username", "ada"); got != want {
		t.Errorf("after the login the page is\n%s\nwant\n%s", got, want)
	}
	if got := visitor.get("/login"); strings.Contains(got, "successfully") || !strings.Contains(got, "Hello, ada.") {
		t.Errorf("after a reload the page is\n%s", got)
	}
	if got := visitor.post("/logout"); !strings.Contains(got, "You were logged out") {
		t.Errorf("after the logout the page is\n%s", got)
	}
	visitor.stop()
}
