package loopback

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/wafer-go/wafer/internal/bench/report"
)

// Run measures the servers in turn, rounds times, each turn of d with some
// connections open at once. What is going on is said to progress.
func Run(ctx context.Context, servers []*Server, rounds, connections int, d time.Duration, progress io.Writer) ([]report.Server, error) {
	folder, err := os.MkdirTemp("", "bench.")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	script := filepath.Join(folder, "wrk.lua")
	if err := os.WriteFile(script, wrkScript, 0o600); err != nil {
		return nil, err
	}
	if err := unpack(folder); err != nil {
		return nil, err
	}

	running := make([]*running, len(servers))
	results := make([]report.Server, len(servers))
	for i, s := range servers {
		if running[i], err = s.run(folder); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		defer running[i].stop()
		version, err := s.version()
		if err != nil {
			return nil, err
		}
		results[i] = report.Server{Name: s.Name, Version: version, Note: s.Note}
	}
	for round := range rounds + 1 { // the first, to warm up, is not kept
		for k := range running {
			i := (k + round) % len(running)
			l, err := running[i].turn(ctx, script, connections, d)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", servers[i].Name, err)
			}
			fmt.Fprintf(progress, "%d/%d %s: %.0f requests/s\n", round, rounds, servers[i].Name, l.Each)
			if round > 0 {
				results[i].Rounds = append(results[i].Rounds, l)
			}
		}
	}
	return results, nil
}

// running is a server together with a visitor who has signed in.
type running struct {
	*process
	url, cookie string
}

func (s *Server) run(folder string) (*running, error) {
	p, err := s.start(folder)
	if err != nil {
		return nil, err
	}
	r := &running{process: p, url: "http://" + p.address}
	if err := r.signIn(s); err != nil {
		p.stop()
		return nil, err
	}
	return r, nil
}

// signIn gets the visitor a session, and sees that the page reads it and, if it
// is to, changes it.
func (r *running) signIn(s *Server) error {
	_, cookie, err := r.get("/login")
	if err != nil {
		return err
	}
	if s.session && cookie == "" {
		return fmt.Errorf("/login sets no cookie")
	}
	if !s.session {
		cookie = cookieName + "=" + strings.Repeat("x", 120) // as many bytes on the wire as the others'
	}
	visits := firstVisit
	for range 2 {
		r.cookie = "theme=dark; " + cookie
		if s.changes {
			visits++
		}
		body, changed, err := r.get("/")
		if err != nil {
			return err
		}
		if want := fmt.Sprintf("Hello, %s! Visit %d.", visitor, visits); !strings.Contains(body, want) {
			return fmt.Errorf("the page is %q and does not contain %q", body, want)
		}
		if changed != "" { // a store keeps a change without a new cookie
			cookie = changed
		}
	}
	return nil
}

func (r *running) get(path string) (body, cookie string, err error) {
	request, err := http.NewRequest(http.MethodGet, r.url+path, nil)
	if err != nil {
		return "", "", err
	}
	if r.cookie != "" {
		request.Header.Set("Cookie", r.cookie)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<16))
	if err != nil {
		return "", "", err
	}
	if response.StatusCode != http.StatusOK {
		return "", "", fmt.Errorf("%s answers %s: %s", path, response.Status, text)
	}
	for _, c := range response.Cookies() {
		if c.Name == cookieName {
			cookie = c.Name + "=" + c.Value
		}
	}
	return string(text), cookie, nil
}

func (r *running) turn(ctx context.Context, script string, connections int, d time.Duration) (report.Load, error) {
	before, err := r.used()
	if err != nil {
		return report.Load{}, err
	}
	s, err := load(ctx, script, r.url+"/", r.cookie, connections, d)
	if err != nil {
		return report.Load{}, err
	}
	after, err := r.used()
	if err != nil {
		return report.Load{}, err
	}
	return report.Load{
		Each: float64(s.Requests) / (float64(s.Micros) / 1e6),
		P50:  time.Duration(s.P50) * time.Microsecond, P99: time.Duration(s.P99) * time.Microsecond, P999: time.Duration(s.P999) * time.Microsecond,
		CPU: (after - before) / time.Duration(s.Requests),
	}, nil
}
