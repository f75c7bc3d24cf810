package guides

import (
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/internal/docprogram"
)

// notesProgram is the program of docs/from-flask.md: two halves behind nginx, in a reader's folder.
type notesProgram struct {
	*docprogram.Folder
	t      *testing.T
	ports  map[string]string // by the port on the page
	conf   string            // nginx.conf as the page has it
	moved  []string          // its lines of the pages that have moved
	nginx  *exec.Cmd
	client *http.Client
}

const notesKey = "a0f5c7d2e9b84163a0f5c7d2e9b84163"

// TestFromFlask_FollowedInAnEmptyFolder does what the page says, step by step.
func TestFromFlask_FollowedInAnEmptyFolder(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	page := docprogram.Read(t, "../../docs", "from-flask.md")
	empty := t.TempDir() // a module proxy that has nothing
	p := &notesProgram{Folder: docprogram.NewFolder(t, "GOPROXY=file://"+empty, "GOSUMDB=off"), t: t, ports: map[string]string{}}
	for _, port := range []string{"5000", "8000", "8080"} {
		p.ports[port] = freePort(t)
	}
	app := page.Next("python")
	p.sameAsTree("app.py", app)
	p.conf = page.Next("nginx")
	p.sameAsTree("nginx.conf", p.conf)
	p.moved = regexp.MustCompile(`(?m)^    location = .*\n`).FindAllString(p.conf, -1)
	var main, login string
	for login == "" {
		if block := page.Next("go"); strings.HasPrefix(block, "// Command flasknotes") {
			main = block
		} else if strings.HasPrefix(block, "package main\n") {
			login = block
		}
	}
	p.sameAsTree("main.go", main)
	p.sameAsTree("login.go", login)

	// The program, and step 1.
	p.Write("app.py", app)
	p.start("the Flask half", "5000", os.Getenv("WAFER_PYTHON"), "-m", "flask", "--app", "app", "run", "--port", p.ports["5000"])
	p.serve(0)
	p.says("anonymous", p.get("/"), "Please log in to access this page.", "Remember me")
	p.says("signed in by Flask", p.post("/login", "name", "ada"), "Notes (Python)", "Hello, ada.")
	p.says("a note of Flask's", p.post("/notes", "note", "<bread>"), "Saved", "&lt;bread&gt;")
	fromFlask := p.get("/")

	// Step 2.
	p.Write("go.mod", "module notes\n\ngo 1.26.0\n\nrequire github.com/wafer-go/wafer v0.0.0\n\nreplace github.com/wafer-go/wafer => "+root+"\n")
	p.build(docprogram.ReplaceOnce(t, main, "\taddLogin(mux, logins, forms) // in step 4\n", ""), "")
	stop := p.start("the Go half", "8080", filepath.Join(p.Dir, "notes"))
	p.serve(2)
	p.says("read by Go", p.get("/"), "Notes (Go)", "Hello, ada.", "&lt;bread&gt;")
	p.says("a form of Flask's, sent to Go", p.sendForm(fromFlask, "/notes", "note", "milk"), "Saved", "bread", "milk")
	p.says("a form of another site", p.text(p.client.PostForm(p.url("/notes"), url.Values{"note": {"x"}})), "the CSRF token is missing")
	p.says("signed out by Flask, with a form of Go's", p.post("/logout"), "Remember me")
	p.says("anonymous", p.get("/"), "Please log in to access this page.", "Remember me")
	bobs := p.post("/login", "name", "bob")
	if p.says("another user", bobs, "Notes (Go)", "Hello, bob."); strings.Contains(bobs, "bread") {
		t.Errorf("another user has the notes of the one before:\n%s", bobs)
	}
	p.post("/logout")
	p.says("signed in by Flask", p.post("/login", "name", "ada", "remember", "on"), "Notes (Go)", "Hello, ada.")
	p.says("a page of Flask's", p.get("/admin"), "Settings of ada (Python)")

	// Step 4.
	stop()
	p.build(main, login)
	p.start("the Go half", "8080", filepath.Join(p.Dir, "notes"))
	p.conf = docprogram.ReplaceOnce(t, p.conf, "location / { proxy_pass http://flask; }", "location / { proxy_pass http://go; }")
	p.serve(0)
	p.closeBrowser()
	p.says("remembered by Go", p.get("/"), "Notes (Go)", "Hello, ada.")
	p.says("not fresh", p.get("/admin"), "Please reauthenticate", "Login (Go)")
	p.says("signed in by Go", p.post("/login?next=/admin", "name", "ada"), "Settings of ada (Go)")

	// Back to Flask, which reads what Go wrote.
	p.conf = docprogram.ReplaceOnce(t, p.conf, "location / { proxy_pass http://go; }", "location / { proxy_pass http://flask; }")
	p.serve(0)
	p.says("back in Flask", p.get("/"), "Notes (Python)", "Hello, ada.")
	p.says("back in Flask, fresh", p.get("/admin"), "Settings of ada (Python)")
	p.closeBrowser()
	p.says("remembered by Flask", p.get("/"), "Notes (Python)", "Hello, ada.")
	p.serve(2)
	p.says("remembered by both", p.get("/"), "Notes (Go)", "Hello, ada.")
	p.says("signed out by Flask", p.post("/logout"), "Remember me")
	p.closeBrowser()
	p.says("signed out of both", p.get("/"), "Remember me")
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// sameAsTree holds a block to the file in the tree, which is vetted with all else.
func (p *notesProgram) sameAsTree(name, block string) {
	p.t.Helper()
	want, err := os.ReadFile(filepath.Join("flasknotes", name))
	if err != nil {
		p.t.Fatal(err)
	}
	if block != string(want) {
		p.t.Errorf("the page has another %s than flasknotes:\n%s", name, block)
	}
}

// build builds the Go half with a port of this run.
func (p *notesProgram) build(main, login string) {
	p.t.Helper()
	p.Write("main.go", docprogram.ReplaceOnce(p.t, main, "127.0.0.1:8080", "127.0.0.1:"+p.ports["8080"]))
	if login != "" {
		p.Write("login.go", login)
	}
	if out, err := p.Command("go", "build", "-o", "notes", ".").CombinedOutput(); err != nil {
		p.t.Fatalf("the program does not build: %v\n%s", err, out)
	}
}

// start starts a program and waits until it answers at its port.
func (p *notesProgram) start(what, port, name string, args ...string) (stop func()) {
	p.t.Helper()
	if name == "" {
		p.t.Fatal("WAFER_PYTHON does not name a Python that has Flask; run the tests with `make test`")
	}
	cmd := p.Command(name, args...)
	cmd.Env = append(cmd.Env, "SECRET_KEY="+notesKey, "PYTHONDONTWRITEBYTECODE=1")
	var log docprogram.Log
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		p.t.Fatalf("%s does not start: %v", what, err)
	}
	stop = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	p.t.Cleanup(func() {
		stop()
		if p.t.Failed() {
			p.t.Logf("%s said:\n%s", what, log.String())
		}
	})
	for range 600 {
		if conn, err := net.Dial("tcp", "127.0.0.1:"+p.ports[port]); err == nil {
			_ = conn.Close()
			return stop
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.t.Fatalf("%s does not answer:\n%s", what, log.String())
	return stop
}

// serve starts nginx again, with that many of the lines of the pages that have moved.
func (p *notesProgram) serve(moved int) {
	p.t.Helper()
	if p.nginx != nil {
		_ = p.nginx.Process.Kill()
		_ = p.nginx.Wait()
	}
	conf := p.conf
	for _, line := range p.moved[moved:] {
		conf = docprogram.ReplaceOnce(p.t, conf, line, "")
	}
	for page, ours := range p.ports {
		conf = strings.ReplaceAll(conf, "127.0.0.1:"+page, "127.0.0.1:"+ours)
	}
	p.Write("notes.conf", conf)
	var temporary string
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temporary += kind + "_temp_path " + filepath.Join(p.Dir, "nginx_"+kind) + ";\n"
	}
	// A master process would pass the port on to workers that outlive it.
	p.Write("nginx.conf", "daemon off;\nmaster_process off;\npid "+p.Dir+"/nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n"+temporary+"include notes.conf;\n}\n")
	nginx := p.program("nginx")
	p.nginx = p.Command(nginx, "-p", p.Dir, "-c", filepath.Join(p.Dir, "nginx.conf"))
	var log docprogram.Log
	p.nginx.Stderr = &log
	if err := p.nginx.Start(); err != nil {
		p.t.Fatal(err)
	}
	running := p.nginx
	p.t.Cleanup(func() {
		_ = running.Process.Kill()
		_ = running.Wait()
	})
	for range 600 {
		if conn, err := net.Dial("tcp", "127.0.0.1:"+p.ports["8000"]); err == nil {
			_ = conn.Close()
			if p.client == nil {
				jar, _ := cookiejar.New(nil)
				p.client = &http.Client{Jar: jar}
			}
			p.client.CloseIdleConnections()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.t.Fatalf("nginx does not answer:\n%s", log.String())
}

// program finds a server's program, which Debian has outside of a user's PATH.
func (p *notesProgram) program(name string) string {
	p.t.Helper()
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/usr/local/sbin") {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	p.t.Fatalf("%s is missing; run the tests with `make test`, which installs it", name)
	return ""
}

func (p *notesProgram) url(path string) string { return "http://127.0.0.1:" + p.ports["8000"] + path }

func (p *notesProgram) get(path string) string {
	p.t.Helper()
	return p.text(p.client.Get(p.url(path)))
}

func (p *notesProgram) text(res *http.Response, err error) string {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

// post sends a form of the page that the visitor has at / or, for a login, at /login.
func (p *notesProgram) post(path string, pairs ...string) string {
	p.t.Helper()
	page := "/"
	if strings.HasPrefix(path, "/login") {
		page = "/login"
	}
	return p.sendForm(p.get(page), path, pairs...)
}

var csrfField = regexp.MustCompile(`name="csrf_token" value="([^"]+)"`)

// sendForm sends a form with the token of a page.
func (p *notesProgram) sendForm(page, path string, pairs ...string) string {
	p.t.Helper()
	token := csrfField.FindStringSubmatch(page)
	if token == nil {
		p.t.Fatalf("the page has no form with a token:\n%s", page)
	}
	form := url.Values{"csrf_token": {token[1]}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return p.text(p.client.PostForm(p.url(path), form))
}

// closeBrowser drops the cookies that do not outlive that.
func (p *notesProgram) closeBrowser() {
	u, _ := url.Parse(p.url("/"))
	p.client.Jar.SetCookies(u, []*http.Cookie{{Name: "session", Path: "/", MaxAge: -1}}) // #nosec G124 -- a test's jar
}

// says fails unless the page has the texts.
func (p *notesProgram) says(what, page string, texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			p.t.Fatalf("%s: the page has no %q:\n%s", what, text, page)
		}
	}
}
