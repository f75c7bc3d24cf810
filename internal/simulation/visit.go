package simulation

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/wafer-go/wafer/session"
)

// What visitors do. The first is what a shrunk run has most.
type action int

const (
	look       action = iota // reads
	add                      // changes a value
	login                    // signs in, and changes a value
	page                     // shows the messages
	flash                    // leaves a message
	renew                    // renews the ID, and changes a value
	logout                   // signs out
	prefetch                 // a page that may never be opened
	saveEarly                // changes a value, saves at once, and changes it again
	everywhere               // signs the user out everywhere
	actions
)

func (a action) String() string {
	return [...]string{"look", "add", "login", "page", "flash", "renew", "logout", "prefetch", "save early", "sign out everywhere"}[a]
}

// changes reports whether the action writes to a session that is there.
func (a action) changes() bool { return a != look && a != prefetch }

// edits reports whether the action leaves something in the session.
func (a action) edits() bool {
	return a == add || a == login || a == flash || a == renew || a == saveEarly
}

// renews reports whether the action gives the session another ID, or ends it.
func (a action) renews() bool { return a == login || a == renew || a == logout || a == everywhere }

const (
	sid    = session.Field[string]("sid") // names a session by the request that began it
	edits  = session.Field[[]string]("edits")
	cookie = "__Host-session"
)

// A visit is one request, from the click to the answer.
type visit struct {
	number  int
	browser *browser // nil for an operator
	server  *server
	phase   int // of the server when it began
	act     action
	owner   string // the user who signs in, or is signed out
	cookie  string
	node    *node    // what the cookie named in the model
	expects []string // the edits that it should see
	started int      // the step
	cancel  context.CancelFunc

	// These are under the network's lock.
	calls    int  // to engines, so far
	waiting  int  // for the answers of how many
	crashed  bool // its server is gone
	finished bool

	// These are the handler's until the visit is finished.
	seen     seen
	shown    []string // the messages on the page
	failed   error    // of SignOutEverywhere
	panicked any
	dropped  bool             // it reported that messages were dropped
	versions map[version]bool // that it has loaded or saved
	given    int              // how many times it went on from what another visit has saved, without loading it
	answer   recorder

	answered int // the step in which the server had finished, 0 before
	closed   int // the step in which the browser waits for it no more, 0 before
	aborted  bool
	saved    bool // an engine has executed a save of it
}

func (v *visit) changes() bool { return v.act.changes() }

// seen is what a session held when it was looked at.
type seen struct {
	sid, owner string
	edits      []string
}

func seenIn(s *session.Session) seen {
	return seen{sid: sid.GetOr(s, ""), owner: s.Owner(), edits: edits.GetOr(s, nil)}
}

func (v *visit) String() string {
	who := "operator"
	if v.browser != nil {
		who = v.browser.String()
	}
	return fmt.Sprintf("visit %d (%s, %s, server %d)", v.number, who, v.act, v.server.number)
}

// tag is the edit that the visit makes.
func (v *visit) tag() string { return fmt.Sprintf("%sv%d", v.browser, v.number) }

// run serves the visit, in a goroutine of its own.
func (v *visit) run(ctx context.Context, n *network) {
	defer func() {
		v.panicked = recover()
		n.mu.Lock()
		v.finished = true
		n.mu.Unlock()
	}()
	ctx = context.WithValue(ctx, visitKey{}, v)
	if v.browser == nil {
		_, v.failed = v.server.sessions.SignOutEverywhere(ctx, v.owner)
		return
	}
	r := (&http.Request{
		Method: http.MethodPost, URL: &url.URL{Path: "/"}, Host: "example.com", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{},
	}).WithContext(ctx)
	if v.cookie != "" {
		r.Header.Set("Cookie", cookie+"="+v.cookie)
	}
	if v.act == look || v.act == page || v.act == prefetch {
		r.Method = http.MethodGet
	}
	if v.act == prefetch {
		r.Header.Set("Sec-Purpose", "prefetch")
	}
	v.answer.h = http.Header{}
	v.server.sessions.Handler(http.HandlerFunc(v.serve)).ServeHTTP(&v.answer, r)
}

// serve is the program whose sessions these are.
func (v *visit) serve(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	v.seen = seenIn(s)
	switch v.act {
	case add:
		v.edit(s, v.tag())
	case login:
		s.SignIn(v.owner)
		v.edit(s, v.tag())
	case page, prefetch:
		for _, m := range s.Flashes() {
			v.shown = append(v.shown, m.Text)
		}
	case flash:
		v.begin(s)
		s.Flash(v.tag())
	case renew:
		s.Renew()
		v.edit(s, v.tag())
	case logout:
		s.SignOut()
	case saveEarly:
		v.edit(s, v.tag())
		_ = s.Save(r.Context()) // the handler goes on, and the response fails if it must
		v.edit(s, v.tag()+"b")
	case everywhere:
		if v.owner = v.seen.owner; v.owner != "" {
			_, v.failed = v.server.sessions.SignOutEverywhere(r.Context(), v.owner)
		}
		if v.failed != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
	case look, actions:
	}
	w.WriteHeader(http.StatusOK)
}

func (v *visit) edit(s *session.Session, tag string) {
	v.begin(s)
	edits.Update(s, func(made []string) []string { return append(slices.Clone(made), tag) })
}

// begin names the session, if it is new.
func (v *visit) begin(s *session.Session) {
	if !s.Has(string(sid)) {
		sid.Set(s, v.tag())
	}
}

// A recorder is the response as the server sent it.
type recorder struct {
	h      http.Header
	sent   http.Header
	status int
}

// Header returns the header that is not sent yet.
func (a *recorder) Header() http.Header { return a.h }

// WriteHeader sends the header.
func (a *recorder) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status, a.sent = status, a.h.Clone()
	}
}

// Write sends the header, and drops the body.
func (a *recorder) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return len(p), nil
}

// String is for traces.
func (a *recorder) String() string {
	switch value, set := a.cookie(); {
	case set && value == "":
		return fmt.Sprintf("%d, and the cookie's deletion", a.status)
	case set:
		return fmt.Sprintf("%d, and a cookie of %d bytes", a.status, len(value))
	}
	return fmt.Sprint(a.status)
}

// cookie returns what the response makes of the session's cookie: another value, or none, if it
// says anything.
func (a *recorder) cookie() (value string, set bool) {
	for _, line := range a.sent.Values("Set-Cookie") {
		c, err := http.ParseSetCookie(line)
		if err == nil && c.Name == cookie {
			if c.MaxAge < 0 {
				return "", true
			}
			value, set = c.Value, true
		}
	}
	return value, set
}
