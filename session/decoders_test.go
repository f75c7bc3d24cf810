package session_test

import (
	"encoding/json"
	"html/template"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// Whatever reads a value finds the same in it, in each backend, in this request and in the next.
func TestDecoders_Agree(t *testing.T) {
	ours, err := flask.Cookies("5f0c7d1e9b3a48d2a6c4e8f1b7093d5c", nil)
	if err != nil {
		t.Fatal(err)
	}
	backends := everyBackend()
	backends["sealed"], backends["flask"] = session.Sealed(secret.New()), ours
	backends["flask to stored"] = session.Migrate(session.Stored(memstore.New(nil)), ours)
	const large = int64(1234567890123456789)
	values := map[string]any{
		"int": int64(5), "large": large, "beyond": json.Number("123456789012345678901234567890"), "float": 1.5, "whole": 2.0, "text": "a\"\u2028<é", "true": true, "nil": nil,
		"list": []any{large, "x", nil, []any{int64(1)}}, "map": map[string]any{"n": large, "deep": map[string]any{"l": []any{large, 0.5}}},
		"empty": []any{}, "nothing": map[string]any{}, "\u00e9 key\n": "v", "replacement": "\ufffd",
	}
	for name, backend := range backends {
		t.Run(name, func(t *testing.T) {
			v := newVisitorOf(t, backend, session.Options{})
			v.clock = time.Now()
			// Field[any] has the type of the value as JSON, so it agrees with Value.
			agree := func(r *http.Request, s *session.Session) {
				for _, i := range v.m.Inspect(r).Values {
					if name == "flask" {
						break // whose text has Flask's tags
					}
					var inspected any
					if d := json.NewDecoder(strings.NewReader(i.JSON)); i.Err != nil || d.Decode(&inspected) != nil {
						t.Errorf("Inspect has %q for %q, %v", i.JSON, i.Key, i.Err)
					}
				}
				for key, want := range values {
					got, ok := session.Field[any](key).Get(s)
					if of := s.Value(key); !ok || !reflect.DeepEqual(of, want) || !reflect.DeepEqual(got, of) {
						t.Errorf("%q: Value %#v, Get %#v %v, want %#v", key, of, got, ok, want)
					}
					if list, ok := want.([]any); ok {
						if got, ok := session.Field[[]any](key).Get(s); !ok || !reflect.DeepEqual(got, list) {
							t.Errorf("%q: Get of a list %#v, want %#v", key, got, list)
						}
					}
					if m, ok := want.(map[string]any); ok {
						if got, ok := session.Field[map[string]any](key).Get(s); !ok || !reflect.DeepEqual(got, m) {
							t.Errorf("%q: Get of a map %#v, want %#v", key, got, m)
						}
					}
				}
				var b strings.Builder
				page := template.Must(template.New("").Funcs(session.Funcs).Parse(`{{value . "large"}} {{index (value . "list") 0}} {{(value . "map").n}} {{value . "beyond"}}`))
				if err := page.Execute(&b, s); err != nil || b.String() != "1234567890123456789 1234567890123456789 1234567890123456789 123456789012345678901234567890" {
					t.Errorf("a template shows %s (%v)", &b, err)
				}
			}
			v.do(func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
				for key, value := range values {
					s.Set(key, value)
				}
				agree(r, s)
			})
			v.do(func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
				agree(r, s)
				session.Field[map[string]any]("map").Update(s, func(m map[string]any) map[string]any { m["added"] = true; return m })
				session.Field[any]("list").Update(s, func(v any) any { return v })
			})
			v.do(func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
				session.Field[map[string]any]("map").Update(s, func(m map[string]any) map[string]any { delete(m, "added"); return m })
				agree(r, s)
			})
		})
	}
}

// Types that know more than Value does read what Value reads: an integer of any size, a moment.
func TestDecoders_OfATypeAgreeWithValue(t *testing.T) {
	for name, backend := range everyBackend() {
		v := newVisitorOf(t, backend, session.Options{})
		v.clock = time.Now()
		v.with(func(s *session.Session) { s.Set("n", uint64(1<<64-1)); s.Set("d", time.Minute) })
		v.with(func(s *session.Session) {
			n, ok := session.Field[uint64]("n").Get(s)
			if got := s.Value("n"); !ok || n != 1<<64-1 || got != json.Number("18446744073709551615") {
				t.Errorf("%s: Get %v %v, Value %#v", name, n, ok, got)
			}
			if d, ok := session.Field[time.Duration]("d").Get(s); !ok || d != time.Minute || s.Value("d") != int64(time.Minute) {
				t.Errorf("%s: Get %v %v, Value %#v", name, d, ok, s.Value("d"))
			}
			if _, ok := session.Field[int8]("n").Get(s); ok {
				t.Errorf("%s: it fits an int8", name)
			}
		})
	}
}
