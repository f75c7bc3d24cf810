package itsdangerous

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestValuesComeBackFromTokens(t *testing.T) {
	value := map[string]any{"name": "ada", "list": []any{1.5, true, nil, "é"}, "long": strings.Repeat("long ", 100)}
	for what, roundTrip := range map[string]func(v any) error{
		"Serializer": func(v any) error {
			s, _ := NewSerializer([]byte("k"), nil)
			token, _ := s.Dump(value)
			return s.Load(token, v)
		},
		"URLSafeSerializer": func(v any) error {
			s, _ := NewURLSafeSerializer([]byte("k"), nil)
			token, _ := s.Dump(value)
			return s.Load(token, v)
		},
		"TimedSerializer": func(v any) error {
			s, _ := NewTimedSerializer([]byte("k"), &SerializerOptions{Options: Options{Clock: at(noon)}})
			token, _ := s.Dump(value)
			signedAt, err := s.Load(token, 0, v)
			if !signedAt.Equal(noon) {
				t.Errorf("signed at %v, want %v", signedAt, noon)
			}
			return err
		},
		"URLSafeTimedSerializer": func(v any) error {
			s, _ := NewURLSafeTimedSerializer([]byte("k"), nil)
			token, _ := s.Dump(value)
			if i := strings.IndexFunc(token, func(r rune) bool { return !strings.ContainsRune(base64Alphabet[:64]+".", r) }); i >= 0 {
				t.Errorf("a URL-safe token has the character %q", token[i])
			}
			_, err := s.Load(token, time.Minute, v)
			return err
		},
	} {
		var got map[string]any
		if err := roundTrip(&got); err != nil || !reflect.DeepEqual(got, value) {
			t.Errorf("%s: %v came back as %v (%v)", what, value, got, err)
		}
	}
}

func TestTokensOfFallbackOptionsAreTaken(t *testing.T) {
	old, _ := NewURLSafeTimedSerializer([]byte("k"), &SerializerOptions{Options: Options{Salt: "s"}})
	token, err := old.Dump("v")
	if err != nil {
		t.Fatal(err)
	}
	o := SerializerOptions{Options: Options{Salt: "s", Digest: sha256.New}}
	strict, _ := NewURLSafeTimedSerializer([]byte("k"), &o)
	o.Fallback = []Options{{Derivation: HMAC}, {}}
	both, _ := NewURLSafeTimedSerializer([]byte("k"), &o)
	var v string
	if _, err := strict.Load(token, time.Hour, &v); !errors.Is(err, ErrBadSignature) {
		t.Errorf("without a fallback: %v", err)
	}
	if _, err := both.Load(token, time.Hour, &v); err != nil || v != "v" {
		t.Errorf("with a fallback: %q, %v", v, err)
	}
	if _, err := both.Load(token, -time.Second, &v); !errors.Is(err, ErrSignatureExpired) {
		t.Errorf("an expired token of a fallback: %v", err)
	}
	if made, _ := both.Dump("v"); func() error { _, err := strict.Load(made, time.Hour, &v); return err }() != nil {
		t.Error("a token was made under a fallback")
	}
}

func TestBadPayloadsAreToldApart(t *testing.T) {
	signer, _ := NewTimestampSigner([]byte("k"), &Options{Salt: DefaultSerializerSalt, Clock: at(noon)})
	s, _ := NewURLSafeTimedSerializer([]byte("k"), &SerializerOptions{Options: Options{Clock: at(noon)}, MaxPayload: 1000})
	for what, payload := range map[string]string{
		"no base64": "!", "padding": "e30=", "spare bits": "e31", "newline": "e3\n0", "no JSON": encoding.EncodeToString([]byte("{")), "another type": encoding.EncodeToString([]byte("[1]")),
		"empty": "", "NaN": encoding.EncodeToString([]byte("NaN")), "not compressed": ".e30", "bomb": "." + encoding.EncodeToString(deflated(t, bytes.Repeat([]byte("0"), 1<<20))),
		"too long": encoding.EncodeToString([]byte(`"` + strings.Repeat("x", 1000) + `"`)),
	} {
		var v map[string]any
		_, err := s.Load(signer.Sign(payload), time.Hour, &v)
		var e *Error
		if !errors.Is(err, ErrBadPayload) || errors.Is(err, ErrBadSignature) || !errors.As(err, &e) || e.SignedAt != noon || e.Payload != payload {
			t.Errorf("%s: the error is %v", what, err)
		}
	}
}

func TestWhatJSONCannotHoldIsNotDumped(t *testing.T) {
	s, _ := NewSerializer([]byte("k"), nil)
	var unsupported *json.UnsupportedTypeError
	if token, err := s.Dump(make(chan int)); token != "" || !errors.As(err, &unsupported) {
		t.Errorf("Dump gives %q, %v", token, err)
	}
}

