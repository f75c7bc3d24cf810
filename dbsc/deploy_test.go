package dbsc_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/internal/guard/devicetest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// A failing store fails while it is told to.
type failingStore struct {
	*memstore.Store
	fails, full atomic.Bool
}

var errDown = errors.New("the store is down")

func (f *failingStore) Load(ctx context.Context, id store.ID) (store.Record, error) {
	if f.fails.Load() {
		return store.Record{}, errDown
	}
	return f.Store.Load(ctx, id)
}

func (f *failingStore) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	if f.full.Load() {
		return 0, store.ErrFull
	}
	return f.Store.Save(ctx, id, r)
}

func TestRefresh_AStoreThatFailsSignsNobodyOut(t *testing.T) {
	st := &failingStore{Store: memstore.New(nil)}
	s := newSite(t, session.Stored(st), nil, nil)
	d := s.visitor()
	s.enforced(d)
	s.pass(11 * time.Minute)
	for what, fails := range map[string]*atomic.Bool{"it answers nothing": &st.fails, "it is full": &st.full} {
		fails.Store(true)
		if res := d.Do("GET", "/who", ""); res.Status != http.StatusServiceUnavailable && res.Status != http.StatusForbidden {
			t.Errorf("%s: the page is %+v", what, res)
		}
		if id := d.Session().ID; id == "" {
			t.Errorf("%s: the device has ended the session", what)
		}
		fails.Store(false)
	}
	s.want(d, "GET", "/who", 200, "owner ada ")
}

func TestRegistration_AStoreThatFailsIsToldSo(t *testing.T) {
	st := &failingStore{Store: memstore.New(nil)}
	s := newSite(t, session.Stored(st), nil, nil)
	d, challenge := s.offered()
	proof := d.Response(d.Proof(challenge, true))
	for what, fails := range map[string]*atomic.Bool{"it answers nothing": &st.fails, "it is full": &st.full} {
		fails.Store(true)
		if res := d.Send("POST", "/dbsc/register", "", proof); res.Status != http.StatusServiceUnavailable || len(res.Header["Set-Cookie"]) > 0 {
			t.Errorf("%s: the answer is %+v", what, res)
		}
		fails.Store(false)
	}
	if res := d.Send("POST", "/dbsc/register", "", proof); res.Status != http.StatusOK {
		t.Errorf("later the answer is %+v", res)
	}
}

func TestGuard_KeysRotate(t *testing.T) {
	first, second := secret.New(), secret.New()
	st := memstore.New(nil)
	s := newSite(t, session.Stored(st), nil, &dbsc.Options{Key: first})
	d := s.visitor()
	s.enforced(d)
	swap := func(o dbsc.Options) {
		next := newSite(t, session.Stored(st), nil, &o)
		next.now = s.clock()
		s = next
		d.Handler, d.Now = s, s.clock
	}
	swap(dbsc.Options{Key: second, Accept: []secret.Key{first}})
	s.want(d, "GET", "/who", 200, "owner ada ")
	s.pass(11 * time.Minute)
	s.want(d, "GET", "/who", 200, "owner ada ")
	s.wantTook("refreshed") // the cached challenge of the former key is good
	swap(dbsc.Options{Key: second})
	s.want(d, "GET", "/who", 200, "owner ada ")
	s.wantTook()
	swap(dbsc.Options{Key: first}) // a key that nobody announced costs a redirect, and signs nobody out
	s.want(d, "GET", "/who", 200, "owner ada ")
	s.wantTook("missing", "asked", "challenged", "refreshed")
}

func TestGuard_AClockThatJumps(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) {
		d := s.visitor()
		s.enforced(d)
		browser := s.clock()
		d.Now = func() time.Time { return browser } // the browser's stays
		s.pass(time.Hour)
		s.want(d, "POST", "/who", 200, "owner ada ")
		s.pass(-2 * time.Hour)
		res := d.Do("GET", "/who", "")
		if backend := res.Body; res.Status != 200 || backend != "owner ada " && backend != "owner  " {
			t.Errorf("after the clock was set back the answer is %d %q", res.Status, res.Body)
		}
	})
}

// TestGuard_AClockThatGoesBack sets the server's clock back from an hour ahead. What the session's
// record says of later times counts for nothing.
func TestGuard_AClockThatGoesBack(t *testing.T) {
	for _, b := range backends[:2] {
		for what, refreshes := range map[string]bool{"enforced": true, "in its grace": false} {
			s := newSite(t, b.open(), nil, nil)
			d := s.visitor()
			d.Now = time.Now // the browser's is right
			if refreshes {
				d.Refresh()
				s.pass(time.Minute)
			}
			thief := d.Thief()
			s.took()
			s.pass(-time.Hour)
			if res := thief.Send("GET", "/who", "", nil); res.Status != http.StatusTemporaryRedirect {
				t.Errorf("%s, %s: the thief gets %d", b.name, what, res.Status)
			}
			for range 3 {
				s.want(d, "GET", "/who", 200, "owner ada ")
			}
			s.wantTook("missing", "asked", "challenged", "refreshed")
			for range 8 { // until the clock has caught up
				s.pass(10 * time.Minute)
				if n := d.Refresh(); n != 200 {
					t.Fatalf("%s, %s: a refresh answers %d", b.name, what, n)
				}
				s.want(d, "GET", "/who", 200, "owner ada ")
			}
			s.wantTook("refreshed")
		}
	}
}

func TestGuard_WorksBelowAPath(t *testing.T) {
	s := newSite(t, session.Stored(memstore.New(nil)), &session.Options{Cookie: session.Cookie{Name: "app", Path: "/app"}}, nil)
	mounted := http.NewServeMux()
	mounted.Handle("/app/", http.StripPrefix("/app", s.Handler))
	proxied := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // a proxy that removes the path
		r.URL.Path = strings.TrimPrefix(r.URL.Path, "/app")
		r.RequestURI = r.URL.RequestURI()
		r.Header.Set("X-Forwarded-Prefix", "/app")
		s.ServeHTTP(w, r)
	})
	for what, handler := range map[string]http.Handler{"StripPrefix": mounted, "a proxy": proxied} {
		d := devicetest.New(handler)
		d.Now = s.clock
		d.Do("POST", "/app/login", "")
		if d.Session().ID == "" || d.Session().RefreshURL != "/app/dbsc/refresh" {
			t.Fatalf("%s: the device knows %+v", what, d.Session())
		}
		for range 3 {
			s.pass(11 * time.Minute)
			s.want(d, "GET", "/app/who", 200, "owner ada ")
		}
		thief := d.Thief()
		s.pass(11 * time.Minute)
		if res := thief.Send("GET", "/app/who", "", nil); res.Status != http.StatusTemporaryRedirect {
			t.Errorf("%s: the thief gets %d", what, res.Status)
		}
	}
}

func TestGuard_WorksWithinTheManagersHandler(t *testing.T) {
	s := newSite(t, session.Stored(memstore.New(nil)), nil, nil)
	d := devicetest.New(s.sessions.Handler(s.Handler))
	s.signIn(d)
	s.enforced(d)
	thief := d.Thief()
	s.pass(11 * time.Minute)
	s.want(thief, "GET", "/who", 403, "Forbidden\n")
}
