package itsdangerous

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"hash"
	"testing"
)

func TestOnlyTheCurrentSecretSigns(t *testing.T) {
	a, b, c := []byte("a"), []byte("b"), []byte("c")
	old, _ := NewTimestampSigner(c, nil)
	s, _ := NewTimestampSigner(a, nil, b, c)
	if signed, err := s.Open(old.Sign("v")); err != nil || signed.Key != 2 {
		t.Errorf("the second accepted secret gives %+v, %v", signed, err)
	}
	only, _ := NewTimestampSigner(a, nil)
	if signed, err := only.Open(s.Sign("v")); err != nil || signed.Key != 0 {
		t.Errorf("a token is not signed with the current secret: %v", err)
	}
	if _, err := old.Open(s.Sign("v")); !errors.Is(err, ErrBadSignature) {
		t.Errorf("a token is signed with an accepted secret: %v", err)
	}
}

func TestSaltDigestDerivationAndSecretTellTokensApart(t *testing.T) {
	all := []Options{
		{},
		{Salt: "other"},
		{Digest: sha256.New},
		{Digest: sha512.New},
		{Derivation: Concat},
		{Derivation: HMAC},
		{Derivation: None},
		{Salt: "itsdangerous"},
		{Salt: "itsdangerous.Signers"},
		{EmptySalt: true},
	}
	for i := range all {
		made, _ := NewTimestampSigner([]byte("secret"), &all[i])
		for j := range all {
			read, _ := NewTimestampSigner([]byte("secret"), &all[j])
			if _, err := read.Open(made.Sign("v")); (err == nil) != (i == j) {
				t.Errorf("a token of %+v under %+v: %v", all[i], all[j], err)
			}
		}
	}
}

func TestImpossibleOptionsAreErrors(t *testing.T) {
	for what, make := range map[string]func() error{
		"letter as separator": func() error { _, err := NewSigner([]byte("k"), &Options{Separator: "a"}); return err },
		"dash in separator":   func() error { _, err := NewTimestampSigner([]byte("k"), &Options{Separator: ".-"}); return err },
		"unknown derivation":  func() error { _, err := NewSigner([]byte("k"), &Options{Derivation: "sha"}); return err },
		"empty secret":        func() error { _, err := NewSigner(nil, nil); return err },
		"empty accepted secret": func() error {
			_, err := NewSerializer([]byte("k"), nil, nil)
			return err
		},
		"salt beside no salt": func() error { _, err := NewSigner([]byte("k"), &Options{Salt: "s", EmptySalt: true}); return err },
		"digest that is no hash": func() error {
			_, err := NewSigner([]byte("k"), &Options{Digest: func() hash.Hash { return nil }})
			return err
		},
		"digest used twice": func() error {
			h := sha1.New()
			_, err := NewSigner([]byte("k"), &Options{Digest: func() hash.Hash { return h }})
			return err
		},
		"negative payload": func() error {
			_, err := NewURLSafeSerializer([]byte("k"), &SerializerOptions{MaxPayload: -1})
			return err
		},
		"negative payload, timed": func() error {
			_, err := NewTimedSerializer([]byte("k"), &SerializerOptions{MaxPayload: -1})
			return err
		},
		"negative skew": func() error { _, err := NewSigner([]byte("k"), &Options{Skew: -1}); return err },
		"separator of a fallback": func() error {
			_, err := NewTimedSerializer([]byte("k"), &SerializerOptions{Fallback: []Options{{Separator: "_"}}})
			return err
		},
		"derivation of a fallback": func() error {
			_, err := NewURLSafeSerializer([]byte("k"), &SerializerOptions{Fallback: []Options{{Derivation: "x"}}})
			return err
		},
	} {
		if make() == nil {
			t.Errorf("%s is taken", what)
		}
	}
}

func TestSeparatorsOfAllKinds(t *testing.T) {
	for _, separator := range []string{".", "/", "::", "\x00", "é", ".."} {
		s, err := NewTimestampSigner([]byte("k"), &Options{Separator: separator})
		if err != nil {
			t.Fatal(err)
		}
		value := "a" + separator + "b" // split from the right
		if signed, err := s.Open(s.Sign(value)); err != nil || signed.Value != value {
			t.Errorf("with the separator %q, %q is read as %q (%v)", separator, value, signed.Value, err)
		}
	}
}

// The token is that of Signer("k", salt="").
func TestASaltCanBeEmptyAsInPython(t *testing.T) {
	s, err := NewSigner([]byte("k"), &Options{EmptySalt: true})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Sign("value"), "value.EVBKTqeEz8NuDeLJsxb_91ylHHE"; got != want {
		t.Errorf("made %s, want %s", got, want)
	}
}

func TestOptionsAreCopied(t *testing.T) {
	older := []byte("older")
	o := &Options{Salt: "s", Derivation: None}
	secret := []byte("newer")
	s, _ := NewTimestampSigner(secret, o, older)
	made, _ := NewTimestampSigner([]byte("older"), o)
	token := made.Sign("v")
	clear(older)
	clear(secret)
	o.Salt, o.Separator = "x", "/"
	for _, m := range s.s.macs {
		m.states.Get() // so that the next state is made of the key as it is now
	}
	if signed, err := s.Open(token); err != nil || signed.Key != 1 {
		t.Errorf("after the options changed: %+v, %v", signed, err)
	}
	if signed, err := s.Open(s.Sign("v")); err != nil || signed.Key != 0 {
		t.Errorf("after the options changed, its own: %+v, %v", signed, err)
	}
}