func TestLookingIntoATokenTrustsNothing(t *testing.T) {
	s, _ := NewURLSafeSerializer([]byte("k"), nil)
	token, _ := s.Dump("v")
	for _, tt := range []struct {
		token   string
		trusted bool
		value   string
		err     error
	}{
		{token, true, "v", nil},
		{token[:len(token)-1], false, "v", nil},
		{token[1:], false, "", ErrBadPayload},
		{"token", false, "", ErrBadSignature},
	} {
		var v string
		trusted, err := s.LoadUnsafe(tt.token, &v)
		if trusted != tt.trusted || v != tt.value || !errors.Is(err, tt.err) {
			t.Errorf("%s: trusted %v, %q, %v", tt.token, trusted, v, err)
		}
	}
	for token, want := range map[string]struct {
		signed Signed
		err    error
	}{
		"e30.ZVPxAA.x": {Signed{"e30", noon, -1}, nil},
		"a.b.ZVPxAA.":  {Signed{"a.b", noon, -1}, nil},
		"e30.ZVPxAA":   {Signed{}, ErrBadSignature},
		"":             {Signed{}, ErrBadSignature},
		"e30.AGVT8Q.x": {Signed{}, ErrBadTimeSignature},
	} {
		if got, err := LookUnsafe(token); got != want.signed || !errors.Is(err, want.err) {
			t.Errorf("LookUnsafe(%q) is %+v, %v", token, got, err)
		}
	}
}

func TestCompressionIsUsedWhereItSavesMoreThanAByte(t *testing.T) {
	long := bytes.Repeat([]byte("a"), 100)
	for _, tt := range []struct {
		payload    []byte
		from       int
		compressed bool
	}{{long, 0, true}, {long, 100, true}, {long, 101, false}, {long, -1, false}, {[]byte("{}"), 0, false}, {nil, 0, false}} {
		text := string(AppendURLSafe([]byte("x"), tt.payload, tt.from))
		if got := strings.HasPrefix(text, "x."); got != tt.compressed {
			t.Errorf("%d bytes from %d on: compressed %v", len(tt.payload), tt.from, got)
		}
		if back, err := AppendDecodedURLSafe([]byte("y"), text[1:], 100); err != nil || string(back) != "y"+string(tt.payload) {
			t.Errorf("came back as %q (%v)", back, err)
		}
	}
}

func TestInflationIsBounded(t *testing.T) {
	bomb := "." + encoding.EncodeToString(deflated(t, make([]byte, 64<<20)))
	dst := make([]byte, 0, 100)
	got, err := AppendDecodedURLSafe(dst, bomb, 1000)
	if err == nil || len(got) != 0 {
		t.Fatalf("a bomb gives %d bytes, %v", len(got), err)
	}
	if allocated := testing.AllocsPerRun(1, func() { _, _ = AppendDecodedURLSafe(nil, bomb, 1000) }); allocated > 100 {
		t.Errorf("refusing a bomb allocates %v times", allocated)
	}
	whole := "." + encoding.EncodeToString(deflated(t, make([]byte, 1000)))
	if got, err := AppendDecodedURLSafe(nil, whole, 1000); err != nil || len(got) != 1000 {
		t.Errorf("a payload of just the limit gives %d bytes, %v", len(got), err)
	}
	if _, err := AppendDecodedURLSafe(nil, whole, 999); err == nil {
		t.Error("a payload of one byte over the limit is taken")
	}
}

func TestACompressedPayloadIsTakenWholeOrNotAtAll(t *testing.T) {
	good := deflated(t, bytes.Repeat([]byte("abc"), 50))
	flip := bytes.Clone(good)
	flip[len(flip)-1] ^= 1
	for what, b := range map[string][]byte{
		"cut": good[:len(good)-1], "followed by a byte": append(bytes.Clone(good), 0), "twice": append(bytes.Clone(good), good...), "wrong checksum": flip, "empty": nil,
	} {
		if got, err := AppendDecodedURLSafe([]byte("x"), "."+encoding.EncodeToString(b), 1000); err == nil || string(got) != "x" {
			t.Errorf("%s: gives %q, %v", what, got, err)
		}
	}
	if got, err := AppendDecodedURLSafe(nil, "."+encoding.EncodeToString(good), 1000); err != nil || len(got) != 150 {
		t.Errorf("the good one after all these gives %d bytes, %v", len(got), err)
	}
}

func deflated(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
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

func TestFuzzTargetsHaveSeeds(t *testing.T) {
	for _, target := range []string{"FuzzOpen", "FuzzTimestamp", "FuzzURLSafe", "FuzzLoad"} {
		if seeds, err := os.ReadDir(filepath.Join("testdata", "fuzz", target)); err != nil || len(seeds) == 0 {
			t.Errorf("%s has no committed seeds: %v", target, err)
		}
	}
}
