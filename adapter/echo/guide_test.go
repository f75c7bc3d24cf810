package echosession_test

import (
	"bytes"
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
)

// guide is docs/frameworks-echo.md as its reader uses it.
type guide struct {
	t        *testing.T
	commands []string          // blocks of them
	files    map[string]string // as they are at its end
	shown    string            // the page after the login
	changed  int               // lines of the reader's app
}

var (
	fence    = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")
	fileName = regexp.MustCompile("`([\\w/]+\\.\\w+)`:\\s*$")
)

func readGuide(t *testing.T) *guide {
	t.Helper()
	text, err := os.ReadFile("../../docs/frameworks-echo.md")
	if err != nil {
		t.Fatal(err)
	}
	steps, _, _ := strings.Cut(string(text), "\n## ")
	g := &guide{t: t, files: make(map[string]string)}
	end := 0
	for _, at := range fence.FindAllStringSubmatchIndex(steps, -1) {
		language, block, file := steps[at[2]:at[3]], steps[at[4]:at[5]], fileName.FindStringSubmatch(steps[end:at[0]])
		end = at[1]
		switch {
		case language == "sh":
			g.commands = append(g.commands, block)
		case language == "diff":
			g.apply(file[1], block)
		case file != nil:
			g.files[file[1]] = block
		default:
			g.shown = block
		}
	}
	return g
}

// apply makes the changes of a diff in a file.
func (g *guide) apply(name, diff string) {
	g.t.Helper()
	text := g.files[name]
	for hunk := range strings.SplitSeq(diff, "@@\n") {
		var old, with strings.Builder
		for line := range strings.Lines(hunk) {
			if line[0] != '+' {
				old.WriteString(line[1:])
			}
			if line[0] != '-' {
				with.WriteString(line[1:])
			}
			if line[0] == '+' {
				g.changed++
			}
		}
		if n := strings.Count(text, old.String()); n != 1 {
			g.t.Fatalf("%s has this %d times, and the guide counts on once:\n%s", name, n, old.String())
		}
		text = strings.Replace(text, old.String(), with.String(), 1)
	}
	g.files[name] = text
}

func TestTheGuideHasTheProgramThatIsCompiledHereAndChangesTenLines(t *testing.T) {
	g := readGuide(t)
	for name, text := range g.files {
		want, err := os.ReadFile(filepath.Join("internal/hello/after", name))
		if err != nil || text != string(want) {
			t.Errorf("%s is not that of internal/hello/after (%v):\n%s", name, err, text)
		}
	}
	if len(g.files) != 3 || g.changed != 10 {
		t.Errorf("the guide has %d files and changes %d lines", len(g.files), g.changed)
	}
}

// TestTheGuideIsFollowedFromAnEmptyFolder types what it says. The modules of
// this tree stand in for those that will be published.
func TestTheGuideIsFollowedFromAnEmptyFolder(t *testing.T) {
	g := readGuide(t)
	if len(g.commands) != 2 || g.commands[1] != "go run .\n" {
		t.Fatalf("the guide's commands are %q", g.commands)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	const begin = "go mod init hello\n"
	commands := strings.Replace(g.commands[0], begin, begin+"go mod edit -replace github.com/wafer-go/wafer="+root+
		" -replace github.com/wafer-go/wafer/adapter/echo="+root+"/adapter/echo\n", 1)
	// Of a module that is not published no proxy knows.
	commands = strings.Replace(commands, "go get github.com/wafer-go", "GOPROXY=off go get github.com/wafer-go", 1)
	dir := t.TempDir()
	key := g.shell(dir, commands+"printf %s $SECRET_KEY\n")
	dir = filepath.Join(dir, "hello")
	port := freePort(t)
	for name, text := range g.files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "localhost:8080", "localhost:"+port)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g.shell(dir, "go build -o app .\n")
	g.start(dir, key)
	g.logIn("http://localhost:" + port)
}

func (g *guide) shell(dir, commands string) string {
	g.t.Helper()
	cmd := exec.Command("sh", "-e", "-c", commands)
	cmd.Dir = dir
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		g.t.Fatalf("%s\n%v\n%s", commands, err, problems.String())
	}
	return string(out)
}

// start starts the app in dir, until the test ends.
func (g *guide) start(dir, key string) {
	g.t.Helper()
	cmd := exec.Command(filepath.Join(dir, "app"))
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "SECRET_KEY="+key)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if g.t.Failed() || strings.Contains(said.String(), "WARN session:") {
			g.t.Errorf("the app said\n%s", said.String())
		}
	})
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// logIn logs ada in, is shown so once, and remembered.
func (g *guide) logIn(address string) {
	g.t.Helper()
	client := http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	client.Jar, _ = cookiejar.New(nil)
	page := func(res *http.Response, err error) string {
		g.t.Helper()
		if err != nil {
			g.t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			g.t.Fatal(err)
		}
		return string(body)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://")); err == nil {
			_ = conn.Close()
			break
		} else if time.Now().After(deadline) {
			g.t.Fatal("the app does not listen: ", err)
		}
	}
	if got := page(client.Get(address)); !strings.Contains(got, "<p>Hello, stranger") {
		g.t.Errorf("the first page is %s", got)
	}
	if got := page(client.PostForm(address+"/login", url.Values{"username": {"ada"}})); got != g.shown {
		g.t.Errorf("after the login the page is\n%s\nand should be\n%s", got, g.shown)
	}
	if got := page(client.Get(address)); strings.Contains(got, "role=") || !strings.Contains(got, "<p>Hello, ada") {
		g.t.Errorf("after that the page is %s", got)
	}
}
