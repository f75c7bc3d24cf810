package flaskwtf

import (
	"encoding/json"
	"html/template"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/session"
)

const goodKey = "a key of the tests, for both halves"

func newProtection(t testing.TB, opts *Options) *Protection {
	t.Helper()
	p, err := New(goodKey, opts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// within calls do with a session that has the values.
func within(t testing.TB, values map[string]any, do func(w http.ResponseWriter, r *http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	return withinRequest(t, httptest.NewRequest("GET", "/", nil), values, do)
}

func withinRequest(t testing.TB, r *http.Request, values map[string]any, do func(w http.ResponseWriter, r *http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	backend, err := flask.Cookies(goodKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := session.New(backend, flask.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for key, value := range values {
			session.From(r).Set(key, value)
		}
		do(w, r)
	})).ServeHTTP(w, r)
	return w
}

func judge(t testing.TB, p *Protection, values map[string]any, token string) (err error) {
	t.Helper()
	within(t, values, func(_ http.ResponseWriter, r *http.Request) { err = p.judge(session.From(r), token) })
	return err
}

type vector struct {
	Key, Secret, Token string
	At                 int64
}

func vectors(t testing.TB) (all []vector) {
	t.Helper()
	text, err := os.ReadFile("testdata/flask-wtf.json")
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil || len(all) < 8 {
		t.Fatalf("%d vectors, %v", len(all), err)
	}
	return all
}

func TestToken_FlaskWTFs(t *testing.T) {
	for _, v := range vectors(t) {
		p, err := New(v.Key, &Options{Clock: func() time.Time { return time.Unix(v.At, 0) }})
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]any{"csrf_token": v.Secret}
		within(t, values, func(_ http.ResponseWriter, r *http.Request) {
			if got := p.Token(session.From(r)); got != v.Token {
				t.Errorf("%s, want %s", got, v.Token)
			}
		})
		if err := judge(t, p, values, v.Token); err != nil {
			t.Errorf("%s: %v", v.Token, err)
		}
	}
}

func TestToken_ASessionKeepsItsSecret(t *testing.T) {
	p := newProtection(t, nil)
	within(t, map[string]any{"csrf_token": 5}, func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		token := p.Token(s)
		secret, _ := s.Value("csrf_token").(string)
		if len(secret) != 40 || strings.Trim(secret, "0123456789abcdef") != "" {
			t.Errorf("the session has %q", secret)
		}
		p.Token(s)
		if s.Value("csrf_token") != secret || p.judge(s, token) != nil {
			t.Error("the second token has another secret")
		}
	})
}

func TestToken_IsTheSameInEveryPartOfATemplate(t *testing.T) {
	p := newProtection(t, nil)
	page := template.Must(template.New("").Funcs(p.Funcs()).Parse(
		`<form>{{csrf_field .}}</form><meta content="{{csrf_token .}}"><p>{{csrf_token .}}</p><script>let token = {{csrf_token .}}</script><a href="/?t={{csrf_token .}}">`))
	within(t, nil, func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		var b strings.Builder
		token := p.Token(s)
		if err := page.Execute(&b, s); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(b.String(), token); n != 5 || !strings.Contains(b.String(), `<form><input type="hidden" name="csrf_token" value="`+token+`"></form>`) {
			t.Errorf("%d times %s in %s", n, token, b.String())
		}
	})
}

func TestField_ItsNameIsEscaped(t *testing.T) {
	p := newProtection(t, &Options{FieldName: `a"><script>`})
	within(t, nil, func(_ http.ResponseWriter, r *http.Request) {
		if field := string(p.Field(session.From(r))); strings.Contains(field, "<script>") {
			t.Errorf("the field is %s", field)
		}
	})
}

func TestNew_Refuses(t *testing.T) {
	for what, c := range map[string]struct {
		key  string
		opts Options
		want string
	}{
		"no key":          {"", Options{}, "is empty"},
		"a published key": {"dev", Options{}, "Options.AllowPublishedKey"},
		"a limit":         {goodKey, Options{TimeLimit: 1}, "TimeLimit is 1ns"},
	} {
		if _, err := New(c.key, &c.opts); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "flaskwtf: ") {
			t.Errorf("%s: %v, want %q", what, err, c.want)
		}
	}
}
