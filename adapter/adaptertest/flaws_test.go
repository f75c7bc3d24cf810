package adaptertest_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/wafer-go/wafer/session"
)

// A flaw is one thing that an adapter does wrong.
type flaw struct {
	name   string
	breaks string // the rules that must fail, by the names of their subtests
	adapter
}

// around returns the adapter whose manager writes to another writer.
func around(outer func(w http.ResponseWriter) http.ResponseWriter) adapter {
	return adapter{from: from, middleware: func(f *framework, m *session.Manager) middleware {
		return wrapped(f, m, outer, nil)
	}}
}

// within returns the adapter whose handlers write to another writer.
func within(inner func(w http.ResponseWriter) http.ResponseWriter) adapter {
	same := func(w http.ResponseWriter) http.ResponseWriter { return w }
	return adapter{from: from, middleware: func(f *framework, m *session.Manager) middleware {
		return wrapped(f, m, same, inner)
	}}
}

// adapting returns the adapter that does something with the correct middleware and the handlers.
func adapting(do func(c *ctx, correct middleware, next handler) error) adapter {
	return adapter{from: from, middleware: func(f *framework, m *session.Manager) middleware {
		return func(next handler) handler {
			return func(c *ctx) error { return do(c, sessions(f, m), next) }
		}
	}}
}

// beside returns the adapter that does something around the correct middleware.
func beside(do func(c *ctx, correct handler) error) adapter {
	return adapting(func(c *ctx, correct middleware, next handler) error { return do(c, correct(next)) })
}

// inside returns the adapter that does something between the manager and the handlers.
func inside(do func(c *ctx, next handler) error) adapter {
	return adapting(func(c *ctx, correct middleware, next handler) error {
		return correct(func(c *ctx) error { return do(c, next) })(c)
	})
}

// writer is a writer of which some methods are others.
type writer struct {
	http.ResponseWriter
	header func(status int, w http.ResponseWriter)
	write  func(b []byte, w http.ResponseWriter) (int, error)
	sent   *bool
}

