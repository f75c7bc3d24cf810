package adaptertest

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/wafer-go/wafer/session"
)

var errorRules = []rule{
	{name: "ErrorKeepsChanges", says: "what a handler changed before it returned an error is kept", run: func(c *checker) {
		v := c.visit(c.through(c.signed(), get("/", who), get("/fails", func(c Ctx) error {
			username.Set(c.Session(), "ada")
			return errors.New("down")
		})))
		a := v.Get("/fails")
		if a.SetsCookies(1); a.StatusCode != 500 {
			c.broken("The framework's error handler answers %d. It should answer 500.", a.StatusCode)
		}
		v.Want("/", "ada")
	}},
	{name: "ErrorPage", says: "the error page shows the messages once, and can flash", run: func(c *checker) {
		p := c.through(c.signed(), get("/", flashes), get("/fails", func(c Ctx) error {
			c.Session().Flash("Not saved")
			return errors.New("down")
		}))
		p.ErrorPage = func(c Ctx, err error) error {
			if err := errorPage(c, err); err != nil {
				return err
			}
			c.Session().Flash("Sorry")
			return nil
		}
		v := c.visit(p)
		v.Get("/fails").Is(418, "Not saved|down")
		v.Want("/", "Sorry")
		v.Want("/", "")
		c.quiet()
	}},
	{name: "FailedSave", says: "if the session cannot be saved, the answer is 503 and has nothing of the handler's page", run: func(c *checker) {
		for name, handle := range answers {
			for _, outside := range [][]Link{nil, {{Recover: true}}, {{Compress: true}}} {
				failedSave(c, name, handle, outside)
			}
		}
	}},
	{name: "FailedFlush", onHTTP: true, says: "a stream whose session cannot be saved learns so, because what it writes after its Flush fails", run: func(c *checker) {
		st := NewFrailStore()
		st.Down.Store(true)
		v := c.visit(c.through(c.stored(st), get("/", func(ctx Ctx) error {
			username.Set(ctx.Session(), "ada")
			return ctx.Stream(func(w Stream) {
				_ = w.Flush()
				if _, err := io.WriteString(w, "more"); err == nil {
					c.wrong("The write succeeds.")
				}
			})
		})))
		v.Get("/").Is(503, "Service Unavailable\n")
	}},
	{name: "FailedLoad", says: "if the session cannot be loaded, the answer is 503", run: func(c *checker) {
		st := NewFrailStore()
		v := c.visit(c.through(c.stored(st), get("/set", set), get("/", who)))
		v.Get("/set?name=ada")
		st.Down.Store(true)
		v.Get("/").Is(503, "Service Unavailable\n")
		st.Down.Store(false)
		v.Want("/", "ada")
	}},
	{name: "ErrorHandler", says: "Options.ErrorHandler writes the whole answer", run: func(c *checker) {
		st := NewFrailStore()
		st.Down.Store(true)
		m := c.manager(session.Stored(st), &session.Options{ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if !errors.Is(err, session.ErrUnavailable) || session.From(r) == nil {
				c.wrong("ErrorHandler received %v", err)
			}
			switch r.URL.Query().Get("answers") {
			case "":
				w.Header().Set("Retry-After", "5")
				w.WriteHeader(http.StatusServiceUnavailable)
				_, _ = io.WriteString(w, "<p>Back ")
				_, _ = io.WriteString(w, "soon")
			case "JSON":
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, "<>")
			}
		}})
		v := c.visit(c.through(m, get("/", func(c Ctx) error {
			c.Status(201)
			return set(c)
		})))
		a := v.Get("/?name=ada")
		a.Is(503, "<p>Back soon")
		if a.Header.Get("Retry-After") != "5" || a.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			c.broken("The answer has the header %v.", a.Header)
		}
		v.Get("/?name=ada&answers=nothing").Is(200, "")
		a = v.Get("/?name=ada&answers=JSON")
		if a.Is(200, "<>"); a.Header.Get("Content-Type") != "application/json" {
			c.broken("The answer has the header %v.", a.Header)
		}
	}},
}

// answers are handlers that leave much behind.
var answers = map[string]func(c Ctx) error{
	"a page": func(c Ctx) error {
		c.AddHeader("Etag", `"1"`)
		c.AddHeader("Content-Disposition", "attachment")
		c.AddHeader("Set-Cookie", "theme=dark")
		c.AddHeader("Content-Type", "application/json")
		c.Status(201)
		return say(c, `{"secret":1}`)
	},
	"a redirect": func(c Ctx) error { return c.Redirect(302, "/secret") },
	"an error":   func(Ctx) error { return errors.New("secret") },
	"nothing":    func(Ctx) error { return nil },
	"a stream": func(c Ctx) error {
		return c.Stream(func(w Stream) {
			_, _ = io.WriteString(w, "secret")
			_ = w.Flush()
			_, _ = io.WriteString(w, "more of it")
		})
	},
	"a takeover": func(c Ctx) error {
		_ = c.Upgrade(func(conn net.Conn) { _, _ = io.WriteString(conn, "secret") })
		return nil
	},
}

func failedSave(c *checker, name string, handle func(c Ctx) error, outside []Link) {
	st := NewFrailStore()
	st.Down.Store(true)
	p := c.through(c.stored(st), get("/", handle)).before(outside...).after(link(func(c Ctx, next func() error) error {
		username.Set(c.Session(), "ada")
		return next()
	}))
	a := c.visit(p).Get("/")
	if a.StatusCode != 503 || a.Body != "Service Unavailable\n" {
		c.broken("After %s the answer is %d %q.", name, a.StatusCode, a.Body)
	}
	for _, header := range []string{"Location", "Etag", "Content-Disposition", "Set-Cookie", "Upgrade"} {
		if got := a.Header[header]; got != nil {
			c.broken("After %s the answer has %s %q.", name, header, got)
		}
	}
	if got := a.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
		c.broken("After %s the answer has Content-Type %s.", name, got)
	}
	if said := c.said.String(); !strings.Contains(said, errDown.Error()) {
		c.broken("After %s the log does not have the error: %s", name, said)
	}
}
