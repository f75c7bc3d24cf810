package seal

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
)

var (
	issued  = time.Unix(1_700_000_000, 0).UTC()
	expires = issued.Add(time.Hour)
	keyA    = NewKey([4]byte{1, 2, 3, 4}, bytes.Repeat([]byte("a"), 32))
	keyB    = NewKey([4]byte{5, 6, 7, 8}, bytes.Repeat([]byte("b"), 32))
)

func sealer(tb testing.TB, current Key, o Options) *Sealer {
	tb.Helper()
	s, err := New(current, o)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func (s *Sealer) mustSeal(tb testing.TB, payload string) string {
	tb.Helper()
	token, err := s.Append(nil, []byte(payload), issued, expires)
	if err != nil {
		tb.Fatal(err)
	}
	return string(token)
}

func TestWhatIsSealedIsOpened(t *testing.T) {
	for _, pad := range []bool{false, true} {
		s := sealer(t, keyA, Options{Purpose: "session", Name: "s", Pad: pad})
		for _, n := range []int{0, 1, 11, 12, 13, 43, 44, 45, 5000} {
			for _, until := range []time.Time{expires, {}} {
				payload := bytes.Repeat([]byte("x"), n)
				token, err := s.Append([]byte("before"), payload, issued, until)
				if err != nil {
					t.Fatal(err)
				}
				o, err := s.Open(strings.TrimPrefix(string(token), "before"))
				if err != nil || !bytes.Equal(o.Payload, payload) || !o.Issued.Equal(issued) || !o.Expires.Equal(until) || o.Key != 0 {
					t.Errorf("%d bytes, padded %v: %+v, %v", n, pad, o, err)
				}
			}
		}
	}
}

func TestPaddingHidesTheLength(t *testing.T) {
	s := sealer(t, keyA, Options{Pad: true})
	lengths := map[int]bool{}
	for n := range 12 {
		lengths[len(s.mustSeal(t, strings.Repeat("x", n)))] = true
	}
	if len(lengths) != 1 {
		t.Errorf("payloads of 0 to 11 bytes make tokens of %d lengths", len(lengths))
	}
}

func TestNoTwoTokensAreAlike(t *testing.T) {
	s := sealer(t, keyA, Options{})
	one, two := s.mustSeal(t, "the same"), s.mustSeal(t, "the same")
	if one == two {
		t.Fatal("two tokens of one payload are alike")
	}
	// Nothing but the version and the key's id is the same at its place.
	a, errA := base64.RawURLEncoding.DecodeString(one)
	b, errB := base64.RawURLEncoding.DecodeString(two)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	for i := 5; i+4 <= len(a); i += 4 {
		if bytes.Equal(a[i:i+4], b[i:i+4]) {
			t.Errorf("bytes %d to %d are alike", i, i+3)
		}
	}
}

func TestATokenOpensUnderItsKeyPurposeAndNameAlone(t *testing.T) {
	o := Options{Purpose: "session", Name: "s"}
	token := sealer(t, keyA, o).mustSeal(t, "x")
	sameID := keyB
	sameID.id = keyA.id
	for what, other := range map[string]*Sealer{
		"another key":                sealer(t, keyB, o),
		"another key of the same id": sealer(t, sameID, o),
		"another purpose":            sealer(t, keyA, Options{Purpose: "sessions", Name: "s"}),
		"another name":               sealer(t, keyA, Options{Purpose: "session", Name: "t"}),
		"the border moved":           sealer(t, keyA, Options{Purpose: "sessions", Name: ""}),
	} {
		if _, err := other.Open(token); !errors.Is(err, ErrBadToken) {
			t.Errorf("%s opens the token (%v)", what, err)
		}
	}
	both := sealer(t, keyB, Options{Purpose: "session", Name: "s", Accept: []Key{keyA}})
	if opened, err := both.Open(token); err != nil || opened.Key != 1 {
		t.Errorf("an accepted key: %+v, %v", opened, err)
	}
	if opened, err := both.Open(both.mustSeal(t, "x")); err != nil || opened.Key != 0 {
		t.Errorf("the current key does not seal: %+v, %v", opened, err)
	}
}

func TestImpossibleKeysAreErrors(t *testing.T) {
	short := NewKey(keyA.id, make([]byte, 31))
	for what, make := range map[string]func() error{
		"short":          func() error { _, err := New(short, Options{}); return err },
		"zero":           func() error { _, err := New(Key{}, Options{}); return err },
		"short accepted": func() error { _, err := New(keyB, Options{Accept: []Key{short}}); return err },
		"given twice":    func() error { _, err := New(keyA, Options{Accept: []Key{keyA}}); return err },
		"long name":      func() error { _, err := New(keyA, Options{Name: strings.Repeat("x", 65536)}); return err },
	} {
		if make() == nil {
			t.Errorf("%s is taken", what)
		}
	}
}

func TestTimesBefore1970AreErrors(t *testing.T) {
	s := sealer(t, keyA, Options{})
	for _, tt := range [][2]time.Time{{time.Unix(-1, 0), {}}, {issued, time.Unix(-1, 0)}, {issued, time.Unix(0, 0)}} {
		if token, err := s.Append([]byte("x"), nil, tt[0], tt[1]); err == nil || string(token) != "x" {
			t.Errorf("%v is sealed as %q", tt, token)
		}
	}
}

func TestNew_APurposeOrNameOfUpTo65535Bytes(t *testing.T) {
	long := strings.Repeat("x", 65535)
	s := sealer(t, keyA, Options{Purpose: long, Name: long})
	if o, err := s.Open(s.mustSeal(t, "x")); err != nil || string(o.Payload) != "x" {
		t.Errorf("opened is %+v, %v", o, err)
	}
	for _, o := range []Options{{Purpose: long + "x"}, {Name: long + "x"}} {
		if _, err := New(keyA, o); err == nil || !strings.Contains(err.Error(), "longer than 65535 bytes") {
			t.Errorf("the error is %v", err)
		}
	}
}

func TestNew_ErrorsNameTheKey(t *testing.T) {
	short := NewKey([4]byte{9, 9, 9, 9}, make([]byte, 31))
	for want, accept := range map[string][]Key{
		"the key 09090909 has 31 bytes; it needs 32 random ones": {keyB, short},
		"two keys have the id 05060708":                          {keyB, keyB},
	} {
		if _, err := New(keyA, Options{Accept: accept}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %q", err, want)
		}
	}
}

func TestAppend_TheEarliestTimes(t *testing.T) {
	s := sealer(t, keyA, Options{})
	from, until := time.Unix(0, 0), time.Unix(1, 0)
	token, err := s.Append(nil, nil, from, until)
	if err != nil {
		t.Fatal(err)
	}
	if o, err := s.Open(string(token)); err != nil || !o.Issued.Equal(from) || !o.Expires.Equal(until) {
		t.Errorf("opened is %+v, %v", o, err)
	}
}

// A holder of the key can seal what is shorter than the times and the length that Append writes.
func TestOpen_APlaintextThatIsTooShort(t *testing.T) {
	s := sealer(t, keyA, Options{})
	for n := range timesSize + 1 {
		header := append([]byte{version}, keyA.id[:]...)
		header = append(header, make([]byte, saltSize)...)
		aead, commitment, err := s.derive(0, header[saltAt:])
		if err != nil {
			t.Fatal(err)
		}
		header = append(header, commitment...)
		token := encoding.EncodeToString(aead.Seal(header, nil, make([]byte, n), header))
		if o, err := s.Open(token); (err == nil) != (n == timesSize) {
			t.Errorf("of %d bytes: %+v, %v", n, o, err)
		}
	}
}

// A plaintext has one form: it is padded to the next multiple of 32 bytes with zeros, or not at all.
func TestParse_OneFormOfAPlaintext(t *testing.T) {
	plain := func(issued, until uint64, length uint32, rest int) []byte {
		p := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, issued), until)
		return append(binary.BigEndian.AppendUint32(p, length), make([]byte, rest)...)
	}
	dirty := plain(1, 2, 5, 12)
	dirty[len(dirty)-1] = 1
	for what, tt := range map[string]struct {
		plain []byte
		opens bool
	}{
		"nothing":               {plain(0, 0, 0, 0), true},
		"no padding":            {plain(1, 2, 5, 5), true},
		"the latest times":      {plain(math.MaxInt64, math.MaxInt64, 5, 5), true},
		"issued later":          {plain(math.MaxInt64+1, 2, 5, 5), false},
		"expires later":         {plain(1, math.MaxInt64+1, 5, 5), false},
		"shorter than it says":  {plain(1, 2, 6, 5), false},
		"longer than it says":   {plain(1, 2, 4, 5), false},
		"padded":                {plain(1, 2, 5, 12), true},
		"padded by 31 bytes":    {plain(1, 2, 13, 44), true},
		"padded by 32 bytes":    {plain(1, 2, 12, 44), false},
		"padded by 64 bytes":    {plain(1, 2, 12, 76), false},
		"padded to another end": {plain(1, 2, 5, 11), false},
		"padded, but not zero":  {dirty, false},
	} {
		o, err := parse(tt.plain, 0)
		if (err == nil) != tt.opens {
			t.Errorf("%s: %+v, %v", what, o, err)
		}
		if err == nil && o.Expires.IsZero() != (what == "nothing") {
			t.Errorf("%s: it expires at %v", what, o.Expires)
		}
	}
}

