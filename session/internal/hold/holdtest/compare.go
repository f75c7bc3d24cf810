// Package holdtest compares a middleware that buffers responses with no middleware. It has handlers
// that use an http.ResponseWriter in every way that net/http allows, and some that it does not.
package holdtest

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A Handler is one way to answer.
type Handler struct {
	Name  string
	Serve http.HandlerFunc
}

// Compare serves each of [Handlers] through wrap and without it, by each of the requests over
// HTTP/1.0 and HTTP/1.1, and by some over HTTP/2. It fails t if a client could see a difference, or
// if the calls of the handler returned something else. Only the values of Date and the lengths of
// chunks may differ. If names are given, it sends only the requests of these names.
func Compare(t *testing.T, wrap func(http.Handler) http.Handler, names ...string) {
	CompareLess(t, func(string) bool { return false }, wrap, names...)
}

// CompareLess is Compare for a middleware that adds lines of its own: it leaves out of what both
// clients got the lines for which own returns true. With names it sends nothing over HTTP/2.
func CompareLess(t *testing.T, own func(line string) bool, wrap func(http.Handler) http.Handler, names ...string) {
	one, two := newServer(t, false), newServer(t, true)
	t.Run("handlers", func(t *testing.T) { // which the servers wait for
		for _, h := range Handlers() {
			t.Run(h.Name, func(t *testing.T) {
				t.Parallel()
				for _, r := range requests {
					if names == nil || slices.Contains(names, r.name) {
						exchange := func(h http.Handler) string { return one.http1(t, h, r) }
						compare(t, r.name, less(plain(h, r.name, exchange), own), less(exchange(wrap(h.Serve)), own))
					}
				}
				for method, body := range map[string]string{"GET": "", "HEAD": "", "POST": "sent"} {
					if names == nil {
						exchange := func(h http.Handler) string { return two.http2(t, h, method, body) }
						name := method + " by HTTP/2"
						compare(t, name, plain(h, name, exchange), exchange(wrap(h.Serve)))
					}
				}
			})
		}
	})
}

// less returns the lines of a result that are not the middleware's own.
func less(result string, own func(line string) bool) string {
	return strings.Join(slices.DeleteFunc(strings.Split(strings.ReplaceAll(result, "\r\n", "\n"), "\n"), own), "\n")
}

// plains are the results without wrap, which are the same for each.
var plains sync.Map

func plain(h Handler, request string, exchange func(http.Handler) string) string {
	key := h.Name + "\n" + request
	if known, ok := plains.Load(key); ok {
		return known.(string)
	}
	result := exchange(h.Serve)
	plains.Store(key, result)
	return result
}

// CompareOne serves one handler through wrap and without it, by the request with an index, modulo
// their number.
func CompareOne(t testing.TB, s *Server, h http.HandlerFunc, index int, wrap func(http.Handler) http.Handler) {
	r := requests[index%len(requests)]
	compare(t, r.name, s.http1(t, h, r), s.http1(t, wrap(h), r))
}

// A Server is what CompareOne needs, to be used for many calls.
type Server struct{ *server }

// NewServer starts a server that ends with t.
func NewServer(t testing.TB) *Server { return &Server{newServer(t, false)} }

func compare(t testing.TB, what, plain, wrapped string) {
	t.Helper()
	if plain == wrapped {
		return
	}
	at := 0
	for at < min(len(plain), len(wrapped)) && plain[at] == wrapped[at] {
		at++
	}
	at = max(strings.LastIndex(plain[:at], "\n")-200, 0)
	t.Errorf("%s\nplain:   %s\nwrapped: %s", what, excerpt(plain, at), excerpt(wrapped, at))
}

func excerpt(s string, at int) string {
	end := min(at+700, len(s))
	return strings.ReplaceAll(s[min(at, end):end], "\n", "\n         ")
}
