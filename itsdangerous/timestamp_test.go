package itsdangerous

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

func TestAgeIsJudgedInWholeSeconds(t *testing.T) {
	token := func() string { s, _ := NewTimestampSigner([]byte("k"), &Options{Clock: at(noon)}); return s.Sign("v") }()
	for _, tt := range []struct {
		now    time.Time
		maxAge time.Duration
		skew   time.Duration
		ok     bool
	}{
		{noon, 0, 0, true},
		{noon.Add(10 * time.Second), 10 * time.Second, 0, true},
		{noon.Add(10*time.Second + 999*time.Millisecond), 10 * time.Second, 0, true},
		{noon.Add(11 * time.Second), 10 * time.Second, 0, false},
		{noon.Add(11 * time.Second), 10*time.Second + 999*time.Millisecond, 0, false},
		{noon.Add(-time.Second), time.Hour, 0, false},
		{noon.Add(-time.Second), time.Hour, time.Second, true},
		{noon.Add(-2 * time.Second), time.Hour, time.Second, false},
		{time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), time.Hour, 0, false},
		{noon, -time.Second, 0, false},
		{noon, -time.Nanosecond, 0, false},
		{noon.Add(-time.Second), -time.Nanosecond, time.Second, true},
		{noon.Add(-time.Second), -time.Second, time.Second, true},
		{noon, math.MaxInt64 - 1, 0, true},
		{noon.Add(-time.Second), math.MaxInt64 - 1, 0, false},
		{time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), AnyAge, 0, true},
		{noon.Add(-time.Hour), AnyAge, 0, true},
	} {
		s, _ := NewTimestampSigner([]byte("k"), &Options{Clock: at(tt.now), Skew: tt.skew})
		signed, err := s.Unsign(token, tt.maxAge)
		if (err == nil) != tt.ok || err == nil && signed != (Signed{"v", noon, 0}) {
			t.Errorf("at %v with max age %v and skew %v: %+v, %v", tt.now, tt.maxAge, tt.skew, signed, err)
		}
		var e *Error
		if !tt.ok && (!errors.Is(err, ErrSignatureExpired) || !errors.As(err, &e) || e.SignedAt != noon || e.Payload != "v") {
			t.Errorf("at %v: the error is %#v", tt.now, err)
		}
	}
}

func TestUnsign_SaysHowOldOrEarlyATokenIs(t *testing.T) {
	for now, want := range map[time.Time]string{
		noon.Add(11 * time.Second): "it is 11 seconds old, and 10 are allowed",
		noon.Add(-2 * time.Second): "it is dated 2 seconds in the future",
	} {
		s, _ := NewTimestampSigner([]byte("k"), &Options{Clock: at(now)})
		token := s.SignTail([]byte("v"), 0, noon)
		if _, err := s.Unsign(string(token), 10*time.Second); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v", err)
		}
	}
}

func TestTimesOfAllSizes(t *testing.T) {
	s, _ := NewTimestampSigner([]byte("k"), nil)
	for _, seconds := range []int64{0, 1, 255, 256, 1 << 31, 1<<31 - 1, 1 << 32, 5_000_000_000, maxTimestamp} {
		token := string(s.SignTail([]byte("v"), 0, time.Unix(seconds, 0)))
		if signed, err := s.Open(token); err != nil || signed.SignedAt.Unix() != seconds {
			t.Errorf("%d is read from %s as %v (%v)", seconds, token, signed.SignedAt, err)
		}
	}
	if token := string(s.SignTail([]byte("v"), 0, time.Unix(0, 0))); !strings.HasPrefix(token, "v..") {
		t.Errorf("time 0 is written %s, want an empty field", token)
	}
	for _, outside := range []time.Time{time.Unix(-1, 0), time.Unix(maxTimestamp+1, 0), {}} {
		if _, err := s.Open(string(s.SignTail([]byte("v"), 0, outside))); err != nil {
			t.Errorf("%v is written so that it cannot be read: %v", outside, err)
		}
	}
}

func TestATimestampHasOneSpelling(t *testing.T) {
	s, _ := NewTimestampSigner([]byte("k"), nil)
	plain, _ := NewSigner([]byte("k"), nil)
	for what, signed := range map[string]string{
		"none": "v", "leading zero byte": "v.AGVT8QA", "spare bits": "v.ZVPxAB", "padding": "v.ZVPxAA==", "newline": "v.ZVPx\nAA", "not base64": "v.Z!PxAA",
		"other alphabet": "v.ZV/xAA", "nine bytes": "v.AQEBAQEBAQEB", "past the year 9999": "v.____________", "after int64": "v.__________8",
	} {
		_, err := s.Open(plain.Sign(signed))
		if !errors.Is(err, ErrBadTimeSignature) || errors.Is(err, ErrSignatureExpired) {
			t.Errorf("%s: the error is %v, want a bad timestamp", what, err)
		}
	}
}
