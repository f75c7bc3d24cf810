package itsdangerous

import (
	"errors"
	"testing"
	"time"
)

func TestLookingIntoATokenTrustsNothing(t *testing.T) {
	s, _ := NewURLSafeSerializer([]byte("k"), nil)
	plain, _ := NewSigner([]byte("k"), &Options{Salt: DefaultSerializerSalt})
	token, _ := s.Dump("v")
	for _, tt := range []struct {
		what, token string
		holds       bool
		payload     string
		refusal     error
	}{
		{"good", token, true, `"v"`, nil},
		{"forged", token[:len(token)-1], false, `"v"`, ErrBadSignature},
		{"damaged", token[1:], false, "", ErrBadSignature},
		{"no token", "token", false, "", ErrBadSignature},
		{"empty", "", false, "", ErrBadSignature},
		{"signed and no base64", plain.Sign("!"), true, "", ErrBadPayload},
		{"signed and no JSON", plain.Sign("eHg"), true, "xx", ErrBadPayload},
	} {
		look := s.LoadUnsafe(tt.token)
		if look.SignatureHolds() != tt.holds || string(look.Payload) != tt.payload || !errors.Is(look.Refusal, tt.refusal) || !look.SignedAt.IsZero() {
			t.Errorf("%s: %q, %+v", tt.what, look.Payload, look)
		}
	}
}

func TestLookingIntoATimedTokenTellsItsTime(t *testing.T) {
	s, _ := NewURLSafeTimedSerializer([]byte("k"), &SerializerOptions{Options: Options{Clock: at(noon)}})
	plain, _ := NewSigner([]byte("k"), &Options{Salt: DefaultSerializerSalt})
	token, _ := s.Dump("v")
	for _, tt := range []struct {
		what, token string
		maxAge      time.Duration
		holds       bool
		payload     string
		at          time.Time
		refusal     error
	}{
		{"good", token, 0, true, `"v"`, noon, nil},
		{"expired", token, -1, true, `"v"`, noon, ErrSignatureExpired},
		{"forged", token[:len(token)-1], 0, false, `"v"`, noon, ErrBadSignature},
		{"no timestamp", plain.Sign("e30"), 0, true, "{}", time.Time{}, ErrBadTimeSignature},
		{"no payload", "x.x", 0, false, "", time.Time{}, ErrBadSignature},
		{"no token", "x", 0, false, "", time.Time{}, ErrBadSignature},
		{"only a time", ".ZVPxAA.x", 0, false, "", noon, ErrBadSignature},
		{"signed and no base64", plain.Sign("!.ZVPxAA"), 0, true, "", noon, ErrBadPayload},
	} {
		look := s.LoadUnsafe(tt.token, tt.maxAge)
		if look.SignatureHolds() != tt.holds || string(look.Payload) != tt.payload || !errors.Is(look.Refusal, tt.refusal) || !look.SignedAt.Equal(tt.at) {
			t.Errorf("%s: %q, %+v", tt.what, look.Payload, look)
		}
	}
}

func TestATokenIsSplitWithoutAKey(t *testing.T) {
	for token, want := range map[string]struct {
		signed Signed
		err    error
	}{
		"e30.ZVPxAA.x": {Signed{"e30", noon, -1}, nil},
		"a.b.ZVPxAA.":  {Signed{"a.b", noon, -1}, nil},
		"e30.ZVPxAA":   {Signed{}, ErrBadSignature},
		"":             {Signed{}, ErrBadSignature},
		"e30.AGVT8Q.x": {Signed{}, ErrBadTimeSignature},
		".ZVPxAA.x":    {Signed{"", noon, -1}, nil},
		".x":           {Signed{}, ErrBadSignature},
	} {
		if got, err := LookUnsafe(token); got != want.signed || !errors.Is(err, want.err) {
			t.Errorf("LookUnsafe(%q) is %+v, %v", token, got, err)
		}
	}
}
