package dbsc_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/internal/guard/devicetest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// A meddlingStore changes a session just before a save of it, as another request may.
type meddlingStore struct {
	*memstore.Store
	old, new string
}

func (m *meddlingStore) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	if found, err := m.Store.Load(ctx, id); err == nil && m.old != "" {
		found.Data = bytes.Replace(found.Data, []byte(m.old), []byte(m.new), 1)
		m.old = ""
		if _, err := m.Store.Save(ctx, id, found); err != nil {
			return 0, err
		}
	}
	return m.Store.Save(ctx, id, r)
}

// The session that a registration has read may have another binding when it is saved.
func TestRegistration_IsOfTheBindingThatIsThereWhenItIsSaved(t *testing.T) {
	for _, b := range []string{"another", "", "none.at.all"} {
		st := &meddlingStore{Store: memstore.New(nil)}
		s := newSite(t, session.Stored(st), nil, nil)
		d, challenge := s.offered()
		st.old, st.new = bindingIn(t, st.Store), b
		if b == "another" {
			st.new = strings.Repeat("A", 22)
		}
		if res := d.Send("POST", "/dbsc/register", "", d.Response(d.Proof(challenge, true))); res.Status != 403 || len(res.Header["Set-Cookie"]) > 0 {
			t.Errorf("beside a change to %q, the registration answers %+v", st.new, res)
		}
		s.wantWhy(b, "no session waits for a registration")
		if got := bindingIn(t, st.Store); got != st.new {
			t.Errorf("after it, the binding is %q, want %q", got, st.new)
		}
	}
}

// The proof of a key does nothing for a session that has another one when it is saved.
func TestRefresh_IsOfTheBindingThatIsThereWhenItIsSaved(t *testing.T) {
	for what, change := range map[string]func(parts []string){
		"another session's": func(parts []string) { parts[0] = strings.Repeat("A", 22) },
		"another key's":     func(parts []string) { parts[2] = parts[2][1:] + parts[2][:1] },
		"none":              func(parts []string) { clear(parts) },
	} {
		st := &meddlingStore{Store: memstore.New(nil)}
		s := newSite(t, session.Stored(st), nil, nil)
		d := s.visitor()
		s.enforced(d)
		binding := bindingIn(t, st.Store)
		parts := strings.Split(binding, ".")
		change(parts)
		st.old, st.new = binding, strings.Join(parts, ".")
		res := d.Send("POST", "/dbsc/refresh", "", refreshHeader(d.Session().ID, d.Proof(d.Session().Challenge, false)))
		if res.Status != 403 || len(res.Header["Set-Cookie"]) > 0 {
			t.Errorf("beside a change to that of %s, the refresh answers %+v", what, res)
		}
		s.wantWhy(what, "another request was first")
		if got := bindingIn(t, st.Store); got != st.new {
			t.Errorf("after it, the binding is %q, want %q", got, st.new)
		}
	}
}

// A key that no Guard has written proves nothing.
func TestRefresh_RefusesAKeyThatIsNone(t *testing.T) {
	st := &meddlingStore{Store: memstore.New(nil)}
	s := newSite(t, session.Stored(st), nil, nil)
	d := s.visitor()
	s.enforced(d)
	st.old, st.new = strings.Split(bindingIn(t, st.Store), ".")[2], "A"
	s.want(d, "POST", "/count", 200, "") // a save, before which the store changes the key
	res := d.Send("POST", "/dbsc/refresh", "", refreshHeader(d.Session().ID, d.Proof(d.Session().Challenge, false)))
	if res.Status != 400 || len(res.Header["Set-Cookie"]) > 0 {
		t.Errorf("the refresh answers %+v", res)
	}
	s.wantWhy("a key of one letter", "not base64url")
}

// bindingIn returns the binding of the only session in a store.
func bindingIn(t *testing.T, st *memstore.Store) string {
	t.Helper()
	for e, err := range st.All(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(e.Data), `"_dbsc":"`)
		text, _, ok := strings.Cut(rest, `"`)
		if !ok {
			t.Fatalf("the record is %q", e.Data)
		}
		return text
	}
	t.Fatal("there is no record")
	return ""
}

