package gorilla

import (
	"context"
	"encoding/gob"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// user is what testdata has as main.User.
type user struct {
	Name  string
	Admin bool `json:"admin"`
}

func init() {
	gob.RegisterName("main.User", user{})
	gob.RegisterName("[]main.User", []user{})
	gob.Register(time.Time{})
	gob.Register(map[string]any{})
	gob.Register(map[any]any{})
	gob.Register(map[int]string{})
}

// vector is a cookie that gorilla's securecookie made.
type vector struct {
	Name, Cookie, Value, Payload string
	Hash, Block                  []byte
}

func vectors(t testing.TB) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/cookies.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(text, &all); err != nil || len(all) < 20 {
		t.Fatalf("there are %d vectors, %v", len(all), err)
	}
	return all
}

// opened returns a backend as a manager of the cookie uses it.
func opened(t testing.TB, b driver.Backend, cookie string) driver.Driver {
	t.Helper()
	k, err := b.Open(driver.Config{CookieName: cookie, MaxCookieSize: 4096})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestEachCookieThatGorillaMadeIsRead(t *testing.T) {
	for _, v := range vectors(t) {
		k := opened(t, Cookies([]Keys{NewKeys(v.Hash, v.Block)}, nil), v.Cookie)
		found, err := k.Load(context.Background(), v.Value)
		if err != nil || found.Payload != v.Payload {
			t.Errorf("%s, with a block key of %d bytes: %s, %v; want %s", v.Name, len(v.Block), found.Payload, err, v.Payload)
		}
		if found.SavedAt.Unix() != 1795421287 || found.ExpiresAt.Sub(found.SavedAt) != 30*86400*time.Second {
			t.Errorf("%s: written at %v, expires at %v", v.Name, found.SavedAt, found.ExpiresAt)
		}
	}
}