func (w writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w writer) WriteHeader(status int) {
	if w.header == nil {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	if status >= 200 {
		*w.sent = true
	}
	w.header(status, w.ResponseWriter)
}

func (w writer) Write(b []byte) (int, error) {
	if w.header != nil && !*w.sent {
		w.WriteHeader(http.StatusOK)
	}
	if w.write != nil {
		return w.write(b, w.ResponseWriter)
	}
	return w.ResponseWriter.Write(b)
}

// header returns a writer that does something before the header is sent.
func header(do func(status int, h http.Header) int) func(w http.ResponseWriter) http.ResponseWriter {
	return func(w http.ResponseWriter) http.ResponseWriter {
		return writer{ResponseWriter: w, sent: new(bool), header: func(status int, w http.ResponseWriter) {
			w.WriteHeader(do(status, w.Header()))
		}}
	}
}

// unflushable hides Flush, and unhijackable Hijack.
type (
	unflushable  struct{ http.ResponseWriter }
	unhijackable struct{ http.ResponseWriter }
	rash         struct {
		unhijackable
		outer http.ResponseWriter
	}
)

func (w unhijackable) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// The upgrades of rash go past the manager.
func (w rash) WriteHeader(status int) {
	if status == http.StatusSwitchingProtocols {
		w.outer.WriteHeader(status)
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w rash) Hijack() (c net.Conn, rw *bufio.ReadWriter, err error) {
	return w.outer.(http.Hijacker).Hijack()
}

// dropped is a response that counts as sent and is not.
func dropped(w http.ResponseWriter) http.ResponseWriter {
	return writer{
		ResponseWriter: w, sent: new(bool), header: func(int, http.ResponseWriter) {},
		write: func(b []byte, _ http.ResponseWriter) (int, error) { return len(b), nil },
	}
}

var flaws = []flaw{
	{name: "ForgetsToSave", breaks: "ChangeIsKept FlashAcrossRedirect Bound", adapter: around(header(func(status int, h http.Header) int {
		h.Del("Set-Cookie")
		return status
	}))},
	{name: "FlushesEachWrite", breaks: "CookieOnce FlashInMidPage", adapter: within(func(w http.ResponseWriter) http.ResponseWriter {
		return writer{ResponseWriter: w, write: func(b []byte, w http.ResponseWriter) (int, error) {
			n, err := w.Write(b)
			_ = http.NewResponseController(w).Flush()
			return n, err
		}}
	})},
	{name: "ReadsEachSession", breaks: "Untouched", adapter: inside(func(c *ctx, next handler) error {
		session.From(c.r).Len()
		return next(c)
	})},
	{name: "ReplacesVary", breaks: "ResponseHeader", adapter: around(header(func(status int, h http.Header) int {
		if len(h["Vary"]) > 1 {
			h["Vary"] = h["Vary"][:1]
		}
		return status
	}))},
	{name: "HidesTheEncoding", breaks: "Compressed", adapter: around(header(func(status int, h http.Header) int {
		h.Del("Content-Encoding")
		return status
	}))},
	{name: "KeepsOneCookieLine", breaks: "TwoManagers ResponseHeader", adapter: around(header(func(status int, h http.Header) int {
		if lines := h["Set-Cookie"]; len(lines) > 1 {
			h["Set-Cookie"] = lines[len(lines)-1:]
		}
		return status
	}))},
	{name: "PassesHeadBy", breaks: "Head", adapter: beside(func(c *ctx, correct handler) error {
		if c.r.Method != "HEAD" {
			return correct(c)
		}
		w := c.w
		defer func() { c.w = w }()
		c.w = writer{ResponseWriter: w, write: func(b []byte, _ http.ResponseWriter) (int, error) { return len(b), nil }}
		return correct(c)
	})},
	{name: "GetsInPlaceOfHead", breaks: "FlashAndHead Request", adapter: beside(func(c *ctx, correct handler) error {
		r := c.r.Clone(c.r.Context())
		r.Method = "GET"
		c.r = r
		return correct(c)
	})},
	{name: "CutsLargeBodies", breaks: "LargeBody FailedFlush", adapter: within(func(w http.ResponseWriter) http.ResponseWriter {
		return writer{ResponseWriter: w, write: func(b []byte, w http.ResponseWriter) (int, error) {
			_, _ = w.Write(b[:min(len(b), 100_000)])
			return len(b), nil
		}}
	})},
	{name: "SendsFilesItself", breaks: "File", adapter: inside(func(c *ctx, next handler) error {
		if c.Query("file") != "" {
			before := c.w
			defer func() { c.w = before }()
			c.w = c.first
		}
		return next(c)
	})},
	{name: "RedirectsItself", breaks: "FlashAcrossRedirect FailedSave", adapter: inside(func(c *ctx, next handler) error {
		c.redirects = c.first
		return next(c)
	})},
	{name: "SharesTheLatestSession", breaks: "VisitorsApart", adapter: sharing()},
	{name: "ReusesRequests", breaks: "SessionOutlivesHandler BoundAround", adapter: beside(func(c *ctx, correct handler) error {
		defer func(h http.Header) {
			if lines := h["Cookie"]; len(lines) > 0 {
				lines[0] = "" // as the next visitor's request would
			}
		}(c.r.Header)
		return correct(c)
	})},
	{name: "LoadsForEachCall", breaks: "Goroutines", adapter: adapter{middleware: sessions, from: func(c *ctx) *session.Session {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.asked++; c.asked == 1 {
			return from(c)
		}
		return alone(c)
	}}},
	{name: "KnowsNoGroup", breaks: "Group", adapter: adapter{middleware: sessions, from: func(c *ctx) *session.Session {
		if _, ok := session.Lookup(c.r.Context()); !ok {
			panic("nil pointer")
		}
		return from(c)
	}}},
	{name: "ServesRoutesAlone", breaks: "UnknownAddress", adapter: adapter{middleware: sessions, from: from, knownOnly: true}},
	{name: "MakesItsOwnContext", breaks: "CallbackContext EndedContext TwiceIsOnce TwoManagers HandlerAround", adapter: beside(func(c *ctx, correct handler) error {
		c.r = c.r.WithContext(context.Background())
		return correct(c)
	})},
	{name: "LeavesTheOldContext", breaks: "Context TwoManagers", adapter: detached()},
	{name: "GivesUpEndedContexts", breaks: "EndedContext VisitorGone", adapter: inside(func(c *ctx, next handler) error {
		err := next(c)
		if c.r.Context().Err() != nil {
			panic(http.ErrAbortHandler)
		}
		return err
	})},
	{name: "AnswersErrorsOutside", breaks: "ErrorPage UnknownAddress FailedSave", adapter: outside()},
	{name: "SaysAllIsWell", breaks: "FailedSave FailedLoad ErrorHandler", adapter: around(header(func(status int, _ http.Header) int {
		if status == http.StatusServiceUnavailable {
			return http.StatusOK
		}
		return status
	}))},
	{name: "SendsOneWrite", breaks: "ErrorHandler", adapter: around(func(w http.ResponseWriter) http.ResponseWriter {
		sent := false
		return writer{ResponseWriter: w, write: func(b []byte, w http.ResponseWriter) (int, error) {
			if sent {
				return len(b), nil
			}
			sent = true
			return w.Write(b)
		}}
	})},
	{name: "RecoversByItself", breaks: "RecoveredOutside RecoveredOutsideCanRead", adapter: inside(func(c *ctx, next handler) (err error) {
		defer func() {
			if recover() != nil {
				err = io.ErrUnexpectedEOF
			}
		}()
		return next(c)
	})},
	{name: "KeepsTheResponseAfterPanics", breaks: "RecoveredOutside RecoveredOutsideCanRead SavedID", adapter: beside(func(c *ctx, correct handler) error {
		panicked := true
		defer func() {
			if panicked {
				c.w = dropped(c.w)
			}
		}()
		err := correct(c)
		panicked = false
		return err
	})},
	{name: "PanicsWithErrors", breaks: "RecoveredInside ErrorKeepsChanges ErrorPage", adapter: inside(func(c *ctx, next handler) error {
		if err := next(c); err != nil {
			panic(err)
		}
		return nil
	})},
	{name: "StripsErrorPages", breaks: "SavedID ErrorKeepsChanges RecoveredInside", adapter: around(header(func(status int, h http.Header) int {
		if status == http.StatusInternalServerError {
			h.Del("Set-Cookie")
		}
		return status
	}))},
	{name: "ForgetsTheAddress", breaks: "Request", adapter: beside(func(c *ctx, correct handler) error {
		c.r.RemoteAddr = ""
		return correct(c)
	})},
	{name: "NamesNamelessCookies", breaks: "Cookies", adapter: beside(func(c *ctx, correct handler) error {
		for i, line := range c.r.Header["Cookie"] {
			c.r.Header["Cookie"][i] = strings.TrimSpace(strings.ReplaceAll(" "+line, " =", " "))
		}
		return correct(c)
	})},
	{name: "HoldsStreams", breaks: "FirstEvent FirstEventHTTP2", adapter: within(func(w http.ResponseWriter) http.ResponseWriter { return unflushable{w} })},
	{name: "ForgetsStreams", breaks: "LateChange LateChangeInStore LateChangeLost SaveInStream UpgradeInStore", adapter: adapter{middleware: sessions, from: func(c *ctx) *session.Session {
		if c.r.URL.Path != "/stream" && c.r.URL.Path != "/ws" {
			return from(c)
		}
		username.Set(from(c), "ada")
		return alone(c)
	}}},
	{name: "EndsWithEarlyHints", breaks: "EarlyHints", adapter: around(func(w http.ResponseWriter) http.ResponseWriter {
		sent := false
		return writer{ResponseWriter: w, sent: new(bool), header: func(status int, w http.ResponseWriter) {
			if !sent {
				w.WriteHeader(status)
			}
			sent = true
		}}
	})},
	{name: "HidesHijack", breaks: "Upgrade UpgradeInStore", adapter: within(func(w http.ResponseWriter) http.ResponseWriter { return unhijackable{w} })},
	{name: "UpgradesPastTheManager", breaks: "Upgrade FailedSave UpgradeHTTP2", adapter: inside(func(c *ctx, next handler) error {
		c.w = rash{unhijackable{c.w}, c.first}
		return next(c)
	})},
}

const username = session.Field[string]("username")

// alone returns a session of the request that no response will save.
func alone(c *ctx) *session.Session {
	s, err := c.manager.Load(c.r.WithContext(context.Background()))
	if err != nil {
		panic(err)
	}
	return s
}

// sharing returns the adapter whose From returns the session of the latest request.
func sharing() adapter {
	var mu sync.Mutex
	var latest *session.Session
	a := inside(func(c *ctx, next handler) error {
		mu.Lock()
		latest = session.From(c.r)
		mu.Unlock()
		time.Sleep(time.Millisecond)
		return next(c)
	})
	a.from = func(c *ctx) *session.Session {
		mu.Lock()
		defer mu.Unlock()
		return latest
	}
	return a
}

// detached returns the adapter whose From works, and whose context has no session.
func detached() adapter {
	a := adapting(func(c *ctx, correct middleware, next handler) error {
		before := c.r
		return correct(func(c *ctx) error {
			c.own, c.r = session.From(c.r), before
			return next(c)
		})(c)
	})
	a.from = func(c *ctx) *session.Session { return c.own }
	return a
}

// outside returns the adapter that leaves errors to the framework.
func outside() adapter {
	return adapting(func(c *ctx, correct middleware, next handler) (err error) {
		_ = correct(func(c *ctx) error {
			err = next(c)
			return nil
		})(c)
		return err
	})
}
