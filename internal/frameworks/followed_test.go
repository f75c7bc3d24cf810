package frameworks

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

// TestEachGuideIsFollowedFromAnEmptyFolder types what it says. The modules of
// this tree stand in for those that will be published.
func TestEachGuideIsFollowedFromAnEmptyFolder(t *testing.T) {
	for name, g := range guides {
		t.Run(name, func(t *testing.T) {
			var commands []string
			own, _ := g.blocks(t)
			for _, b := range own {
				if b.language == "sh" {
					commands = append(commands, b.text)
				}
			}
			if len(commands) != 2 {
				t.Fatalf("the guide has %d blocks of commands", len(commands))
			}
			dir := t.TempDir()
			key := shell(t, dir, replaced(t, commands[0])+"printf %s $SECRET_KEY\n")
			dir = filepath.Join(dir, "hello")
			port := freePort(t)
			for name, text := range g.written(t) {
				path := filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "localhost:8080", "localhost:"+port)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			before, run := strings.CutSuffix(commands[1], "go run .\n")
			if !run {
				t.Fatalf("the guide runs the app with %q", commands[1])
			}
			shell(t, dir, before+"go build -o app .")
			start(t, dir, key)
			logIn(t, "http://localhost:"+port, g.shown(t))
		})
	}
}

// replaced adds to the commands that the modules are those of this tree.
func replaced(t *testing.T, commands string) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	const begin = "go mod init hello\n"
	if strings.Count(commands, begin) != 1 {
		t.Fatalf("the guide begins with %q", commands)
	}
	// Of a module that is not published no proxy knows.
	commands = regexp.MustCompile(`(?m)^go get .*wafer-go`).ReplaceAllString(commands, "GOPROXY=off $0")
	return strings.Replace(commands, begin, begin+
		"go mod edit -replace github.com/wafer-go/wafer="+root+
		" -replace github.com/wafer-go/wafer/adapter/echosession="+root+"/adapter/echosession"+
		" -replace github.com/wafer-go/wafer/adapter/ginsession="+root+"/adapter/ginsession"+
		" -replace github.com/wafer-go/wafer/adapter/fibersession="+root+"/adapter/fibersession\n", 1)
}

// shell runs commands and returns what they print.
func shell(t *testing.T, dir string, commands string) string {
	t.Helper()
	cmd := exec.Command("sh", "-e", "-c", commands)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOFLAGS=-mod=mod")
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s\n%v\n%s", commands, err, problems.String())
	}
	return string(out)
}

// start starts the app in dir, until the test ends.
func start(t *testing.T, dir, key string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(dir, "app"))
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "SECRET_KEY="+key)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() || strings.Contains(said.String(), "WARN session:") {
			t.Errorf("the app said\n%s", said.String())
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
func logIn(t *testing.T, address, shown string) {
	t.Helper()
	var client http.Client
	client.Jar, _ = cookiejar.New(nil)
	page := func(res *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://")); err == nil {
			_ = conn.Close()
			break
		} else if time.Now().After(deadline) {
			t.Fatal("the app does not listen: ", err)
		}
	}
	if got := page(client.Get(address)); !strings.Contains(got, "<p>Hello, stranger") {
		t.Errorf("the first page is %s", got)
	}
	got := page(client.PostForm(address+"/login", url.Values{"username": {"ada"}}))
	if flat(got) != flat(shown) {
		t.Errorf("after the login the page is\n%s\nand should be\n%s", got, shown)
	}
	if got := page(client.Get(address)); strings.Contains(got, "role=") || !strings.Contains(got, "<p>Hello, ada") {
		t.Errorf("after that the page is %s", got)
	}
}

// flat forgets what templ writes otherwise.
func flat(page string) string {
	return strings.ToLower(strings.NewReplacer("\n", "", " ", "").Replace(page))
}
