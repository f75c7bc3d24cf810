package adaptertest

import (
	"strings"

	"github.com/wafer-go/wafer/session"
)

var panicRules = []rule{
	{name: "RecoveredOutside", says: "if a middleware outside recovers a panic, the changes are dropped and logged, and nothing of the page is sent", run: func(c *checker) {
		p := c.through(c.signed(), get("/who", who), get("/", func(c Ctx) error {
			username.Set(c.Session(), "ada")
			c.AddHeader("Location", "/secret")
			c.Status(201)
			_ = say(c, "half a secret page")
			panic("oops")
		})).before(Link{Recover: true})
		v := c.visit(p)
		a := v.Get("/")
		if a.SetsCookies(0); a.StatusCode != 500 || strings.Contains(a.Body, "secret") || a.Header["Location"] != nil {
			c.broken("It answers %d %q with the header %v.", a.StatusCode, a.Body, a.Header)
		}
		if said := c.said.String(); !strings.Contains(said, "panicked") || !strings.Contains(said, "username") {
			c.broken("The log does not name the change: %s", said)
		}
		v.Want("/who", "")
	}},
	{name: "RecoveredOutsideCanRead", says: "the page after a panic that was recovered outside can read the session", run: func(c *checker) {
		p := c.through(c.signed(), get("/set", set), get("/", func(Ctx) error { panic("oops") }))
		p.ErrorPage = nil
		v := c.visit(p.before(link(func(c Ctx, next func() error) (err error) {
			defer func() {
				if recover() != nil {
					name, _ := username.Get(c.Session())
					c.Status(418)
					err = say(c, "sorry, "+name)
				}
			}()
			return next()
		})))
		v.Get("/set?name=ada")
		v.Get("/").Is(418, "sorry, ada")
	}},
	{name: "RecoveredInside", says: "if a middleware inside recovers a panic, the changes are kept", run: func(c *checker) {
		p := c.through(c.signed(), get("/who", who), get("/", func(c Ctx) error {
			username.Set(c.Session(), "ada")
			panic("oops")
		})).after(Link{Recover: true})
		v := c.visit(p)
		a := v.Get("/")
		if a.SetsCookies(1); a.StatusCode != 500 {
			c.broken("It answers %d.", a.StatusCode)
		}
		v.Want("/who", "ada")
	}},
	{name: "SavedID", says: "an error page has the cookie of a session that Session.Save has stored, because no other answer will", run: func(c *checker) {
		for name, fail := range map[string]func(s *session.Session){
			"a panic":       func(*session.Session) { panic("oops") },
			"a failed save": func(s *session.Session) { s.Set("bad", func() {}) },
		} {
			p := c.through(c.stored(nil), get("/", func(c Ctx) error {
				s := c.Session()
				username.Set(s, "ada")
				if err := s.Save(c.Context()); err != nil {
					return err
				}
				fail(s)
				return nil
			})).before(Link{Recover: true})
			a := c.visit(p).Get("/")
			if a.StatusCode != 500 || len(a.Cookies()) != 1 {
				c.broken("After %s the answer is %d with the cookies %q.", name, a.StatusCode, a.Header["Set-Cookie"])
			}
		}
	}},
}
