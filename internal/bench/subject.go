// Package bench measures Wafer beside other session libraries, and beside the floor: the work that
// no signed cookie can avoid. In process, each library is behind the same few handlers, and every
// request goes through the library's own middleware with a request that is used again and a light
// response writer, the same for all. Over loopback HTTP, whole servers answer the load generator
// wrk. All are Go benchmarks; scripts/bench runs them in rounds, and benchstat shows the figures.
package bench

import (
	"fmt"
	"net/http"
)

// A Subject is a library under measurement.
type Subject struct {
	Name    string // as in the tables
	Cookie  bool   // the whole session is in the cookie
	connect func() (transport, error)
	Program func() (Program, error) // for a server of its own; nil if it has none
}

// A Program puts a library around a page that uses the session.
type Program func(page func(w http.ResponseWriter, v Values)) http.Handler

// subjects are all that there are, in the order of the tables.
func subjects() []*Subject {
	all := append([]*Subject{Floor()}, Wafers()...)
	return append(all, SCS(), Gorilla(), Gin(), Fiber())
}

// transport carries one visitor's requests to a library. It is used by one
// goroutine.
type transport interface {
	// prepare returns a function that serves one request of the visitor.
	prepare(a Action, j *job) func()

	// answered returns the name and value of the session cookie that the last
	// response set, and nothing if it set none.
	answered() string

	// bring says which session cookie the visitor sends from now on.
	bring(cookie string)
}

// A job is what a handler is asked to do, and what it found.
type job struct {
	fill   []Pair
	key    string
	number int

	calls    int
	text     string
	found    int
	messages []string
}

// A Visitor comes back with a session that one cell describes.
type Visitor struct {
	job   *job
	cell  Cell
	t     transport
	steps []func()
	home  string // the cookie that each operation begins with
}

// Visit fills a new session as the cell says and returns its visitor. Several
// visitors of a subject may be served at once, each by one goroutine.
func (s *Subject) Visit(c Cell) (*Visitor, error) {
	t, err := s.connect()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	v := &Visitor{job: &job{fill: c.shape(s.Cookie), key: c.Key, number: visits}, cell: c, t: t}
	t.prepare(Fill, v.job)()
	if v.home = t.answered(); v.home == "" {
		return nil, fmt.Errorf("%s: %s: filling the session set no cookie", s.Name, c.Name)
	}
	t.bring(v.home)
	for _, a := range c.Steps {
		v.steps = append(v.steps, t.prepare(a, v.job))
	}
	if err := v.check(); err != nil {
		return nil, fmt.Errorf("%s: %s: %w", s.Name, c.Name, err)
	}
	return v, nil
}

// Serve runs one operation: the requests of the cell, each with the cookie that
// the one before it set.
func (v *Visitor) Serve() {
	v.job.number ^= 1 // so that a change is one
	if len(v.steps) == 1 {
		v.steps[0]()
		return
	}
	for _, step := range v.steps {
		step()
		if cookie := v.t.answered(); cookie != "" {
			v.t.bring(cookie)
		}
	}
	v.t.bring(v.home)
}