// TestNoChangedTokenIsOpened mutates tokens in a million ways.
func TestNoChangedTokenIsOpened(t *testing.T) {
	n := 1_000_000
	if testing.Short() || raceEnabled {
		n = 20_000
	}
	seed := rand.Uint64()
	t.Logf("%d mutations, seed %d", n, seed)
	random := rand.New(rand.NewPCG(seed, 0))
	s := sealer(t, keyA, Options{Purpose: "session", Name: "s", Accept: []Key{keyB}})
	other := sealer(t, keyA, Options{Purpose: "session", Name: "t"})
	one, two := s.mustSeal(t, "payload one"), sealer(t, keyB, Options{Purpose: "session", Name: "s"}).mustSeal(t, "payload two!")
	foreign := other.mustSeal(t, "payload one")
	for _, token := range []string{one, two} {
		if _, err := s.Open(token); err != nil {
			t.Fatal("the token itself is not opened")
		}
	}
	parts := []int{0, 1, saltAt, commitmentAt, headerSize, headerSize + nonceSize}
	for i := range n {
		raw, _ := encoding.DecodeString(one)
		otherRaw, _ := encoding.DecodeString([]string{two, foreign}[i%2])
		token := ""
		switch i % 6 {
		case 0: // a bit
			raw[random.IntN(len(raw))] ^= 1 << random.IntN(8)
		case 1: // a cut
			raw = raw[:random.IntN(len(raw))]
		case 2: // a join of two
			raw = append(raw[:random.IntN(len(raw))], otherRaw[random.IntN(len(otherRaw)):]...)
		case 3: // a part of another: version, key id, salt, commitment, nonce or the rest
			from := random.IntN(len(parts))
			to := len(raw)
			if from+1 < len(parts) {
				to = parts[from+1]
			}
			copy(raw[parts[from]:to], otherRaw[parts[from]:])
		case 4: // a character of the text
			b := []byte(one)
			b[random.IntN(len(b))] = byte(random.IntN(256))
			token = string(b)
		case 5: // more text
			at := random.IntN(len(one) + 1)
			token = one[:at] + string("=\n\r A."[random.IntN(6)]) + one[at:]
		}
		if token == "" {
			token = encoding.EncodeToString(raw)
		}
		if token == one || token == two {
			continue
		}
		if o, err := s.Open(token); err == nil {
			t.Fatalf("opened %q, made of %q, as %+v", token, one, o)
		}
	}
}

