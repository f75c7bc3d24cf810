package main

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"
)

//go:embed app.py
var app string

// python is the running Python half.
type python struct {
	url    *url.URL
	exited chan error
	cmd    *exec.Cmd
	stdin  io.Closer // app.py ends when this is closed, or we are gone
}

// startPython starts app.py on a free port and waits until it answers.
func startPython(ctx context.Context, secretKey string) (*python, error) {
	interpreter, err := findFlask(ctx)
	if err != nil {
		return nil, err
	}
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	p := &python{url: &url.URL{Scheme: "http", Host: addr}, exited: make(chan error, 1)}
	_, port, _ := net.SplitHostPort(addr)
	var said tail
	p.cmd = exec.Command(interpreter, "-c", app, port)
	p.cmd.Env = append(os.Environ(), "SECRET_KEY="+secretKey)
	p.cmd.Stdout, p.cmd.Stderr = &said, &said
	if p.stdin, err = p.cmd.StdinPipe(); err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("%s does not start: %w", interpreter, err)
	}
	go func() {
		err := cmp.Or(p.cmd.Wait(), errors.New("exit status 0"))
		p.exited <- fmt.Errorf("%w, and said last:\n%s", err, said)
	}()
	for range 200 {
		select {
		case err := <-p.exited:
			return nil, fmt.Errorf("app.py ended at once: %w", err)
		case <-ctx.Done():
			p.stop()
			return nil, errors.New("interrupted")
		case <-time.After(50 * time.Millisecond):
		}
		if conn, err := net.Dial("tcp", addr); err == nil {
			_ = conn.Close()
			return p, nil
		}
	}
	p.stop()
	return nil, fmt.Errorf("app.py did not answer at %s within 10 seconds", addr)
}

func (p *python) stop() {
	_ = p.stdin.Close()
	_ = p.cmd.Process.Kill()
}

// What the Python half needs, and what installs it on Debian.
const (
	imports = "import flask, flask_login, flask_wtf"
	install = "apt install python3-flask python3-flask-login python3-flaskext.wtf"
)

// findFlask returns a Python that has Flask and its extensions: the one that WAFER_PYTHON names,
// or the first of the usual ones.
func findFlask(ctx context.Context) (string, error) {
	candidates := []string{"python3", "/usr/bin/python3", "python"}
	if named := os.Getenv("WAFER_PYTHON"); named != "" {
		candidates = []string{named}
	}
	found := ""
	for _, candidate := range candidates {
		path, err := exec.LookPath(candidate)
		if err != nil {
			continue
		}
		found = path
		if exec.CommandContext(ctx, path, "-c", imports).Run() == nil {
			return path, nil
		}
	}
	if found == "" {
		return "", fmt.Errorf("found no Python (looked for %s); install it together with Flask and its extensions, on Debian: %s", strings.Join(candidates, ", "), install)
	}
	return "", fmt.Errorf("%s lacks Flask, Flask-Login or Flask-WTF; install them, on Debian: %s, elsewhere: pip install flask flask-login flask-wtf. Or name a Python that has them in WAFER_PYTHON", found, install)
}

// tail keeps the last that was written to it, of a log nobody reads unless
// something goes wrong.
type tail []byte

func (t *tail) Write(p []byte) (int, error) {
	*t = append(*t, p...)
	*t = (*t)[max(0, len(*t)-4<<10):]
	return len(p), nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
