package subject

import (
	"fmt"
	"runtime/debug"
	"strings"
)

// A Subject is a library under measurement.
type Subject struct {
	Name    string // as in the tables
	Module  string // whose version is printed
	Note    string // what a reader has to know to compare it
	Cookie  bool   // the whole session is in the cookie
	connect func() (transport, error)
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

// Version returns the version of a module that this program was built with.
func Version(module string) string {
	info, _ := debug.ReadBuildInfo()
	for _, m := range info.Deps {
		if m.Path == module {
			if m.Replace != nil {
				return "this tree"
			}
			return m.Version
		}
	}
	return "unknown"
}

// Find returns the subjects of the given names, separated by commas, and all
// subjects if there is none.
func Find(all []*Subject, names string) ([]*Subject, error) {
	if names == "" {
		return all, nil
	}
	return Pick(all, names, "subject", func(s *Subject) string { return s.Name })
}

// FindCells is Find for cells.
func FindCells(names string) ([]Cell, error) {
	if names == "" {
		return Cells, nil
	}
	return Pick(Cells, names, "cell", func(c Cell) string { return c.Name })
}

// Pick returns those of all that names, separated by commas, name. The error
// lists the names that there are; what says what they are names of.
func Pick[T any](all []T, names, what string, nameOf func(T) string) ([]T, error) {
	var picked []T
	for _, name := range strings.Split(names, ",") {
		found := false
		var known []string
		for _, one := range all {
			known = append(known, nameOf(one))
			if nameOf(one) == name {
				picked, found = append(picked, one), true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no %s %q; there are %s", what, name, strings.Join(known, ", "))
		}
	}
	return picked, nil
}
