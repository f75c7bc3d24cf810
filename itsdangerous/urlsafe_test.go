package itsdangerous

import (
	"bytes"
	"compress/zlib"
	"math"
	"strings"
	"testing"
)

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

// Python writes what zlib makes of a payload if that is shorter by two bytes.
func TestAppendURLSafe_CompressesExactlyWherePythonDoes(t *testing.T) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	seen := map[int]bool{} // how many bytes zlib saves
	for n := 20; n <= len(letters); n += 6 {
		for again := range 20 {
			payload := []byte(letters[:n] + letters[:again])
			saved := len(payload) - len(deflated(t, payload))
			seen[saved] = true
			if got := AppendURLSafe(nil, payload, 0)[0] == compressedMark; got != (saved > 1) {
				t.Errorf("zlib saves %d bytes of %q, and it is compressed: %v", saved, payload, got)
			}
		}
	}
	for _, saved := range []int{0, 1, 2} {
		if !seen[saved] {
			t.Errorf("of no payload zlib saves %d bytes", saved)
		}
	}
}

func TestInflationIsBounded(t *testing.T) {
	bomb := "." + encoding.EncodeToString(deflated(t, make([]byte, 1<<20)))
	dst := make([]byte, 0, 100)
	got, err := AppendDecodedURLSafe(dst, bomb, 1000)
	if err == nil || len(got) != 0 {
		t.Fatalf("a bomb gives %d bytes, %v", len(got), err)
	}
	if allocated := testing.AllocsPerRun(1, func() { _, _ = AppendDecodedURLSafe(nil, bomb, 1000) }); allocated > 100 {
		t.Errorf("refusing a bomb allocates %v times", allocated)
	}
	whole := "." + encoding.EncodeToString(deflated(t, make([]byte, 1000)))
	for _, dst := range [][]byte{nil, make([]byte, 0, 1000)} {
		if got, err := AppendDecodedURLSafe(dst, whole, 1000); err != nil || len(got) != 1000 {
			t.Errorf("a payload of just the limit gives %d bytes, %v", len(got), err)
		}
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

func TestAnyLimitIsKept(t *testing.T) {
	short, long := "e30", "."+encoding.EncodeToString(deflated(t, make([]byte, 1000)))
	for _, tt := range []struct {
		limit       int
		short, long bool
	}{{math.MinInt, false, false}, {-1, false, false}, {0, false, false}, {1, false, false}, {2, true, false}, {999, true, false}, {1000, true, true}, {math.MaxInt, true, true}} {
		for text, want := range map[string]bool{short: tt.short, long: tt.long} {
			dst := append(make([]byte, 0, 64), "x"...)
			if got, err := AppendDecodedURLSafe(dst, text, tt.limit); (err == nil) != want || !want && string(got) != "x" {
				t.Errorf("limit %d: %.8s gives %d bytes, %v", tt.limit, text, len(got), err)
			}
		}
		if got, err := AppendDecodedURLSafe(nil, "", tt.limit); (err == nil) != (tt.limit >= 0) || len(got) > 0 {
			t.Errorf("limit %d: no text gives %d bytes, %v", tt.limit, len(got), err)
		}
	}
}

func TestBase64HasOneSpelling(t *testing.T) {
	for _, text := range []string{"e30=", "e31", "e3\n0", "e30\n", "\ne30", "\re30", "\r\ne30", "e30 ", "e3+0", "e3/0", "e", "e30.", "\x00", "é"} {
		if got, err := AppendDecodedURLSafe(nil, text, 100); err == nil {
			t.Errorf("%q is taken as %q", text, got)
		}
		compressed := "." + encoding.EncodeToString(deflated(t, make([]byte, 30)))
		for _, changed := range []string{compressed + "=", compressed + "\n", compressed[:5] + "\r" + compressed[5:], "." + compressed} {
			if _, err := AppendDecodedURLSafe(nil, changed, 100); err == nil {
				t.Errorf("%q is taken", changed)
			}
		}
	}
}
