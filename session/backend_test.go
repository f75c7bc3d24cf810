package session_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

// faulty is the Signed backend with faults.
type faulty struct {
	session.Backend
	driver.Driver
	load, save, drop error
	payload          string
}

func (f *faulty) Open(c driver.Config) (driver.Driver, error) {
	k, err := f.Backend.Open(c)
	f.Driver = k
	return f, err
}

func (f *faulty) Load(ctx context.Context, value string) (driver.Snapshot, error) {
	if f.load != nil {
		return driver.Snapshot{}, f.load
	}
	l, err := f.Driver.Load(ctx, value)
	if f.payload != "" {
		l.Payload = f.payload
	}
	return l, err
}

func (f *faulty) Save(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
	if ctx.Err() != nil {
		return dst, nil, ctx.Err()
	}
	if f.save != nil {
		return append(dst, "half"...), nil, f.save
	}
	return f.Driver.Save(ctx, dst, w)
}

func (f *faulty) Delete(ctx context.Context, from driver.Snapshot) error { return f.drop }

// A session that is only refreshed is written back byte for byte, though another program orders its
// keys otherwise.
func TestSave_OfNoChangeKeepsThePayload(t *testing.T) {
	f := &faulty{Backend: session.Signed(secret.New())}
	v := newVisitorOf(t, f, session.Options{RefreshEachRequest: true, Permanent: true})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	f.payload = `{"username": "ada", "b": 2, "a": 1.0}`
	v.with(func(*session.Session) {})
	_, token, _ := strings.Cut(v.cookies[0], "=")
	saved, err := f.Driver.Load(t.Context(), token)
	if err != nil || saved.Payload != f.payload {
		t.Errorf("saved is %q, %v; want %q", saved.Payload, err, f.payload)
	}
}

func TestABackendThatFailsIsNeverTakenForAnEmptySession(t *testing.T) {
	down := errors.New("connection refused")
	f := &faulty{Backend: session.Signed(secret.New())}
	v := newVisitorOf(t, f, session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	for what, tt := range map[string]struct {
		fault  *error
		handle func(s *session.Session)
	}{
		"reading":  {&f.load, func(s *session.Session) { username.Get(s) }},
		"writing":  {&f.save, func(s *session.Session) { username.Set(s, "bob") }},
		"deleting": {&f.drop, (*session.Session).Destroy},
	} {
		*tt.fault = down
		v.log.Reset()
		res := v.do(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
			tt.handle(s)
			http.Redirect(w, r, "/next", http.StatusSeeOther)
		})
		var body bytes.Buffer
		_, _ = body.ReadFrom(res.Body)
		if res.StatusCode != http.StatusServiceUnavailable || len(res.Cookies()) != 0 || res.Header.Get("Location") != "" || body.String() != "Service Unavailable\n" {
			t.Errorf("%s: answered %d %q with %v", what, res.StatusCode, body.String(), res.Header)
		}
		if !strings.Contains(v.log.String(), "connection refused") {
			t.Errorf("%s: the log does not tell: %s", what, v.log)
		}
		*tt.fault = nil
	}
	f.load = down
	if _, err := v.m.Load(&http.Request{Header: http.Header{"Cookie": v.cookies}}); !errors.Is(err, session.ErrUnavailable) || !errors.Is(err, down) {
		t.Errorf("Load without Handler gives %v", err)
	}
}

func TestASignedPayloadThatIsNoSessionStartsAnewAndIsLoggedAsAnError(t *testing.T) {
	f := &faulty{Backend: session.Signed(secret.New())}
	v := newVisitorOf(t, f, session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	for _, f.payload = range []string{`[1]`, `null`, `{"a":`, "{\"a\":\"\xff\"}"} {
		v.log.Reset()
		v.refused = nil
		res := v.with(func(s *session.Session) {
			if !s.IsNew() || s.Len() != 0 {
				t.Errorf("%q: IsNew %v, Len %d", f.payload, s.IsNew(), s.Len())
			}
		})
		if res.StatusCode != 200 || !errors.Is(errors.Join(v.refused...), session.ErrBadPayload) || !strings.Contains(v.log.String(), "level=ERROR") {
			t.Errorf("%q: answered %d, refused with %v, log %s", f.payload, res.StatusCode, v.refused, v.log)
		}
	}
}

func TestAVisitorWhoGoesAwayDoesNotLoseTheSave(t *testing.T) {
	f := &faulty{Backend: session.Signed(secret.New())}
	v := newVisitorOf(t, f, session.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := (&http.Request{Method: "GET", Header: http.Header{}}).WithContext(ctx)
	s, _ := v.m.Load(r)
	username.Set(s, "ada")
	w := &nullWriter{h: http.Header{}}
	if err := v.m.Commit(w, r, s); err != nil || w.h.Get("Set-Cookie") == "" {
		t.Errorf("Commit gives %v, header %v", err, w.h)
	}
}

type nullWriter struct{ h http.Header }

func (w *nullWriter) Header() http.Header         { return w.h }
func (w *nullWriter) Write(p []byte) (int, error) { return len(p), nil }
func (w *nullWriter) WriteHeader(int)             {}

func FuzzSignedToken(f *testing.F) {
	key, err := secret.Parse("a6f0c1d95b8e3f7240197ad2be64c85309ff17e6d2483bb5705ce8912a3d6f4b")
	if err != nil {
		f.Fatal(err)
	}
	keeper, err := session.Signed(key).Open(driver.Config{CookieName: "s"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("e30.ZVPxAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add(".eJyrVkpUslIyVKoFAA8vArg.ZVPxAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("..")
	f.Fuzz(func(t *testing.T, value string) {
		l, err := keeper.Load(context.Background(), value)
		if err != nil {
			if !errors.Is(err, session.ErrRefused) {
				t.Fatalf("%q fails with %v, which is no refusal", value, err)
			}
			return
		}
		// Only what Save makes is taken: there is one spelling.
		made, _, err := keeper.Save(context.Background(), nil, driver.Write{Payload: []byte(l.Payload), At: l.SavedAt})
		if err != nil || string(made) != value {
			t.Fatalf("took %q, and makes %q of it (%v)", value, made, err)
		}
	})
}
