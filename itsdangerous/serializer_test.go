package itsdangerous

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
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

func TestBytesComeBackAsTheyWere(t *testing.T) {
	for _, payload := range [][]byte{nil, {0}, []byte("a.b.c"), []byte(`{ "a" : NaN }`), []byte("\xff\xfe\n"), bytes.Repeat([]byte("long "), 100)} {
		for _, construct := range []func([]byte, *SerializerOptions, ...[]byte) (*Serializer, error){NewSerializer, NewURLSafeSerializer} {
			s, _ := construct([]byte("k"), nil)
			if got, err := s.LoadBytes(s.DumpBytes(payload)); err != nil || !bytes.Equal(got, payload) {
				t.Errorf("%q came back as %q (%v)", payload, got, err)
			}
		}
		for _, construct := range []func([]byte, *SerializerOptions, ...[]byte) (*TimedSerializer, error){NewTimedSerializer, NewURLSafeTimedSerializer} {
			s, _ := construct([]byte("k"), &SerializerOptions{Options: Options{Clock: at(noon)}})
			if got, signedAt, err := s.LoadBytes(s.DumpBytes(payload), 0); err != nil || !bytes.Equal(got, payload) || signedAt != noon {
				t.Errorf("%q came back as %q of %v (%v)", payload, got, signedAt, err)
			}
		}
	}
}

func TestARefusedTokenGivesNoBytes(t *testing.T) {
	s, _ := NewURLSafeSerializer([]byte("k"), nil)
	timed, _ := NewURLSafeTimedSerializer([]byte("k"), nil)
	plain, _ := NewSigner([]byte("k"), &Options{Salt: DefaultSerializerSalt})
	stamped, _ := NewTimestampSigner([]byte("k"), &Options{Salt: DefaultSerializerSalt})
	for token, want := range map[string]error{"e30.x": ErrBadSignature, plain.Sign("!"): ErrBadPayload} {
		if got, err := s.LoadBytes(token); got != nil || !errors.Is(err, want) {
			t.Errorf("LoadBytes(%q) is %q, %v", token, got, err)
		}
	}
	for token, want := range map[string]error{"e30.ZVPxAA.x": ErrBadSignature, stamped.Sign("!"): ErrBadPayload} {
		if got, signedAt, err := timed.LoadBytes(token, time.Hour); got != nil || !signedAt.IsZero() || !errors.Is(err, want) {
			t.Errorf("LoadBytes(%q) is %q of %v, %v", token, got, signedAt, err)
		}
	}
}

func TestAFallbackHasTheSerializersSaltUnlessItNamesOne(t *testing.T) {
	salts := map[string]Options{"none": {}, "its own": {Salt: "other"}, "empty": {EmptySalt: true}}
	for name, o := range salts {
		both, err := NewSerializer([]byte("k"), &SerializerOptions{Options: Options{Salt: "s", Digest: sha256.New}, Fallback: []Options{o}})
		if err != nil {
			t.Fatal(err)
		}
		for made, signer := range salts {
			if made == "none" {
				signer.Salt = "s"
			}
			old, _ := NewSerializer([]byte("k"), &SerializerOptions{Options: signer})
			token, _ := old.Dump(1)
			var v int
			if err := both.Load(token, &v); (err == nil) != (made == name) {
				t.Errorf("salt of the fallback: %s, of the token: %s: %v", name, made, err)
			}
		}
	}
}

func TestAcceptedSecretsServeFallbacksToo(t *testing.T) {
	old, _ := NewSerializer([]byte("older"), &SerializerOptions{Options: Options{Derivation: HMAC}})
	token, _ := old.Dump(1)
	s, _ := NewSerializer([]byte("newer"), &SerializerOptions{Options: Options{Digest: sha256.New}, Fallback: []Options{{Derivation: HMAC}}}, []byte("older"))
	var v int
	if err := s.Load(token, &v); err != nil || v != 1 {
		t.Errorf("loaded %d, %v", v, err)
	}
}
