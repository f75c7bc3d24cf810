package itsdangerous

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func FuzzOpen(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.Token)
	}
	s, err := NewTimestampSigner([]byte("dev"), &Options{Salt: "cookie-session", Derivation: HMAC}, []byte("older"))
	if err != nil {
		f.Fatal(err)
	}
	older, err := NewTimestampSigner([]byte("older"), &Options{Salt: "cookie-session", Derivation: HMAC})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, token string) {
		signed, err := s.Open(token)
		if err != nil {
			if !errors.Is(err, ErrBadSignature) {
				t.Fatalf("%q fails with %v", token, err)
			}
			return
		}
		maker := s
		if signed.Key == 1 {
			maker = older
		}
		if made := string(maker.SignTail([]byte(signed.Value), 0, signed.SignedAt)); made != token {
			t.Fatalf("took %q, where %q is what is made", token, made)
		}
	})
}

// FuzzTimestamp signs what is under the timestamp, so that its reader is
// reached.
func FuzzTimestamp(f *testing.F) {
	for _, text := range []string{"", "ZVPxAA", "AGVT8QA", "ZVPxAB", "____________", "v.ZVPxAA", "ZV\nPxAA"} {
		f.Add(text)
	}
	s, err := NewTimestampSigner([]byte("k"), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		token := string(s.s.signTail([]byte("v."+text), 0))
		signed, err := s.Open(token)
		if err == nil && string(s.SignTail([]byte(signed.Value), 0, signed.SignedAt)) != token {
			t.Fatalf("%q is a second spelling of %v", text, signed.SignedAt)
		}
	})
}

func FuzzURLSafe(f *testing.F) {
	for _, v := range vectors(f) {
		if signed, err := LookUnsafe(v.Token); err == nil {
			f.Add(signed.Value)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		const limit = 4096
		got, err := AppendDecodedURLSafe([]byte("x"), text, limit)
		if err != nil {
			if string(got) != "x" {
				t.Fatalf("an error leaves %q", got)
			}
			return
		}
		if got = got[1:]; len(got) > limit {
			t.Fatalf("%d bytes, over the limit", len(got))
		}
		if !strings.HasPrefix(text, ".") && base64.RawURLEncoding.EncodeToString(got) != text {
			t.Fatalf("%q is a second spelling of %q", text, got)
		}
		again, err := AppendDecodedURLSafe(nil, string(AppendURLSafe(nil, got, 0)), limit)
		if err != nil || !bytes.Equal(again, got) {
			t.Fatalf("%q is written so that it is read as %q (%v)", got, again, err)
		}
	})
}

// FuzzLoad signs what it is given, so that the reader of payloads is reached.
func FuzzLoad(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.JSON)
	}
	s, err := NewSerializer([]byte("k"), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		var v any
		if err := s.Load(s.signers[0].Sign(payload), &v); err != nil {
			if !errors.Is(err, ErrBadPayload) {
				t.Fatalf("%q fails with %v", payload, err)
			}
			return
		}
		for _, style := range []jsonStyle{plainStyle, urlSafeStyle} {
			raw, err := json.Marshal(json.RawMessage(payload))
			if err != nil {
				t.Fatalf("%q was loaded and is no JSON: %v", payload, err)
			}
			if got := style.append(nil, raw); !sameJSON(t, got, []byte(payload)) {
				t.Fatalf("%q is spelled %q, which means something else", payload, got)
			}
		}
		token, err := s.Dump(v)
		if err != nil {
			t.Fatalf("%q cannot be dumped again: %v", payload, err)
		}
		var w any
		if err := s.Load(token, &w); err != nil || !reflect.DeepEqual(v, w) {
			t.Fatalf("%q is dumped so that it is read as %v (%v)", payload, w, err)
		}
		text, _, _ := strings.Cut(token, "\n")
		if text != token || strings.IndexFunc(token, func(r rune) bool { return r > 0x7E }) >= 0 {
			t.Fatalf("%q is not dumped in ASCII on a line: %q", payload, token)
		}
	})
}

// FuzzMutation replaces a part of a token, which must not be taken.
func FuzzMutation(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.Token, uint(0), uint(1), "")
		f.Add(v.Token, uint(len(v.Token)), uint(len(v.Token)), "=")
	}
	// Not the vectors' key: a vector as the value would be a good token within
	// another, which a cut rightly brings out.
	s, err := NewTimestampSigner([]byte("a key of no vector"), &Options{Salt: "cookie-session", Derivation: HMAC})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, value string, from, to uint, with string) {
		token := string(s.SignTail([]byte(value), 0, noon))
		if signed, err := s.Open(token); err != nil || signed.Value != value {
			t.Fatalf("%q is read as %q (%v)", token, signed.Value, err)
		}
		i, j := int(from%uint(len(token)+1)), int(to%uint(len(token)+1))
		changed := token[:min(i, j)] + with + token[max(i, j):]
		if signed, err := s.Open(changed); changed != token && err == nil {
			t.Fatalf("took %q, made of %q, as %+v", changed, token, signed)
		}
	})
}
