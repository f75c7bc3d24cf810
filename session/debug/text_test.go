package debug

import (
	"errors"
	"testing"
	"time"
)

func TestCut_ShowsWhatIsThere(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "12345678": "12345678", "123456789": "12345678…", "1234567é": "1234567…", "it's": "it's", "é😀": "é😀",
		"a\u202eb": `a\u202eb`, "\xff\ufffd": `\xff` + "\ufffd", "a\x00": `a\x00`,
	} {
		if got := cut(text, 8); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

func TestPlain_HidesPasswords(t *testing.T) {
	for text, want := range map[string]string{
		"session: no":                            "no",
		"dial root:hush@tcp(db:3306): no":        "dial root:[hidden]@tcp(db:3306): no",
		"postgres://ada:hush@db/x: no":           "postgres://ada:[hidden]@db/x: no",
		"host=db password=hush user=ada":         "host=db password=[hidden] user=ada",
		`token: "hush hush", no`:                 `token: [hidden], no`,
		"redis://:hush@db and secret = 'hush' !": "redis://:[hidden]@db and secret = [hidden] !",
	} {
		if got := plain(errors.New(text)); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

func TestNumber_HasCommas(t *testing.T) {
	for n, want := range map[int]string{0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1000: "1,000 bytes", 1234567: "1,234,567 bytes"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestSpan_HasTwoOfItsUnit(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "now", time.Second - 1: "now", time.Second: "in 1 second", -2 * time.Second: "2 seconds ago",
		2*time.Minute - time.Second: "in 119 seconds", 2 * time.Minute: "in 2 minutes", -150 * time.Second: "3 minutes ago",
		2*time.Hour - time.Minute: "in 119 minutes", 2 * time.Hour: "in 2 hours", 47 * time.Hour: "in 47 hours",
		48 * time.Hour: "in 2 days", -31 * 24 * time.Hour: "31 days ago",
	} {
		if got := span(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestTook_HasThreeDigitsOrSo(t *testing.T) {
	for d, want := range map[time.Duration]string{
		123_456: "123µs", 1_234_567: "1.2ms", 123_456_789: "123.5ms", 1_234_567_890: "1.23s", time.Millisecond: "1ms", time.Second: "1s",
	} {
		if got := took(d); got != want {
			t.Errorf("%d ns are %q, want %q", d, got, want)
		}
	}
}
