package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

type contextKey struct{}

var chainRules = []rule{
	{name: "Group", says: "a group can have sessions alone, and From panics elsewhere and names the request", run: func(c *checker) {
		within := []Link{{Sessions: c.signed()}}
		said := ""
		v := c.visit(Program{Logger: c.logger(), Routes: []Route{
			{Method: "GET", Path: "/account/set", Links: within, Handle: set},
			{Method: "GET", Path: "/account/deep/who", Links: within, Handle: who},
			get("/outside", func(c Ctx) error {
				defer func() { said = fmt.Sprint(recover()) }()
				c.Session()
				return nil
			}),
		}})
		v.Get("/account/set?name=ada")
		v.Want("/account/deep/who", "ada")
		v.Get("/outside")
		if !strings.Contains(said, "no session for GET /outside") || !strings.Contains(said, ".Middleware(sessions)") {
			c.broken("From says: %s", said)
		}
	}},
	{name: "UnknownAddress", says: "the pages for 404 and 405 have the session", run: func(c *checker) {
		p := c.through(c.signed(), get("/flash", flash)).after(link(func(c Ctx, next func() error) error {
			count.Update(c.Session(), func(n int) int { return n + 1 })
			return next()
		}))
		p.ErrorPage = errorPage
		v := c.visit(p)
		v.Get("/flash?text=Hi")
		a := v.Get("/nowhere")
		if a.SetsCookies(1); !strings.HasPrefix(a.Body, "Hi|") {
			c.broken("The page is %q. It should show the message.", a.Body)
		}
		if a := v.Get("/nowhere"); !strings.HasPrefix(a.Body, "|") {
			c.broken("The page shows the message again: %q", a.Body)
		}
		if a = v.Do("POST", "/flash"); a.StatusCode < 400 {
			c.broken("The answer to POST is %d.", a.StatusCode)
		}
		a.SetsCookies(1)
	}},
	{name: "TwiceIsOnce", says: "two middlewares of one manager in one chain act as one", run: func(c *checker) {
		m := c.signed()
		var outer, inner *session.Session
		asked := 0
		p := c.through(m, get("/who", who), Route{Method: "GET", Path: "/", Links: []Link{{Sessions: m}}, Handle: func(c Ctx) error {
			inner = c.Session()
			username.Set(inner, "ada")
			return errors.New("down")
		}}).after(link(func(c Ctx, next func() error) error {
			outer = c.Session()
			return next()
		}))
		p.ErrorPage = func(c Ctx, err error) error {
			asked++
			return errorPage(c, err)
		}
		v := c.visit(p)
		a := v.Get("/")
		a.Is(418, "|down")
		a.SetsCookies(1)
		if got := strings.Join(a.Header["Vary"], ", "); got != "Cookie" {
			c.broken("Vary is %q. It should be Cookie.", got)
		}
		if outer != inner {
			c.broken("The inner middleware made a session of its own.")
		}
		if asked != 1 {
			c.broken("The error page was made %d times.", asked)
		}
		v.Want("/who", "ada")
	}},
	{name: "Compressed", says: "a middleware that compresses pages works on either side of the sessions, and between two of one manager", run: func(c *checker) {
		m := c.signed()
		page := strings.Repeat("page ", 40_000) // more than the buffer
		p := c.through(m, get("/", who), get("/page", func(c Ctx) error {
			username.Set(c.Session(), "ada")
			c.AddHeader("Content-Type", "text/plain")
			return say(c, page)
		}), get("/empty", func(c Ctx) error {
			c.Status(204)
			return nil
		}), get("/fails", func(c Ctx) error {
			username.Set(c.Session(), "ada")
			return errors.New("down")
		}))
		p.ErrorPage = errorPage
		compress := Link{Compress: true}
		for place, p := range map[string]Program{
			"outside": p.before(compress), "inside": p.after(compress), "between": p.after(compress, Link{Sessions: m}),
		} {
			v := c.visit(p)
			a := v.Get("/page")
			if a.SetsCookies(1); a.Body != page || !a.Uncompressed {
				c.broken("With the middleware %s, %d of %d bytes arrive; compressed: %v.", place, len(a.Body), len(page), a.Uncompressed)
			}
			v.Get("/empty").Is(204, "")
			v.Want("/", "ada")
			v = v.Another()
			v.Get("/fails").Is(418, "|down")
			v.Want("/", "ada")
		}
	}},
	{name: "TwoManagers", says: "of two managers, From returns the session of the inner one, Load that of each, and both set their cookies", run: twoManagers},
	{name: "Context", says: "session.FromContext finds the session in the request's context, and in those made of it", run: func(c *checker) {
		p := c.through(c.signed(), get("/", func(c Ctx) error {
			if session.FromContext(c.Context()) != c.Session() {
				return say(c, "another session")
			}
			return say(c, "the session")
		})).after(link(func(c Ctx, next func() error) error {
			c.SetContext(context.WithValue(c.Context(), contextKey{}, "inner"))
			return next()
		}))
		c.visit(p).Want("/", "the session")
	}},
	{name: "CallbackContext", says: "callbacks receive the context that the middlewares before made", run: func(c *checker) {
		seen := make(chan any, 1)
		m := c.manager(session.Signed(secret.New()), &session.Options{OnFlash: func(ctx context.Context, _ session.Message) {
			seen <- ctx.Value(contextKey{})
		}})
		v := c.visit(c.through(m, get("/", flash)).before(link(func(c Ctx, next func() error) error {
			c.SetContext(context.WithValue(c.Context(), contextKey{}, "trace"))
			return next()
		})))
		v.Get("/?text=Hi")
		select {
		case got := <-seen:
			if got != "trace" {
				c.broken("OnFlash received a context with %v.", got)
			}
		default:
			c.broken("OnFlash was not called.")
		}
	}},
	{name: "EndedContext", says: "a session is saved also if the request's context has ended", run: func(c *checker) {
		m := c.stored(patientStore{memstore.New(nil)})
		v := c.visit(c.through(m, get("/who", who), get("/", func(c Ctx) error {
			select {
			case <-c.Context().Done():
				return set(c)
			case <-time.After(2 * time.Second):
				return errors.New("the context has not ended")
			}
		})).before(link(func(c Ctx, next func() error) error {
			if c.Query("name") == "" {
				return next()
			}
			ctx, cancel := context.WithCancel(c.Context())
			cancel()
			c.SetContext(ctx)
			return next()
		})))
		a := v.Get("/?name=ada")
		a.Is(200, "set")
		a.SetsCookies(1)
		v.Want("/who", "ada")
	}},
	{name: "HandlerAround", onHTTP: true, says: "a Manager.Handler of the same manager around the program acts as one with the middleware", run: func(c *checker) {
		m := c.signed()
		var outer, inner *session.Session
		server := c.build(c.T, c.through(m, get("/", who), get("/set", func(c Ctx) error {
			inner = c.Session()
			return set(c)
		}))).(*http.Server)
		program := server.Handler
		server.Handler = m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			outer = session.From(r)
			program.ServeHTTP(w, r)
		}))
		v := c.serve(server, false)
		v.Get("/set?name=ada").SetsCookies(1)
		if inner != outer {
			c.broken("The middleware made a session of its own.")
		}
		v.Want("/", "ada")
	}},
}

