package guides

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/internal/docprogram"
)

// notes is the program of docs/from-flask.md: two halves behind nginx, in a reader's folder.
type notes struct {
	*docprogram.Folder
	*docprogram.Visitor // of nginx
	t                   *testing.T
	ours                *strings.Replacer // of the page's ports
	hosts               map[string]string // by the port on the page
	conf                string            // nginx.conf as the page has it
	moved               []string          // its lines of the pages that have moved
}

// TestFromFlask_FollowedInAnEmptyFolder does what the page says, step by step.
func TestFromFlask_FollowedInAnEmptyFolder(t *testing.T) {
	page := docprogram.Read(t, "../../docs", "from-flask.md")
	n := &notes{Folder: docprogram.NewModule(t, "../.."), t: t, hosts: map[string]string{}}
	n.Env = append(n.Env, "SECRET_KEY=a0f5c7d2e9b84163a0f5c7d2e9b84163", "PYTHONDONTWRITEBYTECODE=1")
	var ports []string
	for _, port := range []string{"5000", "8000", "8080"} {
		n.hosts[port] = "127.0.0.1:" + docprogram.FreePort(t)
		ports = append(ports, "127.0.0.1:"+port, n.hosts[port])
	}
	n.ours = strings.NewReplacer(ports...)
	n.Write("app.py", page.Next("python"))
	n.conf = page.Next("nginx")
	n.moved = regexp.MustCompile(`(?m)^    location = .*\n`).FindAllString(n.conf, -1)
	program := map[string]string{}
	for _, b := range page.Blocks {
		program[b.File] = n.ours.Replace(b.Text)
	}

	// The program, and step 1.
	python := os.Getenv("WAFER_PYTHON")
	if python == "" {
		t.Fatal("WAFER_PYTHON does not name a Python that has Flask; run the tests with `make test`")
	}
	_, port, _ := strings.Cut(n.hosts["5000"], ":")
	n.Start(n.hosts["5000"], python, "-m", "flask", "--app", "app", "run", "--port", port)
	n.serve(0)
	n.says("anonymous", n.Get("/"), "Please log in to access this page.", "Remember me")
	n.says("signed in by Flask", n.post("/login", "name", "ada"), "Notes (Python)", "Hello, ada.")
	n.says("a note of Flask's", n.post("/notes", "note", "<bread>"), "Saved", "&lt;bread&gt;")
	fromFlask := n.Get("/")

	// Step 2.
	n.Write("main.go", docprogram.ReplaceOnce(t, program["main.go"], "\taddLogin(mux, logins, forms) // in step 4\n", ""))
	goHalf := n.build()
	n.serve(2)
	n.says("read by Go", n.Get("/"), "Notes (Go)", "Hello, ada.", "&lt;bread&gt;")
	n.says("a form of Flask's, sent to Go", n.sendForm(fromFlask, "/notes", "note", "milk"), "Saved", "bread", "milk")
	n.says("a form of another site", n.Post("/notes", "note", "x"), "the CSRF token is missing")
	n.says("signed out by Flask, with a form of Go's", n.post("/logout"), "Remember me")
	n.says("anonymous", n.Get("/"), "Please log in to access this page.", "Remember me")
	bobs := n.post("/login", "name", "bob")
	if n.says("another user", bobs, "Notes (Go)", "Hello, bob."); strings.Contains(bobs, "bread") {
		t.Errorf("another user has the notes of the one before:\n%s", bobs)
	}
	n.post("/logout")
	n.says("signed in by Flask", n.post("/login", "name", "ada", "remember", "on"), "Notes (Go)", "Hello, ada.")
	n.says("a page of Flask's", n.Get("/admin"), "Settings of ada (Python)")

	// Step 4.
	goHalf.Stop()
	n.Write("main.go", program["main.go"])
	n.Write("login.go", program["login.go"])
	n.Vet()
	n.build()
	n.conf = docprogram.ReplaceOnce(t, n.conf, "location / { proxy_pass http://flask; }", "location / { proxy_pass http://go; }")
	n.serve(0)
	n.closeBrowser()
	n.says("remembered by Go", n.Get("/"), "Notes (Go)", "Hello, ada.")
	n.says("not fresh", n.Get("/admin"), "Please reauthenticate", "Login (Go)")
	n.says("signed in by Go", n.post("/login?next=/admin", "name", "ada"), "Settings of ada (Go)")

	// Back to Flask, which reads what Go wrote.
	n.conf = docprogram.ReplaceOnce(t, n.conf, "location / { proxy_pass http://go; }", "location / { proxy_pass http://flask; }")
	n.serve(0)
	n.says("back in Flask", n.Get("/"), "Notes (Python)", "Hello, ada.")
	n.says("back in Flask, fresh", n.Get("/admin"), "Settings of ada (Python)")
	n.closeBrowser()
	n.says("remembered by Flask", n.Get("/"), "Notes (Python)", "Hello, ada.")
	n.serve(2)
	n.says("remembered by both", n.Get("/"), "Notes (Go)", "Hello, ada.")
	n.says("signed out by Flask", n.post("/logout"), "Remember me")
	n.closeBrowser()
	n.says("signed out of both", n.Get("/"), "Remember me")
}

