package adaptertest

import (
	"fmt"
	"strings"
	"sync"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

var visitorRules = []rule{
	{name: "VisitorsApart", says: "no visitor sees what is another's, also if the framework reuses the memory of requests", run: func(c *checker) {
		for _, backend := range []session.Backend{session.Signed(secret.New()), session.Stored(memstore.New(nil))} {
			visitorsApart(c, c.manager(backend, nil))
		}
	}},
	{name: "SessionOutlivesHandler", says: "a session that is first read after its handler has returned is that of its visitor", run: sessionOutlivesHandler},
	{name: "Goroutines", says: "the goroutines of a handler share the session", run: func(c *checker) {
		v := c.visit(c.through(c.signed(), get("/who", who), get("/", func(c Ctx) error {
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() { count.Update(c.Session(), func(n int) int { return n + 1 }) })
			}
			all.Wait()
			return who(c)
		})))
		v.Want("/", "++++++++")
		v.Want("/who", "++++++++")
	}},
}

// held is sessions by the name of their visitor, beyond their handlers.
type held struct {
	mu       sync.Mutex
	sessions map[string][]*session.Session
}

func (h *held) hold(name string, s *session.Session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sessions == nil {
		h.sessions = make(map[string][]*session.Session)
	}
	h.sessions[strings.Clone(name)] = append(h.sessions[strings.Clone(name)], s)
}

// check checks that n visitors have still the name under which their sessions are held.
func (h *held) check(c *checker, n int) {
	c.Helper()
	for name, sessions := range h.sessions {
		for _, s := range sessions {
			if got, _ := username.Get(s); got != name {
				c.broken("A session of the visitor %s has now the username %q.", name, got)
			}
		}
	}
	if len(h.sessions) != n {
		c.broken("There were %d visitors, and the handlers saw %d.", n, len(h.sessions))
	}
}

func visitorsApart(c *checker, m *session.Manager) {
	const visitors = 16
	var h held
	first := c.visit(c.through(m, get("/set", func(c Ctx) error {
		s := c.Session()
		username.Set(s, c.Query("name")) // strings in buffers that a framework may reuse
		s.Set("header", c.Header("X-Name"))
		s.FlashAs(c.Header("X-Name"), c.Header("X-Name"))
		return nil
	}), get("/", func(c Ctx) error {
		s := c.Session()
		name, _ := username.Get(s)
		h.hold(name, s)
		flashed := ""
		for _, message := range s.Flashes() {
			flashed = message.Category + " " + message.Text
		}
		return say(c, fmt.Sprint(name, " ", s.Value("header"), " ", flashed))
	})))
	var visits sync.WaitGroup
	for i := range visitors {
		v, name := first.Another(), strings.Repeat(fmt.Sprint("visitor", i), 1+i%5)
		visits.Go(func() {
			for range 10 {
				res, err := v.Client.Do(request(v.URL+"/set?name="+name, "X-Name", name))
				if err != nil {
					c.wrong("%s gets no answer: %v", name, err)
					return
				}
				_ = res.Body.Close()
				page, err := body(v.Client.Do(request(v.URL + "/")))
				if want := strings.Join([]string{name, name, name, name}, " "); page != want {
					c.wrong("%s is told %q, %v", name, page, err)
					return
				}
			}
		})
	}
	visits.Wait()
	if !c.Failed() {
		h.check(c, visitors)
		c.quiet()
	}
}

func sessionOutlivesHandler(c *checker) {
	const visitors = 8
	var h held
	first := c.visit(c.through(c.signed(), get("/set", set), get("/hold", func(c Ctx) error {
		h.hold(c.Query("name"), c.Session())
		return nil
	})))
	var visits sync.WaitGroup
	for i := range visitors {
		v, name := first.Another(), fmt.Sprint("visitor", i)
		visits.Go(func() {
			for _, path := range append([]string{"/set"}, strings.Fields(strings.Repeat("/hold ", 10))...) {
				if _, err := body(v.Client.Do(request(v.URL + path + "?name=" + name))); err != nil {
					c.wrong("%s gets no answer: %v", name, err)
				}
			}
		})
	}
	visits.Wait()
	h.check(c, visitors)
}
