package itsdangerous

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"hash"
	"os"
	"testing"
	"time"
)

var digests = map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}

// noon is the time of most of the vectors.
var noon = time.Unix(1_700_000_000, 0).UTC()

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

// vector is one of Flask's own tokens.
type vector struct {
	Name       string
	SecretKey  string `json:"secret_key"`
	Salt       string
	Digest     string
	Derivation string `json:"key_derivation"`
	Timestamp  int64
	JSON       string
	Token      string
}

func vectors(tb testing.TB) []vector {
	tb.Helper()
	text, err := os.ReadFile("testdata/flask.json")
	if err != nil {
		tb.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(text, &all); err != nil {
		tb.Fatal(err)
	}
	if len(all) == 0 {
		tb.Fatal("testdata/flask.json has no vectors")
	}
	return all
}

func (v vector) signer(tb testing.TB) *TimestampSigner {
	tb.Helper()
	s, err := NewTimestampSigner([]byte(v.SecretKey), &Options{Salt: v.Salt, Digest: digests[v.Digest], Derivation: Derivation(v.Derivation)})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestFlasksTokensAreReadAndWrittenAgain(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			s := v.signer(t)
			signed, err := s.Open(v.Token)
			if err != nil {
				t.Fatal(err)
			}
			if signed.SignedAt.Unix() != v.Timestamp || signed.Key != 0 {
				t.Errorf("signed at %d under key %d, want %d under 0", signed.SignedAt.Unix(), signed.Key, v.Timestamp)
			}
			payload, err := AppendDecodedURLSafe(nil, signed.Value, 1<<20)
			if err != nil || string(payload) != v.JSON {
				t.Errorf("payload is %q (%v), want %q", payload, err, v.JSON)
			}
			if compressed := v.Token[0] == '.'; !compressed {
				if got := string(s.SignTail(AppendURLSafe(nil, payload, 0), 0, signed.SignedAt)); got != v.Token {
					t.Errorf("written again as\n%s, want\n%s", got, v.Token)
				}
			}
		})
	}
}

// TestWycheproof runs the published HMAC vectors through the prepared state.
func TestWycheproof(t *testing.T) {
	for name, digest := range digests {
		text, err := os.ReadFile("testdata/hmac_" + name + "_test.json")
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			TestGroups []struct {
				TagSize int
				Tests   []struct {
					TcID          int `json:"tcId"`
					Key, Msg, Tag string
					Result        string
				}
			}
		}
		if err := json.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		unhex := func(s string) []byte {
			b, err := hex.DecodeString(s)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		ran := 0
		for _, group := range file.TestGroups {
			if group.TagSize != digest().Size()*8 {
				continue // tokens carry whole signatures only
			}
			for _, test := range group.Tests {
				ran++
				m := newMAC(digest, unhex(test.Key))
				for range 2 { // the second from a state that was used before
					if got := m.verify(string(unhex(test.Msg)), encoding.EncodeToString(unhex(test.Tag))); got != (test.Result == "valid") {
						t.Errorf("%s, test %d: verified %v, the vector is %s", name, test.TcID, got, test.Result)
					}
				}
			}
		}
		if ran == 0 {
			t.Errorf("%s: no vector applies", name)
		}
	}
}

// TestPythonsTokens holds what Python's itsdangerous 2.1.2 makes with the key
// "k" at 1700000000.
func TestPythonsTokens(t *testing.T) {
	value := map[string]any{"a<>&": "é😀\x7f\u2028\n\x01\"\\/", "b": []any{1, true, nil}}
	o := Options{Clock: at(noon)}
	signer, _ := NewSigner([]byte("k"), &o)
	timed, _ := NewTimestampSigner([]byte("k"), &o)
	plain, _ := NewSerializer([]byte("k"), &SerializerOptions{Options: o})
	safe, _ := NewURLSafeSerializer([]byte("k"), &SerializerOptions{Options: o})
	plainTimed, _ := NewTimedSerializer([]byte("k"), &SerializerOptions{Options: o})
	safeTimed, _ := NewURLSafeTimedSerializer([]byte("k"), &SerializerOptions{Options: o})
	for _, tt := range []struct {
		what string
		make func() (string, error)
		want string
	}{
		{"Signer", func() (string, error) { return signer.Sign("value"), nil }, "value._akPgMDSIuNYlB9yvyFgdlGY-rc"},
		{"TimestampSigner", func() (string, error) { return timed.Sign("value"), nil }, "value.ZVPxAA.bOF5HMWegTnfEfkGve4KIB-3B1Y"},
		{
			"Serializer", func() (string, error) { return plain.Dump(value) },
			`{"a<>&": "\u00e9\ud83d\ude00\u007f\u2028\n\u0001\"\\/", "b": [1, true, null]}.pbQ8ZZZRuJIl9JnRScA2HifF03g`,
		},
		{
			"URLSafeSerializer", func() (string, error) { return safe.Dump(value) },
			"eyJhPD4mIjoiw6nwn5iAf-KAqFxuXHUwMDAxXCJcXC8iLCJiIjpbMSx0cnVlLG51bGxdfQ.BJ3zhgl4sXo1yhvDhp81sXQpvNk",
		},
		{
			"TimedSerializer", func() (string, error) { return plainTimed.Dump([]int{1, 2}) },
			"[1, 2].ZVPxAA.TglCqEdRwIuHG2cEVuoJwM8R5eo",
		},
		{
			"URLSafeTimedSerializer", func() (string, error) { return safeTimed.Dump(value) },
			"eyJhPD4mIjoiw6nwn5iAf-KAqFxuXHUwMDAxXCJcXC8iLCJiIjpbMSx0cnVlLG51bGxdfQ.ZVPxAA.p6Fufhv2znwvmQ1LauY58rMkZu0",
		},
	} {
		if got, err := tt.make(); got != tt.want || err != nil {
			t.Errorf("%s makes\n%s (%v), want\n%s", tt.what, got, err, tt.want)
		}
	}
}
