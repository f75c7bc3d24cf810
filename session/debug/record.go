package debug

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wafer-go/wafer/session"
)

// What is remembered is bounded, whoever asks: some 16 KiB a browser, and 256 KiB in all.
const (
	maxBrowsers = 16
	maxRequests = 20 // of each browser
	maxChanges  = 12 // of each request
	maxNoted    = 64 // bytes of a change, and twice that of a path
	forgetAfter = time.Hour
)

// browsers are those that opened the page not long ago, told apart by the id in their cookie.
type browsers struct {
	opened atomic.Bool // the page, by any

	mu   sync.Mutex
	byID map[string]*browser
}

type browser struct {
	opened time.Time // the page, the last time
	last   []request // oldest first
}

// request is what is remembered of a request.
type request struct {
	At           time.Time
	Method, Path string
	Status       int
	Duration     time.Duration
	Panicked     bool
	Changes      []string
	Dropped      int // changes that are not in Changes
	Problems     []warning
	Outside      bool // Record is not within the manager's Handler
}

// Record returns a handler that calls next, and remembers what the last 20 requests of a browser
// did to its session, if that browser has opened the page within the hour. It belongs within the
// manager's Handler:
//
//	sessions.Handler(inspector.Record(mux))
//
// For each request it keeps the method, the path without the query, the status that next answered
// with, how long that took, and the names of the changes and their keys, but no value. To know
// these it reads the session of each such request once next has returned.
//
// If a sign-in or another request begins a session, and the browser does not send the cookie back
// with the next page, Record answers that page's request, once, with a page that says so, and why.
// It does this for every browser: use Record while you develop, and not in production.
func (i *Inspector) Record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if lost, ok := i.begun.find(r, i.returned(r)); ok {
			i.explain(w, r, lost)
			return
		}
		id := i.known(r)
		if id == "" {
			i.watch(w, r, next)
			return
		}
		answer := &answer{ResponseWriter: w}
		note := &note{}
		noted := r.WithContext(context.WithValue(r.Context(), noteKey{}, note))
		q := request{At: time.Now(), Method: cut(r.Method, maxNoted), Path: cut(r.URL.Path, 2*maxNoted), Panicked: true}
		defer func() {
			if note.leaveOut {
				return
			}
			q.Duration, q.Status = time.Since(q.At), answer.statusCode()
			i.describe(&q, r)
			i.browser.note(id, q)
			i.noteBegun(r, q.Status)
		}()
		next.ServeHTTP(answer.withInterfaces(), noted)
		q.Panicked = false
	})
}

// note goes with a request: with it the page says that the request is the page's own.
type note struct{ leaveOut bool }

type noteKey struct{}

func leaveOut(r *http.Request) {
	if n, ok := r.Context().Value(noteKey{}).(*note); ok {
		n.leaveOut = true
	}
}

// describe says what a request has done to its session.
func (i *Inspector) describe(q *request, r *http.Request) {
	found := i.m.Inspect(r)
	if found.Failure != nil {
		q.problem(plain(found.Failure), session.ReasonHeading(found.Failure))
		return
	}
	first, _ := i.m.Load(r)
	again, _ := i.m.Load(r)
	q.Outside = first != again // each Load makes one of its own if no Handler did
	for _, change := range found.Changes[:min(maxChanges, len(found.Changes))] {
		q.Changes = append(q.Changes, cut(change, maxNoted))
	}
	q.Dropped = len(found.Changes) - len(q.Changes)
	for _, v := range found.Values {
		if v.Err != nil {
			q.problem("the value of "+cut(v.Key, maxNoted)+" cannot be kept: "+unkept(v, false), partValue)
			break
		}
	}
	if len(found.Late) > 0 {
		text := cut(found.Late[0], maxNoted)
		if more := len(found.Late) - 1; more > 0 {
			text += " and " + plural(more, "more change")
		}
		q.problem(text+" came after the response header was sent, and is lost", partLate)
	}
	if q.Panicked && len(found.Changes) > len(found.Late) {
		q.problem("the changes are dropped, unless the header was sent with them", partPanic)
	}
}

// problem notes what became of the session, and the part of the guide about it.
func (q *request) problem(text, part string) {
	q.Problems = append(q.Problems, warning{cut(text, maxError), linkTo(part), part})
}

// browserID returns the id in the cookie of a browser that may open the page, or nothing. An id
// that was not made here is never adopted.
func (i *Inspector) browserID(r *http.Request) string {
	for _, prefix := range []string{"", hostPrefix} {
		for _, cookie := range r.CookiesNamed(prefix + cookiePrefix + i.cookie) {
			if id, ok := i.access.verify(cookie.Value); ok {
				return id
			}
		}
	}
	return ""
}

const (
	hostPrefix   = "__Host-"
	cookiePrefix = "wafer-inspector-" // before the name of the session's cookie, so that two managers' pages can be told apart
)

// admit returns a cookie for a browser that may open the page from now on. It is Secure if it can
// be: WebKit keeps no Secure cookie from http://localhost.
func (i *Inspector) admit(r *http.Request) *http.Cookie {
	id, value := i.access.grant()
	i.browser.open(id)
	c := &http.Cookie{ // #nosec G124 -- it has to work over plain HTTP to this machine, and opens this page only
		Name: cookiePrefix + i.cookie, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
	if r.TLS != nil || i.o.InsecureAllowRemote && i.secure {
		c.Name, c.Secure = hostPrefix+c.Name, true
	}
	return c
}

// known returns the id of a browser whose requests are recorded, or nothing.
func (i *Inspector) known(r *http.Request) string {
	if !i.browser.opened.Load() {
		return ""
	}
	id := i.browserID(r)
	if id == "" || !i.browser.knows(id) {
		return ""
	}
	return id
}

func (b *browsers) knows(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.find(id) != nil
}

// open returns what is remembered of the browser that asks for the page, a copy, newest first, and
// nil if it was not known: from now on it is.
func (b *browsers) open(id string) []request {
	b.opened.Store(true)
	b.mu.Lock()
	defer b.mu.Unlock()
	known := b.find(id)
	if known == nil {
		b.add(id)
		return nil
	}
	known.opened = time.Now()
	last := make([]request, len(known.last))
	copy(last, known.last)
	slices.Reverse(last)
	return last
}

// find returns a browser, or nil. The caller holds the lock.
func (b *browsers) find(id string) *browser {
	known, ok := b.byID[id]
	if ok && time.Since(known.opened) > forgetAfter {
		delete(b.byID, id)
		return nil
	}
	return known
}

// add makes room for a browser. The caller holds the lock.
func (b *browsers) add(id string) {
	if b.byID == nil {
		b.byID = map[string]*browser{}
	}
	if len(b.byID) >= maxBrowsers {
		oldest := ""
		for id, known := range b.byID {
			if oldest == "" || known.opened.Before(b.byID[oldest].opened) {
				oldest = id
			}
		}
		delete(b.byID, oldest)
	}
	b.byID[id] = &browser{opened: time.Now()}
}

// note remembers a request, and forgets the browser's oldest if there are too many.
func (b *browsers) note(id string, q request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	known := b.find(id)
	if known == nil {
		return
	}
	if len(known.last) == maxRequests {
		known.last = slices.Delete(known.last, 0, 1)
	}
	known.last = append(known.last, q)
}
