package dbsc_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/internal/guard/devicetest"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

func TestRequire_MakesTheBrowserProveItself(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) {
		d := s.visitor()
		s.enforced(d)
		s.want(d, "POST", "/grave", 200, "done")
		s.wantTook()
		s.pass(2 * time.Minute) // the bound cookie is valid for all else
		s.want(d, "GET", "/who", 200, "owner ada ")
		thief := d.Thief()
		s.want(d, "POST", "/grave", 200, "done")
		s.wantTook("missing", "asked", "refreshed")
		s.want(thief, "GET", "/who", 200, "owner ada ")
		s.want(thief, "POST", "/grave", 403, "Forbidden\n")
	})
}

func TestOffer_BindsASessionFromBefore(t *testing.T) {
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			backend := b.open()
			before, err := session.New(backend, &session.Options{Logger: quiet})
			if err != nil {
				t.Fatal(err)
			}
			d := devicetest.New(before.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { session.From(r).SignIn("ada") })))
			d.Do("POST", "/login", "")
			s := newSite(t, backend, nil, nil)
			d.Handler, d.Now = s, s.clock
			s.want(d, "GET", "/who", 200, "owner ada ")
			if res := d.Send("POST", "/dbsc/register", "", d.Response(d.Proof("made up", true))); res.Status != http.StatusForbidden {
				t.Errorf("a registration that was not offered answers %+v", res)
			}
			s.wantWhy("a registration that was not offered", "no session waits for a registration")
			s.took()
			s.want(d, "POST", "/offer", 200, "true")
			s.wantTook("offered", "registered")
			s.want(d, "POST", "/offer", 200, "false")
			s.enforced(d)
			thief := d.Thief()
			s.pass(11 * time.Minute)
			s.want(thief, "GET", "/who", 403, "Forbidden\n")
			s.want(devicetest.New(s), "POST", "/offer", 200, "false")
		})
	}
}

func TestBindingOf_TellsOfTheDevice(t *testing.T) {
	s := newSite(t, session.Stored(memstore.New(nil)), nil, nil)
	began := s.clock().Truncate(time.Second)
	s.visitor()
	safari := devicetest.New(s)
	safari.Deaf = true
	safari.Do("POST", "/login", "")
	var bound []dbsc.Binding
	unbound := 0
	for one, err := range s.sessions.Sessions(t.Context(), "ada") {
		if err != nil {
			t.Fatal(err)
		}
		if b, ok := dbsc.BindingOf(one); ok {
			bound = append(bound, b)
		} else {
			unbound++
		}
	}
	if len(bound) != 1 || unbound != 1 || bound[0] != (dbsc.Binding{Algorithm: "ES256", Since: began}) {
		t.Errorf("bound are %+v, and %d are not", bound, unbound)
	}
}
