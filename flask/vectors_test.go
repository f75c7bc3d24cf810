package flask

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/json"
	"hash"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/itsdangerous"
	"github.com/wafer-go/wafer/session/driver"
)

// vector is a token that Flask made; see testdata/README.md.
type vector struct {
	Name       string `json:"name"`
	SecretKey  string `json:"secret_key"`
	Salt       string `json:"salt"`
	Digest     string `json:"digest"`
	Derivation string `json:"key_derivation"`
	Timestamp  int64  `json:"timestamp"`
	JSON       string `json:"json"`
	Token      string `json:"token"`
}

func vectors(t testing.TB) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/flask.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != 36 {
		t.Fatalf("there are %d vectors, want 36", len(all))
	}
	return all
}

func (v vector) compressed() bool { return strings.HasPrefix(v.Token, ".") }

func (v vector) driver(t testing.TB) driver.Driver {
	t.Helper()
	return open(t, v.SecretKey, &CookieOptions{
		Salt:   v.Salt,
		Digest: map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}[v.Digest],
		Derivation: map[string]itsdangerous.Derivation{
			"hmac": itsdangerous.HMAC, "concat": itsdangerous.Concat,
			"django-concat": itsdangerous.DjangoConcat, "none": itsdangerous.None,
		}[v.Derivation],
		AllowPublishedKey: true,
	})
}

func open(t testing.TB, key string, opts *CookieOptions, fallbackKeys ...string) driver.Driver {
	t.Helper()
	b, err := Cookies(key, opts, fallbackKeys...)
	if err != nil {
		t.Fatal(err)
	}
	k, err := b.Open(driver.Config{CookieName: "session"})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestFlaskTokenIsReadAndWrittenAgainToTheByte(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			k := v.driver(t)
			got, err := k.Load(context.Background(), v.Token)
			if err != nil {
				t.Fatal(err)
			}
			want := v.JSON
			if v.Name == "top-level single key that is a tag" {
				want = `{" t":"not a tuple"}`
			}
			if got.Payload != want {
				t.Errorf("payload %s, want %s", got.Payload, want)
			}
			if !got.SavedAt.Equal(time.Unix(v.Timestamp, 0)) {
				t.Errorf("written at %v, want %d", got.SavedAt, v.Timestamp)
			}
			if got.Accepted {
				t.Error("the current key counts as a fallback")
			}
			checkSaved(t, k, v, []byte(got.Payload))
		})
	}
}

func TestFlaskValuesAreDecodedAndEncodedAgainToTheByte(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			k := v.driver(t)
			f := k.Info().Codec
			loaded, err := k.Load(context.Background(), v.Token)
			if err != nil {
				t.Fatal(err)
			}
			payload := []byte{'{'}
			for _, m := range splitMembers(t, loaded.Payload) {
				if len(payload) > 1 {
					payload = append(payload, ',')
				}
				payload = append(f.AppendKey(payload, m.key), ':')
				var value any
				if err := f.DecodeValue(m.raw, &value); err != nil {
					t.Fatalf("%s: %v", m.raw, err)
				}
				if payload, err = f.AppendValue(payload, value); err != nil {
					t.Fatalf("%s: %v", m.raw, err)
				}
			}
			checkSaved(t, k, v, append(payload, '}'))
		})
	}
}

func checkSaved(t *testing.T, k driver.Driver, v vector, payload []byte) {
	t.Helper()
	token, _, err := k.Save(context.Background(), []byte("session="), driver.Write{Payload: payload, At: time.Unix(v.Timestamp, 0)})
	if err != nil {
		t.Fatal(err)
	}
	saved, ok := strings.CutPrefix(string(token), "session=")
	if !ok {
		t.Fatalf("what was in dst is gone: %s", token)
	}
	if !v.compressed() {
		if saved != v.Token {
			t.Errorf("wrote %s\nwant  %s", saved, v.Token)
		}
		return
	}
	// Two compressors may choose other bytes for the same text.
	again, err := k.Load(context.Background(), saved)
	if err != nil || again.Payload != string(payload) {
		t.Errorf("read back %s, %v", again.Payload, err)
	}
}

type rawMember struct{ key, raw string }

func splitMembers(t testing.TB, payload string) []rawMember {
	t.Helper()
	var members []rawMember
	d := newDecoder(payload)
	d.Peek()
	err := d.Members(func(key string) error {
		d.Peek()
		start := d.At
		if !d.skip() {
			return d.Syntax(d.At)
		}
		members = append(members, rawMember{key, payload[start:d.At]})
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", payload, err)
	}
	return members
}
