package debug_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/itsdangerous"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/debug"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

func TestHostileKeysAndValuesAreEscaped(t *testing.T) {
	m := signed(t)
	cookie := cookieOf(t, m, func(s *session.Session) {
		s.Set("<img src=x onerror=1>", `</code><script>alert("1")</script>`)
		s.Set("turned", "a\u202eb\x00\n")
		s.Set("nested", map[string]any{`"><svg onload=1>`: []string{"<b>"}})
		s.SetOwner("<i>owner")
		s.FlashHTML("<u>", "<marquee>now</marquee>")
	})
	want(
		t, page(t, m, cookie), "not <img", "not <script", "not <svg onload", "not <b>", "not <i>", "not <u>", "not <marquee", "not \u202e",
		"&lt;img src=x onerror=1&gt;", "&lt;script&gt;alert(&#34;1&#34;)", `a\u202eb\x00\n`, "&lt;marquee&gt;", "HTML, which templates do not escape",
	)
}

func TestAMessageIsShownWithItsTitleAndData(t *testing.T) {
	m := signed(t)
	cookie := cookieOf(t, m, func(s *session.Session) {
		s.FlashMessage(session.Message{
			Category: "info", Title: "<Deleted>", Text: "the note is gone",
			Data: json.RawMessage(`{"undo":"/notes/7","token":"hush-1","many":[` + strings.Repeat("1,", 500) + `1]}`),
		})
		s.Flash("plain")
	})
	shown := page(t, m, cookie)
	flashes := shown[strings.Index(shown, `<h2 id="flashes">`):strings.Index(shown, `<h2 id="attributes">`)]
	want(
		t, flashes, "<td>info</td><td><b>&lt;Deleted&gt;</b> the note is gone", `<code class="key">data</code> <span class="kind">object, 3 keys</span>`,
		"“/notes/7”", "not hush-", "more, left out", "<td>message</td><td>plain</td>",
	)
}

func TestAValueThatSoundsLikeASecretIsHiddenUnlessTold(t *testing.T) {
	m := signed(t)
	deep := map[string]any{"refreshToken": "hush-2"}
	for range 20 {
		deep = map[string]any{"down": deep}
	}
	cookie := cookieOf(t, m, func(s *session.Session) {
		s.Set("csrf_token", "hush-1")
		s.Set("deep", deep)
		s.Set("oauth", map[string]any{"apiKey": "hush-3", "name": "shown"})
		s.Set("Passwords", []any{map[string]any{"x": "hush-4"}})
		s.Set("pin", 123454321)
		s.Set("shipping", "shown too")
	})
	want(t, page(t, m, cookie), "not hush-", "not 123454321", "“shown”", "“shown too”", "string, 6 bytes (hidden")
	all := serve(opened(t, m, &debug.Options{InsecureShowSecrets: true}), ask("GET", cookie)).Body.String()
	want(t, all, "hush-1", "hush-2", "hush-3", "hush-4", "123454321")
}

func TestALongTextIsFolded(t *testing.T) {
	m := signed(t)
	cookie := cookieOf(t, m, func(s *session.Session) { s.Set("text", strings.Repeat("word ", 100)+"the end") })
	want(t, page(t, m, cookie), `<details><summary><code class="key">text</code> <span class="kind">string, 507 bytes</span> <code>“word`, "the end</pre>")
}

func TestAHugeSessionMakesABoundedPage(t *testing.T) {
	m := manager(t, session.Stored(memstore.New(nil)), session.Options{})
	for name, fill := range map[string]func(s *session.Session){
		"one text": func(s *session.Session) { s.Set("a", strings.Repeat("<", 100<<10)) },
		"texts": func(s *session.Session) {
			for i := range 100 {
				s.Set(fmt.Sprint("a", i), strings.Repeat("x", 1<<10))
			}
		},
		"one list": func(s *session.Session) { s.Set("a", make([]int, 50<<10)) },
		"keys": func(s *session.Session) {
			for i := range 5000 {
				s.Set(fmt.Sprint("a", strings.Repeat("k", 200), i), i)
			}
		},
		"depth": func(s *session.Session) {
			var v any = strings.Repeat("x", 50<<10)
			for range 700 {
				v = []any{v}
			}
			s.Set("a", v)
		},
		"flashes": func(s *session.Session) {
			for range 1000 {
				s.Flash(strings.Repeat("<", 100))
			}
		},
	} {
		cookie := cookieOf(t, m, func(s *session.Session) {
			fill(s)
			s.Set("zz", "the last key")
		})
		shown := page(t, m, cookie)
		if len(shown) > 512<<10 {
			t.Errorf("%s: a page of %d bytes", name, len(shown))
		}
		if name != "keys" {
			want(t, shown, "the last key")
		}
		want(t, shown, "The record in the store has")
	}
}

