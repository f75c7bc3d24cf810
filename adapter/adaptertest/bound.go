package adaptertest

import (
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/internal/guard/guardtest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

var boundRules = []rule{
	{name: "Bound", says: "a dbsc.Guard binds the sessions of the routes, if its endpoints are routes without sessions", run: func(c *checker) {
		c.binds(func(m *session.Manager, g *dbsc.Guard) Server {
			endpoint := func(c Ctx) error { return c.HTTP(g.Handler(http.NotFoundHandler())) }
			return c.build(c.T, c.signing(m,
				Route{Method: "POST", Path: "/dbsc/register", Handle: endpoint},
				Route{Method: "POST", Path: "/dbsc/refresh", Handle: endpoint}))
		})
	}},
	{name: "BoundAround", onHTTP: true, says: "a dbsc.Guard around the program binds its sessions", run: func(c *checker) {
		c.binds(func(m *session.Manager, g *dbsc.Guard) Server {
			server := c.build(c.T, c.signing(m)).(*http.Server)
			server.Handler = g.Handler(server.Handler)
			return server
		})
	}},
}

// signing returns a program whose visitors sign in and out, with more routes that have no sessions.
func (c *checker) signing(m *session.Manager, more ...Route) Program {
	within := []Link{{Sessions: m}}
	return Program{Logger: c.logger(), Routes: append(more,
		Route{Method: "POST", Path: "/login", Links: within, Handle: func(c Ctx) error {
			c.Session().SignIn("ada")
			return say(c, "")
		}},
		Route{Method: "POST", Path: "/logout", Links: within, Handle: func(c Ctx) error {
			c.Session().SignOut()
			return say(c, "")
		}},
		Route{Method: "GET", Path: "/who", Links: within, Handle: func(c Ctx) error {
			return say(c, c.Session().Owner())
		}},
	)}
}

// binds checks what open returns with each kind of backend.
func (c *checker) binds(open func(m *session.Manager, g *dbsc.Guard) Server) {
	c.Helper()
	for _, backend := range []session.Backend{session.Stored(memstore.New(nil)), session.Signed(secret.New())} {
		guardtest.Check(ruled{c}, backend, func(m *session.Manager, g *dbsc.Guard) http.Handler {
			v := c.serve(open(m, g), false)
			program, err := url.Parse(v.URL)
			if err != nil {
				c.Fatal(err)
			}
			return &httputil.ReverseProxy{Transport: v.Client.Transport, Rewrite: func(r *httputil.ProxyRequest) {
				r.SetURL(program)
				r.Out.Host = r.In.Host
			}}
		})
	}
}

// ruled is a test whose failures name the rule that is broken.
type ruled struct{ *checker }

func (r ruled) Errorf(format string, args ...any) {
	r.Helper()
	r.wrong(format, args...)
}

func (r ruled) Fatal(args ...any) {
	r.Helper()
	r.broken("%s", fmt.Sprint(args...))
}
