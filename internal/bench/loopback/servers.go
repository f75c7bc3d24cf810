package loopback

import (
	"embed"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/wafer-go/wafer/internal/bench/subject"
)

// A Server is a program that is measured.
type Server struct {
	Name, Note string
	changes    bool // its page changes the session
	session    bool // it has one
	version    func() (string, error)
	start      func(folder string) (*process, error)
}

// Servers are all servers, in the order of the tables. Only our own have another
// page than the small one. With a folder for profiles, our own write one each.
func Servers(page, profiles string) []*Server {
	own := func(name, module, note string) *Server { return own(name, module, note, page, profiles) }
	servers := []*Server{own("none", "", "the same page without a session")}
	for _, l := range []struct{ name, module string }{
		{"wafer", "github.com/wafer-go/wafer"}, {"scs", "github.com/alexedwards/scs/v2"}, {"gorilla", "github.com/gorilla/sessions"},
	} {
		servers = append(servers, own(l.name+"-read", l.module, ""), own(l.name+"-change", l.module, ""))
	}
	if page != "small" {
		return servers
	}
	for _, change := range []bool{false, true} {
		servers = append(servers,
			foreign("flask", change, "gunicorn, 2 workers of 4 threads", flaskVersion, startFlask),
			foreign("express", change, "one process, memory store", nodeVersion("express", "express-session"), startNode("express.js")),
			foreign("iron", change, "one process, sealed cookie", nodeVersion("iron-session"), startNode("iron.js")),
		)
	}
	return servers
}

func own(name, module, note, page, profiles string) *Server {
	return &Server{
		Name: name, Note: note, session: name != "none", changes: strings.HasSuffix(name, "-change"),
		version: func() (string, error) {
			if module == "" {
				return runtime.Version(), nil
			}
			return subject.Version(module), nil
		},
		start: func(string) (*process, error) { return startOwn(name, page, profiles) },
	}
}

func foreign(name string, change bool, note string, version func() (string, error), start func(folder string, change bool) (*process, error)) *Server {
	suffix := "-read"
	if change {
		suffix = "-change"
	}
	return &Server{
		Name: name + suffix, Note: note, session: true, changes: change, version: version,
		start: func(folder string) (*process, error) { return start(folder, change) },
	}
}

//go:embed rivals
var rivals embed.FS

// unpack puts the foreign programs into a folder.
func unpack(folder string) error { return os.CopyFS(folder, rivals) }

func environment(change bool, more ...string) []string {
	answer := "CHANGE=no"
	if change {
		answer = "CHANGE=yes"
	}
	return append(append(os.Environ(), answer), more...)
}

// python is the interpreter that has Debian's Flask and gunicorn.
func python() string {
	if path := os.Getenv("WAFER_PYTHON"); path != "" {
		return path
	}
	return "/usr/bin/python3"
}

func flaskVersion() (string, error) {
	out, err := exec.Command(python(), "-c", `
import platform
from importlib.metadata import version
print("Flask", version("flask"), "gunicorn", version("gunicorn"), "Python", platform.python_version())`).Output()
	if err != nil {
		return "", needs(python()+" with Flask and gunicorn", "python3-flask python3-gunicorn", err)
	}
	return strings.TrimSpace(string(out)), nil
}

func startFlask(folder string, change bool) (*process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(python(), "-m", "gunicorn", "--workers", "2", "--worker-class", "gthread", "--threads", "4",
		"--keep-alive", "60", "--log-level", "warning", "--bind", address, "app:app")
	cmd.Dir = filepath.Join(folder, "rivals", "flask")
	cmd.Env = environment(change)
	return startOn(cmd, address)
}

func nodeVersion(packages ...string) func() (string, error) {
	return func() (string, error) {
		out, err := exec.Command("node", "--version").Output()
		if err != nil {
			return "", needs("Node", "nodejs npm", err)
		}
		text, err := rivals.ReadFile("rivals/node/package.json")
		if err != nil {
			return "", err
		}
		var said []string
		for _, p := range packages {
			_, after, ok := strings.Cut(string(text), `"`+p+`": "`)
			version, _, closed := strings.Cut(after, `"`)
			if !ok || !closed {
				return "", fmt.Errorf("package.json has no %s", p)
			}
			said = append(said, p+" "+version)
		}
		return strings.Join(said, " ") + " Node " + strings.TrimSpace(string(out)), nil
	}
}

func startNode(program string) func(folder string, change bool) (*process, error) {
	return func(folder string, change bool) (*process, error) {
		dir := filepath.Join(folder, "rivals", "node")
		if _, err := os.Stat(filepath.Join(dir, "node_modules")); errors.Is(err, os.ErrNotExist) {
			npm := exec.Command("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
			npm.Dir = dir
			if out, err := npm.CombinedOutput(); err != nil {
				return nil, needs("npm, and its registry", "npm", fmt.Errorf("%w: %s", err, out))
			}
		}
		address, err := freeAddress()
		if err != nil {
			return nil, err
		}
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		cmd := exec.Command("node", program)
		cmd.Dir = dir
		cmd.Env = environment(change, "PORT="+port, "NODE_ENV=production")
		return startOn(cmd, address)
	}
}

func needs(what, packages string, err error) error {
	return fmt.Errorf("%s is needed: %w (on Debian: apt-get install %s)", what, err, packages)
}