func twoManagers(c *checker) {
	shop := c.manager(session.Signed(secret.New()), &session.Options{Cookie: session.Cookie{Name: "__Host-shop"}})
	admin := c.manager(session.Signed(secret.New()), &session.Options{Cookie: session.Cookie{Name: "__Host-admin"}})
	both := func(c Ctx) (outer, inner *session.Session, err error) {
		r, err := http.NewRequestWithContext(c.Context(), "GET", "/", nil)
		if err != nil {
			return nil, nil, err
		}
		outer, err = shop.Load(r)
		return outer, c.Session(), err
	}
	p := Program{Logger: c.logger(), Links: []Link{{Sessions: shop}, link(func(c Ctx, next func() error) error {
		count.Update(c.Session(), func(n int) int { return n + 1 })
		return next()
	}), {Sessions: admin}}, Routes: []Route{
		get("/fails", func(c Ctx) error {
			outer, inner, err := both(c)
			if err != nil {
				return err
			}
			username.Set(outer, "outer")
			username.Set(inner, "inner")
			return errors.New("down")
		}),
		get("/", func(c Ctx) error {
			outer, inner, err := both(c)
			if err != nil {
				return err
			}
			n, _ := count.Get(outer)
			return say(c, fmt.Sprint(outer.Value("username"), " ", inner.Value("username"), " ", n))
		}),
	}, ErrorPage: func(c Ctx, err error) error {
		c.Status(418)
		return say(c, err.Error())
	}}
	v := c.visit(p)
	a := v.Get("/fails")
	a.Is(418, "down")
	a.SetsCookies(2)
	if got := strings.Count(strings.Join(a.Header["Vary"], ", "), "Cookie"); got != 1 {
		c.broken("Vary is %q.", a.Header["Vary"])
	}
	v.Want("/", "outer inner 2")
}
