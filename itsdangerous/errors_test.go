package itsdangerous

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestErrorsWrapOneAnotherAsInPython(t *testing.T) {
	for _, chain := range [][]error{{ErrSignatureExpired, ErrBadTimeSignature, ErrBadSignature, ErrBadData}, {ErrBadPayload, ErrBadData}} {
		for i, err := range chain {
			for j, target := range chain {
				if got := errors.Is(&Error{Kind: err}, target); got != (j >= i) {
					t.Errorf("%v is %v: %v", err, target, got)
				}
			}
		}
	}
	cause := errors.New("cause")
	if err := error(&Error{Kind: ErrBadPayload, Err: cause}); !errors.Is(err, ErrBadPayload) || !errors.Is(err, cause) {
		t.Error("an error is not what caused it")
	}
	if errors.Is(ErrBadPayload, ErrBadSignature) || errors.Is(ErrBadSignature, ErrBadPayload) {
		t.Error("a bad payload is a bad signature, or the reverse")
	}
}

func TestErrorsSayNothingOfTheToken(t *testing.T) {
	s, _ := NewTimestampSigner([]byte("k"), nil)
	for _, token := range []string{"hush", "hush.ZVPxAA.hush", "hush.hush"} {
		if _, err := s.Unsign(token, 0); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("the error is %v", err)
		}
	}
}

func TestOpenRefusesWithoutDetails(t *testing.T) {
	s, _ := NewTimestampSigner([]byte("k"), nil)
	plain, _ := NewSigner([]byte("k"), nil)
	for token, want := range map[string]error{
		"":                    ErrBadSignature,
		"v":                   ErrBadSignature,
		"v.ZVPxAA.x":          ErrBadSignature,
		plain.Sign("v"):       ErrBadTimeSignature,
		plain.Sign("v.!"):     ErrBadTimeSignature,
		plain.Sign("v.ZVPxA"): ErrBadTimeSignature,
	} {
		if signed, err := s.Open(token); err != want || signed != (Signed{}) {
			t.Errorf("Open(%q) is %+v, %v, want %v", token, signed, err, want)
		}
	}
}

func TestErrorsCarryWhatTheTokenSays(t *testing.T) {
	s, _ := NewTimestampSigner([]byte("k"), &Options{Clock: at(noon)})
	plain, _ := NewSigner([]byte("k"), nil)
	for _, tt := range []struct {
		token   string
		kind    error
		payload string
		at      time.Time
	}{
		{"v", ErrBadSignature, "", time.Time{}},
		{"v.x", ErrBadSignature, "v", time.Time{}},
		{"v.!.x", ErrBadSignature, "v", time.Time{}},
		{"v.ZVPxAA.x", ErrBadSignature, "v", noon},
		{".ZVPxAA.x", ErrBadSignature, "", noon},
		{plain.Sign("v"), ErrBadTimeSignature, "v", time.Time{}},
		{plain.Sign("v.!"), ErrBadTimeSignature, "v", time.Time{}},
		{plain.Sign("v.ZVPw_w"), ErrSignatureExpired, "v", noon.Add(-time.Second)},
		{plain.Sign("v.ZVPxAQ"), ErrSignatureExpired, "v", noon.Add(time.Second)},
	} {
		_, err := s.Unsign(tt.token, 0)
		var e *Error
		if !errors.As(err, &e) || e.Kind != tt.kind || e.Payload != tt.payload || !e.SignedAt.Equal(tt.at) {
			t.Errorf("Unsign(%q) fails with %#v", tt.token, err)
		}
	}
	_, err := plain.Unsign("v.x")
	var e *Error
	if !errors.As(err, &e) || e.Kind != ErrBadSignature || e.Payload != "v" {
		t.Errorf("a Signer fails with %#v", err)
	}
}
