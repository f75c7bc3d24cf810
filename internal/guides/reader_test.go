package guides

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
	"strings"
	"sync"
	"testing"
	"time"
)

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
