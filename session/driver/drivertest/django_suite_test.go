package drivertest_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/driver/drivertest"
	"github.com/wafer-go/wafer/store/memstore"
)

// The tokens were recorded with Django 3.2.25 (Debian's python3-django): time.time replaced by one that
// returns 1700000000, this SECRET_KEY, and
//
//	s = SessionStore(); s.update(data); s.save(); print(s.session_key)   # backends.signed_cookies
//	print(SessionStore().encode(data))                                   # backends.db
const djangoKey = "django-insecure-vector-key-0123456789abcdefghijklmnopq"

const (
	djangoToken      = "eyJfYXV0aF91c2VyX2lkIjoiNDIiLCJ0aGVtZSI6ImR1bmtlbCBcdTAwZTQgXHVkODNkXHVkZTAwIn0:1r31eq:yhJeRb2rBtAsijD5OrxDozPeAfG61jMTlTKO6OdmpS4"
	djangoCompressed = ".eJyrVkpOLCpRsopWSiwoyElV0hmlyaJjdZTylKwM9UyBdH5eqpJVXmlOTi0AhMdtvg:1r31eq:WEeFuIySbJE6ATXjHzNnbktO13MgAFjuf1uMglSc8XY"
	djangoRowData    = "eyJfYXV0aF91c2VyX2lkIjoiNDIifQ:1r31eq:WZIrcVcu39WbN92acSjQR_Pqqtx4ChzipTTihKRUgco"
)

func TestDjango_ReadsAndWritesWhatDjangoDid(t *testing.T) {
	cookies := newDjangoSigner(djangoKey, "django.contrib.sessions.backends.signed_cookies")
	rows := newDjangoSigner(djangoKey, "django.contrib.sessions.SessionStore")
	for _, v := range []struct {
		signer         *djangoSigner
		token, payload string
		compressed     bool
	}{
		{cookies, djangoToken, `{"_auth_user_id":"42","theme":"dunkel \u00e4 \ud83d\ude00"}`, false},
		{cookies, djangoCompressed, `{"cart":[` + strings.TrimSuffix(strings.Repeat(`"apple",`, 40), ",") + `],"n":1.5,"none":null}`, true},
		{rows, djangoRowData, `{"_auth_user_id":"42"}`, false},
	} {
		payload, at, err := v.signer.open(v.token)
		if normal := strings.NewReplacer(", ", ",", ": ", ":").Replace(payload); err != nil || normal != v.payload || at.Unix() != 1700000000 {
			t.Errorf("%s is %s of %v (%v)", v.token, payload, at, err)
		}
		if again, err := v.signer.append(nil, []byte(payload), at); !v.compressed && (err != nil || string(again) != v.token) {
			t.Errorf("%s is written as %s (%v)", v.token, again, err)
		}
	}
	var name string
	if err := (djangoCodec{driver.JSON}).DecodeValue(`"dunkel \u00e4 \ud83d\ude00"`, &name); err != nil || name != "dunkel ä 😀" {
		t.Errorf("the value is %q (%v)", name, err)
	}
}

func newDjangoTable() *djangoTable { return &djangoTable{rows: map[string]djangoRow{}} }

var djangoServes = []drivertest.Interface{drivertest.Owners, drivertest.Retirer}

func TestDjango_Passes(t *testing.T) {
	t.Run("Cookies", func(t *testing.T) {
		drivertest.Run(t, func(*testing.T) driver.Backend { return djangoCookies(djangoKey) },
			&drivertest.Options{OthersFormat: true, FakeClock: true})
	})
	t.Run("Records", func(t *testing.T) {
		drivertest.Run(t, func(*testing.T) driver.Backend { return djangoRecords(djangoKey, newDjangoTable()) },
			&drivertest.Options{OthersFormat: true, Records: true, Implements: djangoServes, FakeClock: true})
	})
}

// A place is a backend that a session moves from or to.
type place struct {
	name string
	open func() session.Backend
	opts drivertest.Options
}

func djangoPlaces() []place {
	return []place{
		{"Django's cookies", func() session.Backend { return djangoCookies(djangoKey) }, drivertest.Options{OthersFormat: true}},
		{
			"Django's records", func() session.Backend { return djangoRecords(djangoKey, newDjangoTable()) },
			drivertest.Options{OthersFormat: true, Records: true, Implements: djangoServes},
		},
	}
}

func ourPlaces() []place {
	record := drivertest.Options{Records: true, Implements: without(everything, drivertest.Departer)}
	return []place{
		{"Signed", func() session.Backend { return session.Signed(secret.New()) }, drivertest.Options{}},
		{"Sealed", func() session.Backend { return session.Sealed(secret.New()) }, drivertest.Options{}},
		{"Stored", func() session.Backend { return session.Stored(memstore.New(nil)) }, record},
		{"Overflow", func() session.Backend { return session.Overflow(session.Signed(secret.New()), memstore.New(nil)) }, record},
	}
}

