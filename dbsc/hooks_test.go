package dbsc

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/inspect"
)

func newHooks(t *testing.T) *hooks {
	t.Helper()
	sessions, err := session.New(session.Signed(secret.New()), &session.Options{Cookie: session.Cookie{Name: "s"}})
	if err != nil {
		t.Fatal(err)
	}
	g, err := New(sessions, &Options{Key: secret.New()})
	if err != nil {
		t.Fatal(err)
	}
	return (*hooks)(g)
}

// What a bound cookie proves depends on the binding in the session: one that is not registered is
// healed if the cookie has the key, and one that no Guard has written admits nobody without it.
func TestAdmit_JudgesEachKindOfBinding(t *testing.T) {
	h, now := newHooks(t), time.Unix(1_800_000_000, 0)
	b := binding{id: strings.Repeat("A", idLength), algorithm: es256, key: "KEY", since: 1, enforced: 2}
	registered, other := b.String(), binding{id: strings.Repeat("B", idLength), algorithm: es256, key: "KEY"}
	none, with, without, another := "", h.tokens.signCookie(&b, true, now), h.tokens.signCookie(&b, false, now), h.tokens.signCookie(&other, true, now)
	for what, tt := range map[string]struct {
		binding, cookie string
		heal            string
		refused         bool
	}{
		"registered":                       {registered, none, "", true},
		"registered, proved":               {registered, without, "", false},
		"registered, proved with the key":  {registered, with, "", false},
		"registered, another's proof":      {registered, another, "", true},
		"offered":                          {b.id, none, "", false},
		"offered, another's proof":         {b.id, another, "", false},
		"offered, proved":                  {b.id, without, "", false},
		"offered, proved with the key":     {b.id, with, registered, false},
		"nothing":                          {"", none, "", true},
		"nothing, proved":                  {"", with, "", true},
		"cut":                              {b.id[:idLength-1], with, "", true},
		"not a binding":                    {"none.at.all", with, "", true},
		"not a binding, of the right size": {strings.Repeat("none", 10), none, "", true},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		if tt.cookie != "" {
			r.AddCookie(&http.Cookie{Name: "s-bound", Value: tt.cookie})
		}
		heal, err := h.Admit(r, tt.binding, now.Unix())
		if heal != tt.heal || errors.Is(err, ErrNotBound) != tt.refused || (err != nil) != tt.refused {
			t.Errorf("%s: it is healed to %q, %v", what, heal, err)
		}
	}
}

func TestSameAddress_HasNothingOfTheBeginning(t *testing.T) {
	for uri, want := range map[string]string{
		"/a/b?c=/d": "./b?c=/d", "/": "./", "http://evil.example/a/b?c": "./b?c", "": "./b?c", "evil.example:443": "./b?c",
	} {
		r := httptest.NewRequest("GET", "/a/b?c", nil)
		if r.RequestURI = uri; sameAddress(r) != want {
			t.Errorf("for %q it is %q, want %q", uri, sameAddress(r), want)
		}
	}
}

func TestDescribe_SaysWhatIsKnownOfTheDevice(t *testing.T) {
	h, r := newHooks(t), httptest.NewRequest("GET", "/", nil)
	for _, text := range []string{"", strings.Repeat("A", idLength), "none.at.all"} {
		if got := h.Describe(r, text); got != (inspect.Binding{}) {
			t.Errorf("of %q it says %+v", text, got)
		}
	}
	text, now := strings.Repeat("A", idLength)+".ES256.KEY.1.2.3.4", time.Unix(time.Now().Unix(), 0)
	if got := h.Describe(r, text); got.Algorithm != "ES256" || got.Since.Unix() != 1 || got.Enforced.Unix() != 2 || !got.Proved.IsZero() {
		t.Errorf("of a registered one it says %+v", got)
	}
	r.AddCookie(&http.Cookie{Name: "s-bound", Value: h.tokens.signCookie(&binding{id: text[:idLength]}, false, now)})
	if got := h.Describe(r, text); !got.Proved.Equal(now) || !got.Refresh.Equal(now.Add(DefaultLifetime)) {
		t.Errorf("of one that was proved it says %+v", got)
	}
}

func TestAt_IsThePathAsTheBrowserSeesIt(t *testing.T) {
	for what, tt := range map[string]struct {
		path, uri, prefix string
		want              bool
	}{
		"as it is":                          {"/dbsc/register", "/dbsc/register", "", true},
		"with a query":                      {"/dbsc/register", "/dbsc/register?a=b", "", true},
		"without a RequestURI":              {"/dbsc/register", "", "", true},
		"the beginning was removed":         {"/register", "/dbsc/register", "", true},
		"a proxy removed the beginning":     {"/register", "/register", "/dbsc/", true},
		"a proxy removed another beginning": {"/register", "/register", "/app", false},
		"a prefix that was not removed":     {"/dbsc/register", "/dbsc/register", "/dbsc", true},
		"another path":                      {"/register", "/register", "", false},
		"a rewritten path":                  {"/who", "/dbsc/register", "", false},
	} {
		r := httptest.NewRequest("POST", tt.path, nil)
		r.RequestURI = tt.uri
		if tt.prefix != "" {
			r.Header.Set("X-Forwarded-Prefix", tt.prefix)
		}
		if got := at(r, "/dbsc/register", "/register"); got != tt.want {
			t.Errorf("%s: %v", what, got)
		}
	}
	if at(&http.Request{RequestURI: "/dbsc/register"}, "/dbsc/register", "/register") {
		t.Error("a request without a URL is one for an endpoint")
	}
}
