package session_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
)

// An endedKind is a backend of the matrix.
type endedKind struct {
	name    string
	records bool // it keeps the session of a user in a record
	retires bool // it notices, when a session moves away, that it has ended
	marks   bool // it keeps a mark of what has ended
	open    func(p *endedPlaces) driver.Backend
}

// endedPlaces are where one side of a migration keeps its sessions.
type endedPlaces struct {
	store   store.Store
	foreign *foreignPlace
}

var (
	endedKey   = secret.New()
	endedKinds = []endedKind{
		{"Stored", true, true, true, func(p *endedPlaces) driver.Backend { return session.Stored(p.store) }},
		{"Overflow", true, true, true, func(p *endedPlaces) driver.Backend { return session.Overflow(session.Signed(endedKey), p.store) }},
		{"Signed", false, true, false, func(*endedPlaces) driver.Backend { return session.Signed(endedKey) }},
		{"Sealed", false, true, false, func(*endedPlaces) driver.Backend { return session.Sealed(endedKey) }},
		{"Foreign43", true, false, false, func(p *endedPlaces) driver.Backend { return &foreignBackend{p.foreign, driver.NewID, false} }},
		{"Foreign43Retires", true, true, false, func(p *endedPlaces) driver.Backend { return &foreignBackend{p.foreign, driver.NewID, true} }},
		{"Foreign20", true, false, false, func(p *endedPlaces) driver.Backend { return &foreignBackend{p.foreign, shortID, false} }},
		{"Foreign20Retires", true, true, false, func(p *endedPlaces) driver.Backend { return &foreignBackend{p.foreign, shortID, true} }},
	}
)

// of returns the kind as it is for the sessions of an owner, or of nobody.
func (k endedKind) of(owner string) endedKind {
	if k.name == "Overflow" && owner == "" {
		k.records = false // they fit into their cookies
	}
	return k
}

func shortID() string { return strings.ToLower(driver.NewID()[:20]) }

// endings are what another request does to the session while one holds it open.
var endings = map[string]func(t *testing.T, m *session.Manager, r *http.Request, s *session.Session){
	"destroy": func(_ *testing.T, _ *session.Manager, _ *http.Request, s *session.Session) { s.Destroy() },
	"everywhere": func(t *testing.T, m *session.Manager, r *http.Request, s *session.Session) {
		switch _, err := m.SignOutEverywhere(r.Context(), "ada"); {
		case errors.Is(err, errors.ErrUnsupported):
			s.SignOut() // sessions move to a cookie: what is in the old store has ended
		case err != nil:
			t.Errorf("SignOutEverywhere: %v", err)
		}
	},
	"renew": func(_ *testing.T, _ *session.Manager, _ *http.Request, s *session.Session) { s.Renew() },
}

// A thief, or a slow request, holds the session open; it ends meanwhile, at each of the moments
// between two questions to a store; then the held request writes. No cookie that existed before
// gives the session afterwards.
func TestMigrate_EndedStaysEnded(t *testing.T) {
	for _, old := range endedKinds {
		for _, next := range endedKinds {
			for _, place := range []string{"same store", "other store"} {
				for _, kind := range []string{"full", "least"} {
					for how := range endings {
						for _, owner := range []string{"ada", ""} {
							old, next := old.of(owner), next.of(owner)
							if how == "everywhere" && (owner == "" || kind == "least" || !old.records && !next.records) {
								continue // nothing lists owners
							}
							t.Run(fmt.Sprintf("%s to %s, %s, %s, %s, owner %q", old.name, next.name, place, kind, how, owner), func(t *testing.T) {
								for at := -1; ; at++ {
									e := newEnded(t, old, next, place == "same store", kind)
									if !e.run(how, owner, at) {
										break
									}
								}
							})
						}
					}
				}
			}
		}
	}
}

// A request that the browser sent before it had the answer to the move still reads the session,
// changes nothing, and sends no cookie, which would sign the visitor out. So it is for IDs of any
// form.
func TestMigrate_OldIDIsReadForAMinute(t *testing.T) {
	for _, old := range endedKinds {
		for _, next := range endedKinds {
			if !old.records || !old.retires && !next.marks {
				continue // a cookie has no ID; or neither place can leave word
			}
			t.Run(old.name+" to "+next.name, func(t *testing.T) {
				e := newEnded(t, old, next, false, "full")
				e.before.with(func(s *session.Session) {
					s.SignIn("ada")
					username.Set(s, "ada")
				})
				mover, late := e.during.beside(), e.during.beside()
				mover.cookies, late.cookies = e.before.cookies, e.before.cookies
				mover.with(func(s *session.Session) { visits.Set(s, 1) })
				moved := mover.cookies[0] != e.before.cookies[0]
				res := late.do(func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
					if name, _ := username.Get(s); name != "ada" {
						t.Errorf("the old ID reads %q", name)
					}
					visits.Set(s, 2)
				})
				if moved && (res.StatusCode != http.StatusConflict || len(res.Cookies()) > 0) {
					t.Errorf("a write with the old ID is answered with %d and %d cookies", res.StatusCode, len(res.Cookies()))
				}
				mover.with(func(s *session.Session) {
					if name, _ := username.Get(s); name != "ada" {
						t.Errorf("the new cookie reads %q", name)
					}
				})
				late.clock = late.clock.Add(2 * time.Minute)
				e.during.clock = late.clock
				if moved {
					if s, err := e.driver.Load(t.Context(), strings.TrimPrefix(e.before.cookies[0], "s=")); err == nil {
						t.Errorf("two minutes later the old ID loads a session, superseded: %v", s.Superseded)
					}
				}
			})
		}
	}
}

