package debug

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/inspect"
)

// What is remembered is bounded, whoever asks: some 16 KiB a browser, and
// 256 KiB in all.
const (
	maxBrowsers = 16
	maxRequests = 20 // of each browser
	maxChanges  = 12 // of each request
	maxNoted    = 64 // bytes of a change, and twice that of a path
	forgetAfter = time.Hour
)

// browsers are those that opened the page not long ago, told apart by a random
// id in a cookie that the page alone sets.
type browsers struct {
	name atomic.Pointer[string] // of the cookie; nil until the page is opened

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
// Of a request it keeps the method, the path without the query, the status that
// next answered with, how long that took, and the names of the changes and
// their keys, but no value. To know these it reads the session of each such
// request once next has returned.
func (i *Inspector) Record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := i.browser.name.Load()
		if name == nil || !i.browser.knows(r, *name) {
			next.ServeHTTP(w, r)
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
			i.browser.note(r, *name, q)
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

// idCookie is the name of the cookie that tells browsers apart: one for each
// session cookie, so that the pages of two managers do not disturb each other.
// It is as Secure as the session's, so that it is kept wherever that is.
func idCookie(found inspect.Inspection) string {
	name := strings.TrimPrefix(strings.TrimPrefix(found.Cookie, "__Host-"), "__Secure-")
	if secureCookie(found) {
		return "__Host-wafer-inspector-" + name
	}
	return "wafer-inspector-" + name
}

func (b *browsers) knows(r *http.Request, name string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.find(r, name) != nil
}

// open returns what is remembered of the browser that asks for the page, a
// copy, newest first, and nil if it is not known.
func (b *browsers) open(r *http.Request, name string) []request {
	b.mu.Lock()
	defer b.mu.Unlock()
	known := b.find(r, name)
	if known == nil {
		return nil
	}
	known.opened = time.Now()
	last := make([]request, len(known.last))
	copy(last, known.last)
	slices.Reverse(last)
	return last
}

// find returns the browser that a request comes from, or nil. An id that was
// not made here is never adopted. The caller holds the lock.
func (b *browsers) find(r *http.Request, name string) *browser {
	for _, cookie := range r.CookiesNamed(name) {
		known, ok := b.byID[cookie.Value]
		if !ok {
			continue
		}
		if time.Since(known.opened) > forgetAfter {
			delete(b.byID, cookie.Value)
			return nil
		}
		return known
	}
	return nil
}

// add makes room for a browser, and returns its cookie.
func (b *browsers) add(name string) *http.Cookie {
	id := rand.Text() + rand.Text() // 260 bits
	b.name.Store(&name)
	b.mu.Lock()
	defer b.mu.Unlock()
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
	return &http.Cookie{ // #nosec G124 -- it has to work over plain HTTP to this machine, and names a list of requests only
		Name: name, Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: strings.HasPrefix(name, "__Host-"),
	}
}

// note remembers a request, and forgets the browser's oldest if there are too
// many.
func (b *browsers) note(r *http.Request, name string, q request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	known := b.find(r, name)
	if known == nil {
		return
	}
	if len(known.last) == maxRequests {
		known.last = slices.Delete(known.last, 0, 1)
	}
	known.last = append(known.last, q)
}
