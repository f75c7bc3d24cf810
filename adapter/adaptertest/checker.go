package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

const (
	username = session.Field[string]("username")
	count    = session.Field[int]("count")
)

// A checker checks one rule on one adapter.
type checker struct {
	*testing.T
	rule  string
	build func(t *testing.T, p Program) Server
	said  Log // of managers and the framework

	mu     sync.Mutex
	events []session.Event
}

// broken begins each failure.
const broken = "The adapter breaks the rule: "

// broken ends the rule's test and names the rule.
func (c *checker) broken(format string, args ...any) {
	c.Helper()
	c.Fatal(broken + c.rule + "\n" + fmt.Sprintf(format, args...))
}

// wrong is broken for goroutines other than the test's.
func (c *checker) wrong(format string, args ...any) {
	c.Helper()
	c.Error(broken + c.rule + "\n" + fmt.Sprintf(format, args...))
}

// signed returns a manager that stores sessions in their cookies.
func (c *checker) signed() *session.Manager { return c.manager(session.Signed(secret.New()), nil) }

// stored returns a manager that stores sessions in the store st, or in memory if st is nil.
func (c *checker) stored(st store.Store) *session.Manager {
	if st == nil {
		st = memstore.New(nil)
	}
	return c.manager(session.Stored(st), nil)
}

// manager returns a manager that logs to said and reports to events.
func (c *checker) manager(backend session.Backend, o *session.Options) *session.Manager {
	c.Helper()
	if o == nil {
		o = &session.Options{}
	}
	o.Logger = c.logger()
	o.Observe = func(_ context.Context, e session.Event) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.events = append(c.events, e)
	}
	m, err := session.New(backend, o)
	if err != nil {
		c.Fatal(err)
	}
	return m
}

// late returns how many changes were reported as too late for their cookie.
func (c *checker) late() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, e := range c.events {
		if e.Kind == session.EventLate && errors.Is(e.Err, session.ErrTooLate) {
			n++
		}
	}
	return n
}

// quiet checks that nothing went wrong unseen.
func (c *checker) quiet() {
	c.Helper()
	if said := c.said.String(); strings.Contains(said, "ERROR") || c.late() > 0 {
		c.broken("It should work without a message. The log says:\n%s", said)
	}
}

// through returns a program whose requests pass the middleware of m.
func (c *checker) through(m *session.Manager, routes ...Route) Program {
	return Program{Links: []Link{{Sessions: m}}, Routes: routes, Logger: c.logger()}
}

func (c *checker) logger() *slog.Logger { return c.said.Logger() }

// visit serves a program until the test ends.
func (c *checker) visit(p Program) Visitor {
	c.Helper()
	return c.serve(c.build(c.T, p), false)
}

func (c *checker) serve(s Server, http2 bool) Visitor {
	c.Helper()
	return visit(c.T, s, c.rule, http2)
}

// get is a route of GET.
func get(path string, handle func(c Ctx) error) Route {
	return Route{Method: "GET", Path: path, Handle: handle}
}

func say(c Ctx, text string) error {
	_, err := io.WriteString(c, text)
	return err
}

// set sets the username to the parameter name.
func set(c Ctx) error {
	username.Set(c.Session(), c.Query("name"))
	return say(c, "set")
}

// who answers with the username and the count.
func who(c Ctx) error {
	s := c.Session()
	name, _ := username.Get(s)
	n, _ := count.Get(s)
	return say(c, strings.TrimSpace(name+" "+strings.Repeat("+", n)))
}

// flash flashes the parameter text.
func flash(c Ctx) error {
	c.Session().Flash(c.Query("text"))
	return say(c, "flashed")
}

// flashes answers with the messages.
func flashes(c Ctx) error { return say(c, texts(c.Session())) }

func texts(s *session.Session) string {
	var texts []string
	for _, m := range s.Flashes() {
		texts = append(texts, m.Text)
	}
	return strings.Join(texts, ",")
}

// errorPage answers an error with the flashes and the error's text.
func errorPage(c Ctx, err error) error {
	c.Status(418)
	return say(c, texts(c.Session())+"|"+err.Error())
}

// link is a middleware of the program.
func link(f func(c Ctx, next func() error) error) Link { return Link{Func: f} }

// before returns p with more links outside of its own.
func (p Program) before(links ...Link) Program {
	p.Links = slices.Concat(links, p.Links)
	return p
}

// after returns p with more links within its own.
func (p Program) after(links ...Link) Program {
	p.Links = slices.Concat(p.Links, links)
	return p
}
