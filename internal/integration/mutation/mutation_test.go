// Package mutation holds every backend that keeps sessions in cookies to the
// rule that only what it made is taken.
package mutation

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

// mutations is how many altered cookies of each kind are tried, if
// WAFER_MUTATIONS does not say (make soak: a million).
var mutations = 20_000

func TestMain(m *testing.M) {
	if text := os.Getenv("WAFER_MUTATIONS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			fmt.Fprintf(os.Stderr, "WAFER_MUTATIONS is %q; give it a whole number above 0\n", text)
			os.Exit(2)
		}
		mutations = n
	}
	os.Exit(m.Run())
}

func flaskCookies(t *testing.T, key, salt string) session.Backend {
	t.Helper()
	b, err := flask.Cookies(key, &flask.CookieOptions{Salt: salt})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// token has a backend make one.
func token(t *testing.T, b session.Backend, cookie, purpose, payload string, at time.Time) string {
	t.Helper()
	k, err := b.Open(driver.Config{CookieName: cookie, Purpose: purpose, MaxCookieSize: session.DefaultMaxCookieSize})
	if err != nil {
		t.Fatal(err)
	}
	made, _, err := k.Save(t.Context(), nil, driver.Write{Payload: []byte(payload), At: at, Expires: at.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	return string(made)
}

func TestNoneOfAMillionMutatedTokensIsTaken(t *testing.T) {
	key, older, stranger := secret.New(), secret.New(), secret.New()
	const flaskKey, strangerKey = "one key for both of us", "a key of somebody else"
	for name, tt := range map[string]struct {
		backend session.Backend
		foreign []session.Backend // made with other keys, salts or purposes
	}{
		"signed": {session.Signed(key, older), []session.Backend{session.Signed(stranger), session.Sealed(key), flaskCookies(t, flaskKey, "")}},
		"sealed": {session.Sealed(key, older), []session.Backend{session.Sealed(stranger), session.Signed(key), flaskCookies(t, flaskKey, "")}},
		"Flask":  {flaskCookies(t, flaskKey, ""), []session.Backend{flaskCookies(t, strangerKey, ""), flaskCookies(t, flaskKey, "another salt"), session.Signed(key)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := time.Unix(1_700_000_000, 0)
			long := `{"text":"` + strings.Repeat("again and ", 200) + `"}`
			good := []string{
				token(t, tt.backend, "s", "", `{"username":"ada"}`, now), token(t, tt.backend, "s", "", `{"username":"eve"}`, now.Add(time.Minute)), token(t, tt.backend, "s", "", long, now),
			}
			var others []string
			for _, b := range tt.foreign {
				others = append(others, token(t, b, "s", "", `{"username":"ada"}`, now))
			}
			if name != "Flask" { // Flask's tokens are good in any cookie, and have no purpose
				others = append(others, token(t, tt.backend, "t", "", `{"username":"ada"}`, now), token(t, tt.backend, "s", "admin", `{"username":"ada"}`, now))
			}
			k, err := tt.backend.Open(driver.Config{CookieName: "s", MaxCookieSize: session.DefaultMaxCookieSize})
			if err != nil {
				t.Fatal(err)
			}
			known := make(map[string]bool)
			for _, token := range good {
				known[token] = true
				if _, err := k.Load(context.Background(), token); err != nil {
					t.Fatalf("the token itself is refused: %v", err)
				}
			}
			for _, token := range others {
				if _, err := k.Load(context.Background(), token); !errors.Is(err, session.ErrRefused) {
					t.Fatalf("a token of another key, salt, purpose or cookie is taken: %v", err)
				}
			}
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			m := mutator{rand.New(rand.NewPCG(seed, 0)), good, append(others, good...)}
			for range mutations {
				token := m.token()
				if known[token] {
					continue
				}
				if l, err := k.Load(context.Background(), token); !errors.Is(err, session.ErrRefused) {
					t.Fatalf("%q gives %+v, %v", token, l, err)
				}
			}
		})
	}
}

// A mutator makes tokens that are nearly good.
type mutator struct {
	*rand.Rand
	good, all []string
}

func (m mutator) token() string {
	one, two := m.good[m.IntN(len(m.good))], m.all[m.IntN(len(m.all))]
	i := m.IntN(len(one))
	switch m.IntN(8) {
	case 0: // a bit of the text
		b := []byte(one)
		b[i] ^= 1 << m.IntN(8)
		return string(b)
	case 1: // a cut, at either end
		if m.IntN(2) == 0 {
			return one[:i]
		}
		return one[i+1:]
	case 2: // a join of two
		return one[:i] + two[m.IntN(len(two)):]
	case 3: // something between
		return one[:i] + string(" =.+/\n\r\tA_-\x00"[m.IntN(12)]) + one[i:]
	case 4: // the parts of two, mixed
		parts := append(strings.Split(one, "."), strings.Split(two, ".")...)
		m.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		return strings.Join(parts[:1+m.IntN(len(parts))], ".")
	case 5: // one part of another
		mine, theirs := strings.Split(one, "."), strings.Split(two, ".")
		mine[m.IntN(len(mine))] = theirs[m.IntN(len(theirs))]
		return strings.Join(mine, ".")
	case 6: // a bit of what a part encodes
		parts := strings.Split(one, ".")
		n := m.IntN(len(parts))
		raw, err := base64.RawURLEncoding.DecodeString(parts[n])
		if err != nil || len(raw) == 0 {
			return one + "A"
		}
		raw[m.IntN(len(raw))] ^= 1 << m.IntN(8)
		parts[n] = base64.RawURLEncoding.EncodeToString(raw)
		return strings.Join(parts, ".")
	default: // a stretch of another in its place
		b := []byte(one)
		copy(b[i:min(len(b), i+1+m.IntN(40))], two[min(i, len(two)):])
		return string(b)
	}
}
