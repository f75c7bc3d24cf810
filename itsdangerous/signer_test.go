package itsdangerous

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"math/rand/v2"
	"os"
	"strings"
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
	if errors.Is(ErrBadPayload, ErrBadSignature) || errors.Is(ErrBadSignature, ErrBadPayload) {
		t.Error("a bad payload is a bad signature, or the reverse")
	}
}

func TestErrorsSayNothingOfTheToken(t *testing.T) {
	s, _ := NewTimestampSigner([]byte("k"), nil)
	for _, token := range []string{"hush", "hush.ZVPxAA.hush", "hush.hush"} {
		if _, err := s.Open(token); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("the error is %v", err)
		}
	}
}

func TestOnlyTheCurrentSecretSigns(t *testing.T) {
	a, b, c := []byte("a"), []byte("b"), []byte("c")
	old, _ := NewTimestampSigner(c, nil)
	s, _ := NewTimestampSigner(a, &Options{Accept: [][]byte{b, c}})
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
			_, err := NewSerializer([]byte("k"), &SerializerOptions{Options: Options{Accept: [][]byte{nil}}})
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

func TestNoChangedTokenIsTaken(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	s, _ := NewTimestampSigner([]byte("a key"), &Options{Digest: sha256.New, Accept: [][]byte{[]byte("an older key")}})
	other, _ := NewTimestampSigner([]byte("another key"), &Options{Digest: sha256.New})
	one, two := s.Sign("eyJhIjoxfQ"), s.Sign("eyJhIjoyfQ.more")
	if one2, err := s.Open(one); err != nil || one2.Value != "eyJhIjoxfQ" {
		t.Fatal("the token itself is not taken")
	}
	parts1, parts2 := strings.Split(one, "."), strings.Split(two, ".")
	for i := range 20_000 {
		b := []byte(one)
		switch i % 7 {
		case 0:
			b[random.IntN(len(b))] ^= 1 << random.IntN(8)
		case 1:
			b = b[:random.IntN(len(b))]
		case 2:
			n := random.IntN(len(b) + 1)
			b = bytes.Join([][]byte{b[:n], b[n:]}, []byte{byte(random.IntN(256))})
		case 3:
			n := random.IntN(len(b))
			b = append(b[:n], b[n+1:]...)
		case 4:
			n, m := random.IntN(len(b)), random.IntN(len(two))
			b = append(b[:n], two[m:]...)
		case 5:
			parts := append(append([]string(nil), parts1...), parts2...)
			random.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
			b = []byte(strings.Join(parts[:1+random.IntN(len(parts))], "."))
		case 6:
			b = []byte(other.Sign(parts1[0]))
		}
		if token := string(b); token != one && token != two {
			if signed, err := s.Open(token); err == nil {
				t.Fatalf("took %q, made of %q and %q, as %+v", token, one, two, signed)
			}
		}
	}
}

func TestSigningAndVerifyingAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Log("the race detector makes sync.Pool drop things, so nothing is counted here")
	}
	s, _ := NewTimestampSigner([]byte("a key"), &Options{Digest: sha256.New, Derivation: HMAC})
	token := s.Sign("eyJhIjoxfQ")
	dst := append(make([]byte, 0, 256), "eyJhIjoxfQ"...)
	var failed error
	got := map[string]float64{
		"Open":     testing.AllocsPerRun(200, func() { _, failed = s.Open(token) }),
		"SignTail": testing.AllocsPerRun(200, func() { s.SignTail(dst, 0, noon) }),
		"decoding": testing.AllocsPerRun(200, func() { _, failed = AppendDecodedURLSafe(dst, "eyJhIjoxfQ", 100) }),
	}
	if failed != nil {
		t.Fatal(failed)
	}
	for what, n := range got {
		if n != 0 && !raceEnabled {
			t.Errorf("%s allocates %v times", what, n)
		}
	}
}

func FuzzOpen(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.Token)
	}
	s, err := NewTimestampSigner([]byte("dev"), &Options{Salt: "cookie-session", Derivation: HMAC, Accept: [][]byte{[]byte("older")}})
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
