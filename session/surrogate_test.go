package session_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// JSON's grammar allows half of a surrogate pair, which no Go string can hold. A program that gives
// one as raw JSON gets it back, or an error that names the value.
func TestSet_OfRawJSONWithALoneSurrogate(t *testing.T) {
	backends := everyBackend()
	ours, err := flask.Cookies("5f0c7d1e9b3a48d2a6c4e8f1b7093d5c", nil)
	if err != nil {
		t.Fatal(err)
	}
	key := secret.New()
	signed := session.Signed(key)
	backends["flask"], backends["signed"] = ours, signed
	for name, backend := range backends {
		for _, text := range []string{`"\ud800"`, `"a\udc00\ud800"`, `"\uD83Dx"`, `["\ud800"]`, `{"\ud800":1}`, `{"a":{"b":["\udfff"]}}`} {
			for _, value := range []any{json.RawMessage(text), map[string]json.RawMessage{"t": json.RawMessage(text)}, []any{json.RawMessage(text)}} {
				v := newVisitorOf(t, backend, session.Options{})
				v.clock = time.Now()
				res := v.with(func(s *session.Session) { s.Set("raw", value) })
				if res.StatusCode != http.StatusOK {
					if name != "flask" || !strings.Contains(v.log.String(), `the value of \"raw\" cannot be kept`) || !strings.Contains(v.log.String(), "lone surrogate") {
						t.Errorf("%s: %T of %s: %d: %s", name, value, text, res.StatusCode, v.log)
					}
					continue
				}
				want, err := json.Marshal(value)
				if err != nil {
					t.Fatal(err)
				}
				v.with(func(s *session.Session) {
					if got, ok := session.Field[json.RawMessage]("raw").Get(s); !ok || string(got) != string(want) {
						t.Errorf("%s: %T of %s came back as %s, %v", name, value, text, got, ok)
					}
					s.Set("more", 1)
				})
				if name != "signed" {
					continue
				}
				// The program moves to Flask's cookies, which have the value too.
				moved := newVisitorOf(t, session.Migrate(ours, signed), session.Options{})
				moved.cookies, moved.clock = v.cookies, time.Now()
				for range 2 {
					res := moved.with(func(s *session.Session) {
						if s.Len() != 2 {
							t.Errorf("moved to flask: %s: the session has %q; refused is %v", text, s.Keys(), moved.refused)
						}
						s.Set("more", strings.Repeat("x", s.Len()))
					})
					if res.StatusCode != http.StatusOK {
						t.Errorf("moved to flask: %s: %d: %s", text, res.StatusCode, moved.log)
					}
				}
			}
		}
	}
}
