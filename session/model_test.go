package session_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// model is what a session should hold: values, and messages not yet read.
type model struct {
	values   map[string]int
	messages []session.Message
	big      bool // there is a value too large for a cookie
	roomy    bool // there may be one

	shown []session.Message // what this request read
	read  bool
}

// TestRandomSequencesDoWhatAModelDoes runs random changes through several
// requests, in every backend, beside a map and a list.
func TestRandomSequencesDoWhatAModelDoes(t *testing.T) {
	for name, backend := range map[string]session.Backend{
		"signed": session.Signed(secret.New()), "sealed": session.Sealed(secret.New()), "Flask": flaskCookies(t),
		"migrating": session.Migrate(session.Sealed(secret.New()), flaskCookies(t)),
		"stored":    session.Stored(&fullStore{}), "least store": session.Stored(&fakeStore{forgets: true}),
		"overflow to a store": session.Overflow(session.Signed(secret.New()), &fullStore{}),
		"from store to store": session.Migrate(session.Stored(&fullStore{}), session.Stored(&fakeStore{})),
	} {
		t.Run(name, func(t *testing.T) {
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			random := rand.New(rand.NewPCG(seed, 0))
			for range 100 {
				v := newVisitorOf(t, backend, session.Options{})
				want := model{values: map[string]int{}, roomy: strings.Contains(name, "store")}
				for range 12 {
					method := []string{"GET", "POST", "HEAD"}[random.IntN(3)]
					fails := random.IntN(8) == 0
					want.shown, want.read = nil, false
					before := want
					before.values, before.messages = maps.Clone(want.values), slices.Clone(want.messages)
					func() {
						defer func() { _ = recover() }()
						v.method(method, func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
							want.request(t, random, s, method)
							if fails {
								panic("the handler fails, so nothing more is saved")
							}
							if random.IntN(4) == 0 {
								if err := s.Save(t.Context()); err != nil {
									t.Errorf("Save: %v", err)
								}
								want.request(t, random, s, method)
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
					if s.Has("big") != want.big {
						t.Errorf("the large value is there: %v", s.Has("big"))
					}
					s.Delete("big")
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
			if !m.read {
				m.shown, m.read = slices.Clone(m.messages), true
				if method != http.MethodHead {
					m.messages = nil
				}
			}
			if got := texts(s.Flashes()); got != texts(m.shown) {
				t.Errorf("the flashes are %q, want %q", got, texts(m.shown))
			}
		case 8:
			if got, there := m.values[key]; s.Has(key) != there {
				t.Errorf("Has(%s) is %v, want %d, %v", key, s.Has(key), got, there)
			}
		case 9:
			switch random.IntN(8) {
			case 0:
				s.Clear()
				clear(m.values)
				m.messages, m.big = nil, false
			case 1:
				s.Destroy()
				clear(m.values)
				m.messages, m.big = nil, false
			case 2:
				if m.big = m.roomy && !m.big; !m.big {
					s.Delete("big")
					break
				}
				digits := make([]int, 2500)
				for i := range digits {
					digits[i] = random.IntN(1000)
				}
				s.Set("big", digits)
			default:
				s.Renew()
			}
		}
	}
}