// build builds and starts the Go half.
func (n *notes) build() *docprogram.Visitor {
	n.t.Helper()
	n.Build("notes")
	return n.Start(n.hosts["8080"], filepath.Join(n.Dir, "notes"))
}

// serve starts nginx again, with that many of the lines of the pages that have moved. The visitor
// keeps their cookies.
func (n *notes) serve(moved int) {
	n.t.Helper()
	conf := n.conf
	for _, line := range n.moved[moved:] {
		conf = docprogram.ReplaceOnce(n.t, conf, line, "")
	}
	n.Write("notes.conf", n.ours.Replace(conf))
	var temporary string
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temporary += kind + "_temp_path " + filepath.Join(n.Dir, "nginx_"+kind) + ";\n"
	}
	// A master process would pass the port on to workers that outlive it.
	n.Write("nginx.conf", "daemon off;\nmaster_process off;\npid "+n.Dir+"/nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n"+temporary+"include notes.conf;\n}\n")
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		nginx = "/usr/sbin/nginx" // which Debian has outside of a user's PATH
	}
	before := n.Visitor
	if before != nil {
		before.Stop()
	}
	n.Visitor = n.Start(n.hosts["8000"], nginx, "-p", n.Dir, "-c", filepath.Join(n.Dir, "nginx.conf"))
	if before != nil {
		n.Jar = before.Jar
	}
}

// post sends a form of the page that the visitor has at / or, for a login, at /login.
func (n *notes) post(path string, pairs ...string) string {
	n.t.Helper()
	page := "/"
	if strings.HasPrefix(path, "/login") {
		page = "/login"
	}
	return n.sendForm(n.Get(page), path, pairs...)
}

var csrfField = regexp.MustCompile(`name="csrf_token" value="([^"]+)"`)

// sendForm sends a form with the token of a page.
func (n *notes) sendForm(page, path string, pairs ...string) string {
	n.t.Helper()
	token := csrfField.FindStringSubmatch(page)
	if token == nil {
		n.t.Fatalf("the page has no form with a token:\n%s", page)
	}
	return n.Post(path, append(pairs, "csrf_token", token[1])...)
}

// closeBrowser drops the cookies that do not outlive that.
func (n *notes) closeBrowser() {
	u, _ := url.Parse(n.URL("/"))
	n.Jar.SetCookies(u, []*http.Cookie{{Name: "session", Path: "/", MaxAge: -1}}) // #nosec G124 -- a test's jar
}

// says fails unless the page has the texts.
func (n *notes) says(what, page string, texts ...string) {
	n.t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			n.t.Fatalf("%s: the page has no %q:\n%s", what, text, page)
		}
	}
}
