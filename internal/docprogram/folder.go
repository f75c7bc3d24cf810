package docprogram

import (
	"bytes"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A Folder is the one that a reader works in.
type Folder struct {
	t   *testing.T
	Dir string
	Env []string // beside the test's own
}

// NewFolder returns an empty folder, outside of every module. Its go commands may change go.mod.
// They have the test's other flags, so that what is compiled already serves them too.
func NewFolder(t *testing.T, env ...string) *Folder {
	flags := strings.TrimSpace(os.Getenv("GOFLAGS") + " -mod=mod")
	return &Folder{t, t.TempDir(), append([]string{"GOWORK=off", "GOFLAGS=" + flags}, env...)}
}

// NewModule returns the folder of a module that requires only the checkout at root. Nothing is
// downloaded for it.
func NewModule(t *testing.T, root string) *Folder {
	t.Helper()
	f := NewFolder(t, "GOPROXY=off")
	f.Write("go.mod", "module user\n\ngo 1.26.0\n\nrequire github.com/wafer-go/wafer v0.0.0\n\nreplace github.com/wafer-go/wafer => "+f.Link(root)+"\n")
	return f
}

// Link makes a link to the checkout at root, and returns its path as seen from the folder. A
// program says where its modules were replaced from, so with the checkout's own path each checkout
// would link it again.
func (f *Folder) Link(root string) string {
	f.t.Helper()
	root, err := filepath.Abs(root)
	if err != nil {
		f.t.Fatal(err)
	}
	if err := os.Symlink(root, filepath.Join(f.Dir, "wafer")); err != nil {
		f.t.Fatal(err)
	}
	return "./wafer"
}

// modules are those that the pages' programs require. No proxy has them yet.
var modules = []string{"", "/adapter/echosession", "/adapter/ginsession", "/adapter/fibersession"}

var getOurs = regexp.MustCompile(`(?m)^go get .*wafer-go/wafer((?:/adapter/\w+)?)`)

// Begin types the commands with which a page begins. They make the module hello in a folder of that
// name, which is the reader's from then on, and a key, which Begin returns. The modules of the
// checkout at root replace those that will be published.
func (f *Folder) Begin(root, commands string) (key string) {
	f.t.Helper()
	root = "." + f.Link(root) // as seen from hello
	begin := "go mod init hello\ngo mod edit"
	for _, module := range modules {
		begin += " -replace github.com/wafer-go/wafer" + module + "=" + root + module
	}
	commands = ReplaceOnce(f.t, commands, "go mod init hello\n", begin+"\n")
	// What ours requires is downloaded first, and compared with the checksums of its own go.sum.
	commands = getOurs.ReplaceAllString(commands, "go -C "+root+"$1 mod download\nGOPROXY=off GOSUMDB=off $0")
	key = f.Sh(commands + "printf %s \"$SECRET_KEY\"\n")
	f.Dir = filepath.Join(f.Dir, "hello")
	return key
}

// Command returns a command that runs in the folder.
func (f *Folder) Command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...) // #nosec G204 -- what the page says
	cmd.Dir, cmd.Env = f.Dir, append(os.Environ(), f.Env...)
	return cmd
}

// Sh runs a script and returns its output.
func (f *Folder) Sh(script string) string {
	f.t.Helper()
	cmd := f.Command("sh", "-e", "-c", script)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		f.t.Fatalf("%s: %v\n%s", script, err, stderr.String())
	}
	return string(out)
}

// Vet fails the test if go vet or gofmt finds something in what the reader has.
func (f *Folder) Vet() {
	f.t.Helper()
	f.Sh("go vet .")
	if wrong := f.Sh("gofmt -l $(ls *.go | grep -v _templ.go)"); wrong != "" {
		f.t.Errorf("gofmt would rewrite %s", wrong)
	}
}

// Fails runs, without a key, what must not succeed.
func (f *Folder) Fails(name string, args ...string) string {
	f.t.Helper()
	cmd := f.Command(name, args...)
	cmd.Env = append(cmd.Env, "SECRET_KEY=")
	out, err := cmd.CombinedOutput()
	if err == nil {
		f.t.Errorf("%s %v succeeds:\n%s", name, args, out)
	}
	return string(out)
}

// Write writes a file, in a folder of its own if its name has one.
func (f *Folder) Write(name, text string) {
	f.t.Helper()
	path := filepath.Join(f.Dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// Read reads a file.
func (f *Folder) Read(name string) string {
	f.t.Helper()
	text, err := os.ReadFile(filepath.Join(f.Dir, name))
	if err != nil {
		f.t.Fatal(err)
	}
	return string(text)
}

// listens is the address at which every program of the documentation serves, as written there.
const listens = `"localhost:8080"`

// Run builds the program, which serves at a free port instead of 8080, and starts it.
func (f *Folder) Run(key string) *Visitor {
	f.t.Helper()
	files, _ := filepath.Glob(filepath.Join(f.Dir, "*.go"))
	for _, path := range files {
		name := filepath.Base(path)
		text := f.Read(name)
		f.Write(name, strings.ReplaceAll(text, listens, Address))
		defer f.Write(name, text)
	}
	f.Write(AddressFile, AddressSource)
	defer func() { _ = os.Remove(filepath.Join(f.Dir, AddressFile)) }()
	f.Build("program")
	host := "localhost:" + FreePort(f.t)
	with := *f
	with.Env = append(slices.Clone(f.Env), "SECRET_KEY="+key, AddressVariable+"="+host)
	return with.Start(host, filepath.Join(f.Dir, "program"))
}

// Build builds the program. Without symbols it is linked in half the time, and go run, unlike go
// build, keeps what it has linked for the next time.
func (f *Folder) Build(name string) {
	f.t.Helper()
	f.Sh("go run -ldflags=-s -exec cp . " + name)
}

// FreePort returns a port at which no program listens now.
func FreePort(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}

// Start starts a program that serves at host, and waits until it answers.
func (f *Folder) Start(host, name string, args ...string) *Visitor {
	f.t.Helper()
	v := &Visitor{t: f.t, Host: host, cmd: f.Command(name, args...)}
	v.Client.Jar, _ = cookiejar.New(nil)
	v.cmd.Stdout, v.cmd.Stderr = &v.log, &v.log
	if err := v.cmd.Start(); err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() {
		if said := v.Stop(); f.t.Failed() {
			f.t.Logf("%s said:\n%s", name, said)
		}
	})
	for range 800 {
		if conn, err := net.Dial("tcp", v.Host); err == nil {
			_ = conn.Close()
			return v
		}
		time.Sleep(25 * time.Millisecond)
	}
	f.t.Fatalf("%s does not answer", name)
	return nil
}

// A Log collects what a program writes while a test reads it.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A Visitor is a browser, and the program that it visits. Go's cookie jar keeps Secure cookies from
// localhost, as most browsers do.
type Visitor struct {
	t    *testing.T
	Host string
	http.Client
	cmd *exec.Cmd
	log Log
}