// A browser that did not get the answer registers again. The key counts from the first time on.
func TestRegistration_AgainChangesNothing(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) {
		var bound dbsc.Binding
		s.mux.HandleFunc("GET /binding", func(_ http.ResponseWriter, r *http.Request) { bound, _ = dbsc.BindingOf(session.From(r)) })
		d, challenge := s.offered()
		first := s.clock().Truncate(time.Second)
		for range 2 {
			if res := d.Send("POST", "/dbsc/register", "", d.Response(d.Proof(challenge, true))); res.Status != 200 {
				t.Errorf("the answer is %+v", res)
			}
			s.want(d, "GET", "/binding", 200, "")
			if !bound.Since.Equal(first) {
				t.Errorf("the key is registered since %v, want %v", bound.Since, first)
			}
			s.pass(20 * time.Second)
		}
		thief := devicetest.New(s)
		thief.SetCookie(cookie, d.Cookies()[cookie])
		if res := thief.Send("POST", "/dbsc/register", "", thief.Response(thief.Proof(challenge, true))); res.Status != 403 {
			t.Errorf("with another key, the answer is %+v", res)
		}
		s.wantWhy("another key", "bound to another key already")
	})
}

// The challenges of one session are good for one purpose each.
func TestChallenges_AreOfOnePurpose(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) {
		d, challenge := s.offered()
		if err := d.Accept(); err != nil {
			t.Fatal(err)
		}
		if res := d.Send("POST", "/dbsc/refresh", "", refreshHeader(d.Session().ID, d.Proof(challenge, false))); res.Status != 403 || len(res.Header["Set-Cookie"]) > 0 {
			t.Errorf("a refresh with the challenge of the registration answers %+v", res)
		}
		if res := d.Send("POST", "/dbsc/register", "", d.Response(d.Proof(d.Session().Challenge, true))); res.Status != 403 || len(res.Header["Set-Cookie"]) > 0 {
			t.Errorf("a registration with the challenge of a refresh answers %+v", res)
		}
	})
}

// A foreignLogin signs users in as another program does, which may have signed them out since.
type foreignLogin struct{ signedOut atomic.Bool }

var _ driver.Login = (*foreignLogin)(nil)

func (l *foreignLogin) Owner(v driver.Values) (owner string) {
	if !l.signedOut.Load() {
		v.Get("user", &owner)
	}
	return owner
}

func (*foreignLogin) SignIn(_ *http.Request, v driver.Values, owner string, _ time.Time) error {
	v.Set("user", owner)
	return nil
}

func (*foreignLogin) Arrive(*http.Request, driver.Values)                         {}
func (*foreignLogin) SignOut(*http.Request, driver.Values)                        {}
func (*foreignLogin) Leave(*http.Request, driver.Values, time.Time) (line string) { return "" }

func TestRegistration_NeedsAUserWhoIsSignedIn(t *testing.T) {
	login := new(foreignLogin)
	s := newSite(t, session.Stored(memstore.New(nil)), &session.Options{Login: login}, nil)
	d, challenge := s.offered()
	proof := d.Response(d.Proof(challenge, true))
	login.signedOut.Store(true)
	if res := d.Send("POST", "/dbsc/register", "", proof); res.Status != 403 {
		t.Errorf("after the sign-out, the answer is %+v", res)
	}
	s.wantWhy("after the sign-out", "no session waits for a registration")
	login.signedOut.Store(false)
	if res := d.Send("POST", "/dbsc/register", "", proof); res.Status != 200 {
		t.Errorf("before it, the answer is %+v", res)
	}
}

// TestRegistration_AHundredOfOneSession has a thief register keys of their own.
func TestRegistration_AHundredOfOneSession(t *testing.T) {
	for _, b := range backends[:2] {
		t.Run(b.name, func(t *testing.T) {
			st := memstore.New(nil)
			backend := session.Stored(st)
			if b.name == "overflow" {
				backend = session.Overflow(session.Signed(secret.New()), st)
			}
			s := newSite(t, backend, nil, nil)
			d, challenge := s.offered()
			if err := d.Accept(); err != nil {
				t.Fatal(err)
			}
			thief := devicetest.New(s)
			thief.SetCookie(cookie, d.Cookies()[cookie])
			proof := thief.Response(thief.Proof(challenge, true))
			for range 100 {
				if res := thief.Send("POST", "/dbsc/register", "", proof); res.Status != 403 {
					t.Fatalf("a second registration answers %d", res.Status)
				}
			}
			if n := records(t, st); n != 1 {
				t.Errorf("the store has %d records", n)
			}
			for range 10 { // the answer was lost: the same key is the same registration
				if res := d.Send("POST", "/dbsc/register", "", d.Response(d.Proof(challenge, true))); res.Status != 200 {
					t.Errorf("the same registration again answers %d", res.Status)
				}
			}
			s.enforced(d)
		})
	}
}
