package session_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// model is what a session should hold: values, and messages not yet read.
type model struct {
	values   map[string]int
	messages []session.Message
}

// TestRandomSequencesDoWhatAModelDoes runs random changes through several
// requests, in every backend, beside a map and a list.
func TestRandomSequencesDoWhatAModelDoes(t *testing.T) {
	for name, backend := range map[string]session.Backend{
		"signed": session.Signed(secret.New()), "sealed": session.Sealed(secret.New()), "Flask": flaskCookies(t),
		"migrating": session.Migrate(session.Sealed(secret.New()), flaskCookies(t)),
	} {
		t.Run(name, func(t *testing.T) {
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			random := rand.New(rand.NewPCG(seed, 0))
			for range 100 {
				v := newVisitorOf(t, backend, session.Options{})
				want := model{values: map[string]int{}}
				for range 12 {
					method := []string{"GET", "POST", "HEAD"}[random.IntN(3)]
					fails := random.IntN(8) == 0
					before := model{maps.Clone(want.values), slices.Clone(want.messages)}
					func() {
						defer func() { _ = recover() }()
						v.method(method, func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
							want.request(t, random, s, method)
							if fails {
								panic("the handler fails, so nothing is saved")
							}
						})
					}()
					if fails {
						want = before
					}
				}
				v.with(func(s *session.Session) {
					for key, n := range want.values {
						if got, ok := session.Field[int](key).Get(s); !ok || got != n {
							t.Errorf("%s is %d, %v, want %d", key, got, ok, n)
						}
					}
					if got := texts(s.Flashes()); got != texts(want.messages) {
						t.Errorf("the flashes are %q, want %q", got, texts(want.messages))
					}
					if s.Len() != len(want.values) {
						t.Errorf("the keys are %q, want %v", s.Keys(), want.values)
					}
				})
				if t.Failed() {
					return
				}
			}
		})
	}
}

// request makes random changes to s and to the model.
func (m *model) request(t *testing.T, random *rand.Rand, s *session.Session, method string) {
	var shown []session.Message // what this request read
	read := false
	for range random.IntN(6) {
		key := string(rune('a' + random.IntN(5)))
		field := session.Field[int](key)
		n := random.IntN(100)
		switch random.IntN(10) {
		case 0, 1:
			field.Set(s, n)
			m.values[key] = n
		case 2:
			field.Update(s, func(old int) int { return old + n })
			m.values[key] += n
		case 3:
			field.Delete(s)
			delete(m.values, key)
		case 4:
			got, ok := field.Pop(s)
			if old, there := m.values[key]; got != old || ok != there {
				t.Errorf("Pop(%s) gives %d, %v, want %d, %v", key, got, ok, old, there)
			}
			delete(m.values, key)
		case 5:
			msg := session.Message{Category: key, Text: fmt.Sprint("message ", n)}
			s.FlashAs(msg.Category, msg.Text)
			m.messages = append(m.messages, msg)
		case 6, 7:
			if !read {
				shown, read = slices.Clone(m.messages), true
				if method != http.MethodHead {
					m.messages = nil
				}
			}
			if got := texts(s.Flashes()); got != texts(shown) {
				t.Errorf("the flashes are %q, want %q", got, texts(shown))
			}
		case 8:
			if got, there := m.values[key]; s.Has(key) != there {
				t.Errorf("Has(%s) is %v, want %d, %v", key, s.Has(key), got, there)
			}
		case 9:
			if random.IntN(4) == 0 {
				s.Clear()
				clear(m.values)
				m.messages = nil
			} else {
				s.Renew()
			}
		}
	}
}
