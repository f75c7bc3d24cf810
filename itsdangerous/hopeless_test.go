package itsdangerous

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"math/rand/v2"
	"testing"
)

// writers are zlib at its best.
func writers(t *testing.T) (all []*zlib.Writer) {
	t.Helper()
	for _, level := range []int{zlib.DefaultCompression, zlib.BestCompression, zlib.HuffmanOnly} {
		w, err := zlib.NewWriterLevel(nil, level)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, w)
	}
	return all
}

// shortest is the size of what the writers make of a payload.
func shortest(all []*zlib.Writer, payload []byte) int {
	least := len(payload) + 100
	for _, w := range all {
		var b bytes.Buffer
		w.Reset(&b)
		_, _ = w.Write(payload)
		_ = w.Close()
		least = min(least, b.Len())
	}
	return least
}

func TestWhatIsCalledHopelessZlibDoesNotShorten(t *testing.T) {
	random := rand.New(rand.NewPCG(rand.Uint64(), 0))
	alphabets := []string{"ab", "abcdef", "0123456789", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP", "etaoinshrdlu \":,{}[]0123456789", `abcdefghijklmnopqrstuvwxyz":,{}`, "éßπ", string([]byte{0x90, 0xFF, 0xC0, 'a'})}
	all, kept := writers(t), 0
	for range 2_000 {
		alphabet := alphabets[random.IntN(len(alphabets))]
		payload := make([]byte, random.IntN(maxHopeless+10))
		for i := range payload {
			payload[i] = alphabet[random.IntN(len(alphabet))]
			if random.IntN(4) == 0 { // some of it twice
				n := min(random.IntN(12), i)
				copy(payload[i:], payload[i-n:i])
			}
		}
		if random.IntN(3) == 0 {
			payload = fmt.Appendf(nil, `{"username":"%s","theme":"dark","visits":%d}`, payload[:len(payload)/4], random.IntN(1000))
		}
		if hopeless(payload) {
			kept++
			if n := shortest(all, payload); n < len(payload)-1 {
				t.Fatalf("zlib makes %d bytes of the %d of %q", n, len(payload), payload)
			}
		}
	}
	if kept < 100 {
		t.Errorf("only %d were called hopeless, so little was tested", kept)
	}
}

func TestAnOrdinarySmallSessionIsHopeless(t *testing.T) {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	for payload, want := range map[string]bool{
		"":                     true,
		`{"username":"alice"}`: true,
		`{"username":"ada lovelace","theme":"dark","visits":41}`: true,
		`{"a":"aaaaaaaaaaaaaaaaaaaaaaaa"}`:                       false,
		string(bytes.Repeat([]byte("abcdefgh"), 8)):              false,
		string(bytes.Repeat([]byte{'x'}, maxHopeless+1)):         false,

		letters + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_":  true, // 64 bytes
		letters + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.": false,

		// What was there before saves 8 bits a byte, or 9, less 12 for each part; 74 are needed.
		letters + letters[:10]:                 true,
		letters + letters[:11]:                 false,
		letters + "\x8f" + letters[:10]:        true,
		letters + "\x90" + letters[:10]:        false,
		letters + letters[:6] + letters[10:15]: true,
		letters + letters[:6] + letters[10:17]: false,
		letters + letters[:7] + "\x90abc.xyz":  false, // 74
		letters + letters[:7] + "\x8fabc.xyz":  true,
	} {
		if got := hopeless([]byte(payload)); got != want {
			t.Errorf("%q: %v, want %v", payload, got, want)
		}
	}
}
