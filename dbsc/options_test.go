package dbsc_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/internal/guard/devicetest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

func TestNew_RefusesWhatCannotWork(t *testing.T) {
	key := secret.New()
	for what, tt := range map[string]struct {
		so session.Options
		o  *dbsc.Options
	}{
		"no key":               {session.Options{}, nil},
		"a zero accepted key":  {session.Options{}, &dbsc.Options{Key: key, Accept: []secret.Key{{}}}},
		"a negative lifetime":  {session.Options{}, &dbsc.Options{Key: key, Lifetime: -1}},
		"a day":                {session.Options{}, &dbsc.Options{Key: key, Lifetime: 24 * time.Hour}},
		"a path elsewhere":     {session.Options{Cookie: session.Cookie{Name: "s", Path: "/app"}}, &dbsc.Options{Key: key, Path: "/dbsc/"}},
		"a path without slash": {session.Options{}, &dbsc.Options{Key: key, Path: "/dbsc"}},
		"a path with a quote":  {session.Options{}, &dbsc.Options{Key: key, Path: `/"/`}},
		"a token in a header":  {session.Options{TokenHeader: "Session-Token"}, &dbsc.Options{Key: key}},
		"a partitioned cookie": {session.Options{Cookie: session.Cookie{Partitioned: true}}, &dbsc.Options{Key: key}},
	} {
		sessions, err := session.New(session.Signed(key), &tt.so)
		if err != nil {
			t.Fatal(what, err)
		}
		if _, err := dbsc.New(sessions, tt.o); err == nil || !strings.HasPrefix(err.Error(), "dbsc: ") {
			t.Errorf("%s: the error is %v", what, err)
		}
		if _, err := dbsc.New(sessions, &dbsc.Options{Key: key, Path: tt.so.Cookie.Path + "/a/"}); !tt.so.Cookie.Partitioned && tt.so.TokenHeader == "" && err != nil {
			t.Errorf("%s: after the error, New with good options fails: %v", what, err)
		}
	}
	sessions, err := session.New(session.Signed(key), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dbsc.New(sessions, &dbsc.Options{Key: key}); err != nil {
		t.Fatal(err)
	}
	if _, err := dbsc.New(sessions, &dbsc.Options{Key: key}); err == nil {
		t.Error("a second Guard of one manager is accepted")
	}
	if _, err := dbsc.New(nil, &dbsc.Options{Key: key}); err == nil {
		t.Error("a Guard without a manager is accepted")
	}
}

// TestSizes holds docs/dbsc.md to what it says of bytes.
func TestSizes(t *testing.T) {
	for kind, want := range map[string]struct{ value, stored, inCookie int }{"ES256": {170, 100, 220}, "RS256": {430, 100, 480}} {
		for _, backend := range []string{"stored", "signed"} {
			open, bound := session.Stored(memstore.New(nil)), want.stored
			if backend == "signed" {
				open, bound = session.Signed(secret.New()), want.inCookie
			}
			s := newSite(t, open, nil, nil)
			value := 0
			s.mux.HandleFunc("GET /size", func(_ http.ResponseWriter, r *http.Request) {
				value = len(session.Field[string]("_dbsc").GetOr(session.From(r), ""))
			})
			d := devicetest.New(s)
			if kind == "RS256" {
				d = devicetest.NewRSA(s)
			}
			s.signIn(d)
			s.enforced(d)
			d.Do("GET", "/size", "")
			if got := len(d.Cookies()[boundCookie]); got > bound || got < bound*3/4 {
				t.Errorf("%s, %s: the bound cookie has %d bytes, want up to %d", kind, backend, got, bound)
			}
			if value > want.value || value < want.value*3/4 {
				t.Errorf("%s, %s: the value in the session has %d bytes, want up to %d", kind, backend, value, want.value)
			}
		}
	}
}