// TestWycheproofHKDF runs the published vectors through the function that the
// keys come from.
func TestWycheproofHKDF(t *testing.T) {
	text, err := os.ReadFile("testdata/hkdf_sha256_test.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		TestGroups []struct {
			Tests []struct {
				TcID                 int `json:"tcId"`
				IKM, Salt, Info, OKM string
				Size                 int
				Result               string
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
		for _, test := range group.Tests {
			ran++
			got, err := hkdf.Key(sha256.New, unhex(test.IKM), unhex(test.Salt), string(unhex(test.Info)), test.Size)
			if valid := err == nil && bytes.Equal(got, unhex(test.OKM)); valid != (test.Result == "valid") {
				t.Errorf("test %d: %v, the vector is %s", test.TcID, err, test.Result)
			}
		}
	}
	if ran == 0 {
		t.Error("found no vectors")
	}
}

func FuzzOpen(f *testing.F) {
	// The seeds are vectors, some of which open: what is found must be theirs.
	s := vectors(f)[0].sealer(f)
	known := map[string]bool{}
	for _, v := range vectors(f) {
		known[v.Token] = v.Opens
		f.Add(v.Token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if o, err := s.Open(token); err == nil && !known[token] {
			t.Fatalf("opened %q as %+v", token, o)
		}
	})
}

// FuzzPlaintext reaches the reader that only holders of a key reach.
func FuzzPlaintext(f *testing.F) {
	f.Add(make([]byte, timesSize))
	f.Add(append(append(make([]byte, 19), 1), 'x'))
	f.Fuzz(func(t *testing.T, plain []byte) {
		if len(plain) < timesSize {
			return // Open refuses what is shorter before
		}
		o, err := parse(plain, 0)
		if err != nil {
			return
		}
		if len(o.Payload)+timesSize > len(plain) || len(plain)-timesSize-len(o.Payload) >= paddedTo {
			t.Fatalf("%x holds %d bytes", plain, len(o.Payload))
		}
	})
}

func TestKeyID_NeedsNoKey(t *testing.T) {
	token := sealer(t, keyB, Options{Purpose: "session"}).mustSeal(t, "{}")
	if id, ok := KeyID(token); !ok || id != keyB.id {
		t.Errorf("KeyID = %x, %v; want %x", id, ok, keyB.id)
	}
	for name, text := range map[string]string{
		"empty":           "",
		"a signed token":  "e30.ZVPxAA.x",
		"a byte too few":  base64.RawURLEncoding.EncodeToString(append([]byte{version}, make([]byte, minSize-2)...)),
		"another version": base64.RawURLEncoding.EncodeToString(make([]byte, minSize)),
		"a line break":    token + "\n",
	} {
		if id, ok := KeyID(text); ok {
			t.Errorf("KeyID of %s = %x", name, id)
		}
	}
}
