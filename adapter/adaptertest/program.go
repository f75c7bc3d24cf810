package adaptertest

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"

	"github.com/wafer-go/wafer/session"
)

// A Program is what the suite asks a framework to serve.
type Program struct {
	// Links are the middlewares of the whole program, the outermost first. Requests that no route
	// matches pass them too.
	Links []Link

	// Routes are the program's pages. All other requests are answered by the framework's own page
	// for 404 or 405, or by ErrorPage if the framework makes that page in its error handler.
	Routes []Route

	// ErrorPage answers the error that a handler returned. It is the framework's error handler, set
	// up in the way that the adapter's documentation recommends. If it is nil, the framework's own
	// error handler answers, with status 500.
	ErrorPage func(c Ctx, err error) error

	// Logger receives what the framework logs, if it accepts a logger. It is never nil in a program
	// with routes.
	Logger *slog.Logger
}

// A Link is one middleware. Exactly one of its fields is set.
type Link struct {
	// Sessions asks for the adapter's middleware.
	Sessions *session.Manager

	// Recover asks for the framework's own middleware that turns a panic into an answer of 500.
	Recover bool

	// Compress asks for the framework's own middleware that compresses pages, or for one as its
	// users write it.
	Compress bool

	// Func is a middleware of the program. It calls next, which returns the error of the handlers
	// that follow, if the framework has such errors.
	Func func(c Ctx, next func() error) error
}

// A Route is one page.
type Route struct {
	Method string // a route of GET answers HEAD too
	Path   string // without parameters
	Links  []Link // the middlewares of the route's group, within those of the program
	Handle func(c Ctx) error
}

// A Ctx is what a handler has of its request: the framework's context, in words that all frameworks
// have. Each method is the framework's own, without an improvement.
type Ctx interface {
	// Session returns what the adapter's From returns.
	Session() *session.Session

	Context() context.Context
	SetContext(context.Context) // for the handlers that follow

	Query(name string) string  // a parameter of the address
	Header(name string) string // of the request

	AddHeader(name, value string) // adds a line to the response
	Status(code int)              // comes before the first Write
	io.Writer
	Redirect(code int, to string) error
	File(path string) error

	// HTTP has a handler of net/http answer, by what the framework has for that.
	HTTP(h http.Handler) error

	// EarlyHints sends a response of status 103 with the header Link.
	EarlyHints(link string) error

	// Stream has f write the rest of the body, now or after the handler has returned.
	Stream(f func(w Stream)) error

	// Upgrade answers 101 and gives the connection to f, now or after the handler has returned.
	// An error means that the connection is still the server's.
	Upgrade(f func(conn net.Conn)) error
}

// A Stream is a body that is sent while it is written.
type Stream interface {
	io.Writer
	Flush() error
}

// A Server serves one program. [http.Server] is a Server.
type Server interface {
	Serve(net.Listener) error // until Close
	Close() error
}