// ended is one run of the matrix.
type ended struct {
	t         *testing.T
	old, next endedKind
	before    *visitor // of a program with the old backend
	during    *visitor // of one with Migrate
	driver    driver.Driver
	hook      func(call string)
	calls     []string
	found     map[string]driver.Snapshot // by who asked: what Load returned last
	who       string
}

func newEnded(t *testing.T, old, next endedKind, same bool, kind string) *ended {
	e := &ended{t: t, old: old, next: next, found: map[string]driver.Snapshot{}}
	hook := func(call string) error {
		if e.hook != nil {
			e.hook(call)
		}
		return nil
	}
	now := func() time.Time { return e.during.clock }
	places := func() *endedPlaces {
		p := &endedPlaces{foreign: &foreignPlace{records: map[string]foreignRecord{}, now: now, before: hook}}
		if kind == "full" {
			p.store = &fullStore{fakeStore{before: hook, now: now}}
		} else {
			p.store = &fakeStore{before: hook, now: now}
		}
		return p
	}
	from := places()
	to := from
	if !same {
		to = places()
	}
	o := session.Options{Cookie: session.Cookie{Name: "s"}}
	e.during = newVisitorOf(t, spiedBackend{session.Migrate(next.open(to), old.open(from)), e}, o)
	e.before = newVisitorOf(t, old.open(from), o)
	return e
}

// run ends the session when the held request is about to ask its store for the at-th time, or, if
// at is
// -1, between its reading and its writing. It reports whether the request asked as often.
func (e *ended) run(how, owner string, at int) bool {
	t := e.t
	e.before.with(func(s *session.Session) {
		if owner != "" {
			s.SignIn(owner)
		}
		username.Set(s, "ada")
	})
	cookie := e.before.cookies
	ender, held := e.during.beside(), e.during.beside()
	ender.cookies, held.cookies = cookie, cookie
	during := ""
	end := func() {
		hook, who := e.hook, e.who
		e.hook, e.who = nil, "ender"
		res := ender.do(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
			username.Get(s)
			endings[how](t, ender.m, r, s)
		})
		if res.StatusCode != http.StatusOK {
			t.Errorf("at %d (%s): the %s is answered with %d", at, during, how, res.StatusCode)
		}
		e.hook, e.who = hook, who
	}
	e.calls = nil
	e.hook = func(call string) {
		if at >= 0 && len(e.calls) == at {
			during = call
			end()
		}
		e.calls = append(e.calls, call)
	}
	e.who = "held"
	res := held.do(func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
		username.Get(s)
		if at < 0 {
			end()
		}
		visits.Set(s, 1)
	})
	e.hook, e.who = nil, "judge"
	asked := len(e.calls)
	if at >= asked {
		end() // after the held request's last question
	}
	e.judge(how, at, asked, during, cookie, held, ender, res.StatusCode)
	return asked > at
}

// judge checks what is left.
func (e *ended) judge(how string, at, asked int, during string, cookie []string, held, ender *visitor, status int) {
	t, toRecord, inHandler := e.t, e.next.records, at < 0
	when := fmt.Sprintf("ended at %d of %d (before %q)", at, asked, during)
	switch {
	case status != http.StatusOK && status != http.StatusConflict:
		t.Errorf("%s: the held request is answered with %d", when, status)
	case !e.old.records:
		return // as Migrate's documentation says: a cookie cannot be ended
	case inHandler && status != http.StatusConflict:
		t.Errorf("%s: the held request is answered with %d, want 409", when, status)
	}
	if found := e.found["ender"]; (found.Superseded || found.Payload == "") && !(how == "everywhere" && toRecord) {
		return // the held request was first, and the session has moved on to its cookie
	}
	if status == http.StatusOK && !toRecord && how == "everywhere" {
		return // the held request was first, and what is in its cookie cannot be ended
	}
	if status == http.StatusOK && !e.old.retires && during == "foreign delete" && (!e.next.marks || how == "renew") {
		// Neither place can tell: the old one cannot retire a record, the new one keeps no mark. Or
		// that has word of the move already, and the renewal begins a session of its own.
		return
	}
	for what, cookies := range map[string][]string{"the cookie from before": cookie, "the held request's cookie": held.cookies} {
		if len(cookies) == 0 {
			continue
		}
		if how == "renew" && len(ender.cookies) > 0 && cookies[0] == ender.cookies[0] {
			continue
		}
		s, err := e.driver.Load(t.Context(), strings.TrimPrefix(cookies[0], "s="))
		if s.Superseded && e.found["ender"].Superseded {
			continue // word of a session that has moved can be read for a minute
		}
		if err == nil && strings.Contains(s.Payload, "ada") {
			t.Errorf("%s: %s is good again; the held request was answered with %d", when, what, status)
		}
	}
	if how == "renew" {
		if s, err := e.driver.Load(t.Context(), strings.TrimPrefix(strings.Join(ender.cookies, ""), "s=")); err != nil || s.Superseded {
			t.Errorf("%s: the renewed session is lost: %v", when, err)
		}
	}
}

// spiedBackend notes what Load returns.
type spiedBackend struct {
	driver.Backend
	e *ended
}

func (b spiedBackend) Open(c driver.Config) (driver.Driver, error) {
	d, err := b.Backend.Open(c)
	if err != nil {
		return nil, err
	}
	b.e.driver = d
	return spiedDriver{d, d.(driver.Toucher), d.(driver.Owners), b.e}, nil
}

type spiedDriver struct {
	driver.Driver
	driver.Toucher
	driver.Owners
	e *ended
}

func (d spiedDriver) Load(ctx context.Context, value string) (driver.Snapshot, error) {
	s, err := d.Driver.Load(ctx, value)
	d.e.found[d.e.who] = s
	return s, err
}