// each calls f for Django's places with each of ours, in both directions.
func each(t *testing.T, f func(t *testing.T, from, to place)) {
	for _, django := range djangoPlaces() {
		for _, our := range ourPlaces() {
			t.Run(django.name+" to "+our.name, func(t *testing.T) { f(t, django, our) })
			t.Run(our.name+" to "+django.name, func(t *testing.T) { f(t, our, django) })
		}
	}
}

func TestDjango_MovesBothWays(t *testing.T) {
	each(t, func(t *testing.T, from, to place) {
		old, next := from.open(), to.open()
		before, during, after := newBrowser(t, old), newBrowser(t, session.Migrate(next, old)), newBrowser(t, next)
		before.visit(func(s *session.Session) {
			s.SignIn("42")
			s.Set("theme", "dunkel ä 😀")
			s.Flash("Hello <you>")
		})
		during.cookie = before.cookie
		during.visit(func(s *session.Session) { s.Set("moved", true) })
		after.cookie = during.cookie
		after.visit(func(s *session.Session) {
			theme, _ := session.Field[string]("theme").Get(s)
			flashes := s.Flashes()
			if theme != "dunkel ä 😀" || s.Owner() != "42" || !s.Has("moved") || len(flashes) != 1 || flashes[0].Text != "Hello <you>" {
				t.Errorf("the session arrived with %q, theme %q, owner %q, flashes %v", s.Keys(), theme, s.Owner(), flashes)
			}
		})
	})
}

// Of our own backends one that keeps sessions in cookies and one that keeps them in records is
// tried here, and with WAFER_EVERY_RULE the others too.
func TestDjango_PassesWhileItMoves(t *testing.T) {
	each(t, func(t *testing.T, from, to place) {
		if os.Getenv(everyRule) == "" && slices.ContainsFunc([]place{from, to}, func(p place) bool { return p.name == "Sealed" || p.name == "Overflow" }) {
			return
		}
		o := to.opts
		o.FakeClock = true
		if from.opts.Records && !to.opts.Records {
			// What is still in records is listed.
			o.Implements = []drivertest.Interface{drivertest.Owners}
			if from.name != "Django's records" {
				o.Implements = append(o.Implements, drivertest.Lister)
			}
		}
		if to.name == "Django's records" {
			o.Implements = slices.Clone(djangoServes)
		}
		drivertest.Run(t, func(*testing.T) driver.Backend { return session.Migrate(to.open(), from.open()) }, &o)
	})
}

func TestDjango_SignedOutByOwner(t *testing.T) {
	table := newDjangoTable()
	laptop := newBrowser(t, djangoRecords(djangoKey, table))
	phone := &browser{t: t, m: laptop.m}
	other := &browser{t: t, m: laptop.m}
	var id string
	for b, owner := range map[*browser]string{laptop: "42", phone: "42", other: "43"} {
		b.visit(func(s *session.Session) { s.SignIn(owner) })
	}
	phone.visit(func(s *session.Session) { id = s.ID() })
	if ended, err := laptop.m.SignOutOne(t.Context(), "42", id); !ended || err != nil {
		t.Errorf("SignOutOne returned %v, %v", ended, err)
	}
	if phone.owner() != "" || laptop.owner() != "42" {
		t.Errorf("after SignOutOne the phone is %q's and the laptop %q's", phone.owner(), laptop.owner())
	}
	if n, err := laptop.m.SignOutEverywhere(t.Context(), "42"); n != 1 || err != nil {
		t.Errorf("SignOutEverywhere returned %d, %v", n, err)
	}
	if laptop.owner() != "" || other.owner() != "43" {
		t.Errorf("after SignOutEverywhere the laptop is %q's and the other's %q's", laptop.owner(), other.owner())
	}
	if _, err := newBrowser(t, djangoCookies(djangoKey)).m.SignOutEverywhere(t.Context(), "42"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("with Django's cookies, SignOutEverywhere returned %v", err)
	}
}

// A browser has one cookie.
type browser struct {
	t      *testing.T
	m      *session.Manager
	cookie string
}

func newBrowser(t *testing.T, b session.Backend) *browser {
	t.Helper()
	m, err := session.New(b, &session.Options{
		Cookie: session.Cookie{Name: "sessionid"}, Lifetime: 14 * 24 * time.Hour, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, m: m}
}

func (b *browser) visit(handler func(s *session.Session)) {
	b.t.Helper()
	r := httptest.NewRequest("GET", "https://example.com/", nil)
	if b.cookie != "" {
		r.Header.Set("Cookie", b.cookie)
	}
	w := httptest.NewRecorder()
	b.m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { handler(session.From(r)) })).ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		b.t.Errorf("the answer is %d: %s", w.Code, w.Body)
	}
	for _, c := range w.Result().Cookies() {
		b.cookie = c.Name + "=" + c.Value
	}
}

func (b *browser) owner() (owner string) {
	b.visit(func(s *session.Session) { owner = s.Owner() })
	return owner
}