func TestWhatIsNoJSONIsShownAsItIs(t *testing.T) {
	const key = "a key of a Flask program, for tests"
	backend, err := flask.Cookies(key, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := manager(t, backend, *flask.Defaults())
	signer, err := itsdangerous.NewTimestampSigner([]byte(key), &itsdangerous.Options{Salt: "cookie-session", Derivation: itsdangerous.HMAC})
	if err != nil {
		t.Fatal(err)
	}
	payload := `{"bad":NaN,"both":{"n":Infinity,"t":"<b>"},"pair":{" t":[1,2]},"token":NaN}`
	token := signer.Sign(string(itsdangerous.AppendURLSafe(nil, []byte(payload), 1<<20)))
	want(t, page(t, m, "session="+token), "JSON, 3 bytes (written by another program", "<code>NaN</code>", "Infinity", "&lt;b&gt;", "Flask&#39;s tuple", "hidden")
}

func TestAValueThatCannotBeKeptIsAWarning(t *testing.T) {
	m := signed(t)
	i := opened(t, m, nil)
	r := ask("GET", "")
	m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		session.From(r).Set("callback", func() {})
		w := httptest.NewRecorder()
		i.ServeHTTP(w, r)
		want(t, w.Body.String(), "The value at callback cannot be kept", "#the-value-of--cannot-be-kept", ">not kept<")
		session.From(r).Delete("callback")
	})).ServeHTTP(httptest.NewRecorder(), r)
}

// down is a store that does not answer.
type down struct{ store.Store }

func (down) Load(context.Context, store.ID) (store.Record, error) {
	return store.Record{}, errors.New(`dial: parse "redis://app:hush-1@db:6379": refused, root:hush-2@tcp(db:3306), password=hush-3 host=db`)
}

func TestAStoreThatFailsIsShownWithoutItsPassword(t *testing.T) {
	good := manager(t, session.Stored(memstore.New(nil)), session.Options{})
	cookie := cookieOf(t, good, func(s *session.Session) { s.Set("n", 1) })
	m := manager(t, session.Stored(down{memstore.New(nil)}), session.Options{})
	want(t, page(t, m, cookie), "The session could not be read", "#the-backend-is-not-available", "redis://app:[hidden]@db:6379", "not hush-")
}

func TestAStoredSessionNamesItsRecordAndItsOwner(t *testing.T) {
	m := manager(t, session.Stored(memstore.New(nil)), session.Options{})
	cookie := cookieOf(t, m, func(s *session.Session) { s.SetOwner("user:42") })
	id := m.Inspect(ask("GET", cookie)).ID
	want(t, page(t, m, cookie), id, "user:42", "not "+strings.TrimPrefix(cookie, "__Host-session="))
}

func TestASealedSessionIsShown(t *testing.T) {
	m := manager(t, session.Sealed(secret.New()), session.Options{})
	want(t, page(t, m, cookieOf(t, m, func(s *session.Session) { s.Set("username", "ada") })), "“ada”", "sealed", "Expires in 31 days")
}

// refused is a value whose encoding fails with an error that quotes it.
type refused string

func (v refused) MarshalJSON() ([]byte, error) { return nil, errors.New("weak: " + string(v)) }

func (v *refused) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, (*string)(v)) }

func TestAValueThatSoundsLikeASecretIsNotShownByItsError(t *testing.T) {
	m := signed(t)
	for _, tt := range []struct {
		opts *debug.Options
		want string
	}{{nil, "not hunter2"}, {&debug.Options{InsecureShowSecrets: true}, "hunter2"}} {
		i := debug.New(m, tt.opts)
		cookie := admitted(t, i, i)
		m.Handler(i.Record(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			session.From(r).Set("password", refused("hunter2"))
			w := httptest.NewRecorder()
			i.ServeHTTP(w, r)
			want(t, w.Body.String(), "The value at password cannot be kept", tt.want)
		}))).ServeHTTP(httptest.NewRecorder(), ask("GET", cookie))
		if tt.opts == nil {
			want(t, serve(i, ask("GET", cookie)).Body.String(), "not hunter2")
		}
	}
}
