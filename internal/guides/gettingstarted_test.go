package guides

import (
	"bytes"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
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

// folder is where a reader works.
type folder struct {
	t   *testing.T
	dir string
	env []string
}

func newFolder(t *testing.T) *folder {
	empty := t.TempDir() // a module proxy that has nothing
	return &folder{t, t.TempDir(), []string{"GOPROXY=file://" + empty, "GOSUMDB=off", "GOWORK=off"}}
}

func (f *folder) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...) // #nosec G204 -- what the page says
	cmd.Dir, cmd.Env = f.dir, append(os.Environ(), f.env...)
	return cmd
}

func (f *folder) sh(script string) string {
	f.t.Helper()
	cmd := f.command("sh", "-c", script)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		f.t.Fatalf("%s: %v\n%s", script, err, stderr.String())
	}
	return string(out)
}

// fails runs what must not succeed, without a key.
func (f *folder) fails(name string, args ...string) string {
	f.t.Helper()
	cmd := f.command(name, args...)
	cmd.Env = append(cmd.Env, "SECRET_KEY=")
	out, err := cmd.CombinedOutput()
	if err == nil {
		f.t.Errorf("%s %v succeeds:\n%s", name, args, out)
	}
	return string(out)
}

func (f *folder) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// sameAs holds the reader's program to the one in the tree, which the page
// quotes and which is vetted with all else.
func (f *folder) sameAs(step string) {
	f.t.Helper()
	for _, name := range []string{"main.go", "login.go"} {
		got, err := os.ReadFile(filepath.Join(f.dir, name))
		if err != nil {
			f.t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("start", step, name))
		if err != nil {
			f.t.Fatal(err)
		}
		if string(got) != string(want) {
			f.t.Errorf("the page leads to another %s than start/%s has:\n%s", name, step, got)
		}
	}
}

// run builds the program and starts it at a free port.
func (f *folder) run(key string) *visitor {
	f.t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		f.t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	_ = listener.Close()
	main, err := os.ReadFile(filepath.Join(f.dir, "main.go"))
	if err != nil {
		f.t.Fatal(err)
	}
	f.write("main.go", strings.ReplaceAll(string(main), "localhost:8080", "localhost:"+port))
	if out, err := f.command("go", "build", "-o", "hello", ".").CombinedOutput(); err != nil {
		f.t.Fatalf("the program does not build: %v\n%s", err, out)
	}
	f.write("main.go", string(main))

	jar, err := cookiejar.New(nil)
	if err != nil {
		f.t.Fatal(err)
	}
	v := &visitor{t: f.t, port: port, client: &http.Client{Jar: jar}, cmd: f.command(filepath.Join(f.dir, "hello"))}
	v.cmd.Env = append(v.cmd.Env, "SECRET_KEY="+key)
	v.cmd.Stderr = &v.log
	if err := v.cmd.Start(); err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { v.stop() })
	for range 200 {
		if conn, err := net.Dial("tcp", "localhost:"+port); err == nil {
			_ = conn.Close()
			return v
		}
		time.Sleep(25 * time.Millisecond)
	}
	f.t.Fatalf("the program does not answer:\n%s", v.log.String())
	return nil
}

// visitor is a browser, and the program that it visits. Go's cookie jar takes
// Secure cookies from localhost, as browsers do.
type visitor struct {
	t      *testing.T
	port   string
	client *http.Client
	cmd    *exec.Cmd
	log    safeBuffer
}

func (v *visitor) url(path string) string { return "http://localhost:" + v.port + path }

func (v *visitor) get(path string) string { return v.text(v.client.Get(v.url(path))) }

func (v *visitor) post(path string, pairs ...string) string {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return v.text(v.client.PostForm(v.url(path), form))
}

func (v *visitor) text(res *http.Response, err error) string {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return string(text)
}

// firstCookie is what somebody new is given.
func (v *visitor) firstCookie() *http.Cookie {
	v.t.Helper()
	res, err := http.Get(v.url("/"))
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if len(res.Cookies()) != 1 {
		v.t.Fatalf("the first visit gives the cookies %v", res.Cookies())
	}
	return res.Cookies()[0]
}

// cookie is what the visitor has, which has no attributes any more.
func (v *visitor) cookie() *http.Cookie {
	v.t.Helper()
	u, _ := url.Parse(v.url("/"))
	for _, c := range v.client.Jar.Cookies(u) {
		if c.Name == "__Host-session" {
			return c
		}
	}
	v.t.Fatal("the visitor has no session cookie")
	return nil
}

func (v *visitor) forge(value string) {
	u, _ := url.Parse(v.url("/"))
	v.client.Jar.SetCookies(u, []*http.Cookie{{Name: "__Host-session", Value: value, Path: "/", Secure: true}}) // #nosec G124 -- a test's jar
}

// elsewhere asks for the page by another name of the machine.
func (v *visitor) elsewhere() {
	v.t.Helper()
	r, err := http.NewRequest(http.MethodGet, v.url("/"), nil)
	if err != nil {
		v.t.Fatal(err)
	}
	r.Host = "192.168.1.5:8080"
	v.text(http.DefaultClient.Do(r))
}

// stop ends the program and returns what it logged.
func (v *visitor) stop() string {
	_ = v.cmd.Process.Kill()
	_ = v.cmd.Wait()
	return v.log.String()
}

// safeBuffer is written by the program's output while the test reads.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
