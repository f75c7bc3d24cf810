package secret_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"github.com/wafer-go/wafer/secret"
)

// vector is a line of testdata/keys.json, which was computed with Python's hmac
// and base64 modules.
type vector struct {
	Hex    string `json:"hex"`    // the key's bytes
	Reveal string `json:"reveal"` // what Reveal must write
	ID     string `json:"id"`
}

func vectors(t testing.TB) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/keys.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("testdata/keys.json has no vectors")
	}
	return all
}

func mustParse(t testing.TB, text string) secret.Key {
	t.Helper()
	key, err := secret.Parse(text)
	if err != nil {
		t.Fatalf("Parse of a good key: %v", err)
	}
	return key
}

func TestNewMakes32BytesThatDiffer(t *testing.T) {
	a, b := secret.New(), secret.New()
	if len(a.Bytes()) != secret.MinSize {
		t.Errorf("New made %d bytes, want %d", len(a.Bytes()), secret.MinSize)
	}
	if a.Equal(b) {
		t.Error("New made the same key twice")
	}
}

func TestNewKeysCanBeReadBack(t *testing.T) {
	for range 1000 {
		key := secret.New()
		back, err := secret.Parse(key.Reveal())
		if err != nil {
			t.Fatalf("Parse refuses what New made: %v", err)
		}
		if !back.Equal(key) {
			t.Fatal("Parse(k.Reveal()) is another key than k")
		}
	}
}

func TestZeroKeyIsDetectableAndHoldsNothing(t *testing.T) {
	var zero secret.Key
	if !zero.IsZero() {
		t.Error("the zero Key does not say that it is zero")
	}
	if zero.Bytes() != nil || zero.Reveal() != "" || zero.ID() != "" {
		t.Errorf("the zero Key holds Bytes %v, Reveal %q, ID %q; want nothing", zero.Bytes(), zero.Reveal(), zero.ID())
	}
	if secret.New().IsZero() {
		t.Error("a new Key says that it is zero")
	}
}

func TestZeroKeyEqualsNoKey(t *testing.T) {
	var zero secret.Key
	key := secret.New()
	if zero.Equal(zero) || zero.Equal(key) || key.Equal(zero) {
		t.Error("the zero Key equals a key")
	}
}

func TestEqualComparesEveryByteAndTheLength(t *testing.T) {
	material := secret.New().Bytes()
	key := mustParse(t, hex.EncodeToString(material))
	if !key.Equal(mustParse(t, hex.EncodeToString(material))) {
		t.Error("a key does not equal one of the same bytes")
	}
	for i := range material {
		other := append([]byte(nil), material...)
		other[i] ^= 1
		if key.Equal(mustParse(t, hex.EncodeToString(other))) {
			t.Errorf("a key equals one that differs at byte %d", i)
		}
	}
	if key.Equal(mustParse(t, hex.EncodeToString(append(material, 0)))) {
		t.Error("a key equals one that is longer by a byte")
	}
}

func TestKeysCannotBeComparedWithEqualSigns(t *testing.T) {
	if reflect.TypeFor[secret.Key]().Comparable() {
		t.Error("Key is comparable: k == other would compile and not take constant time")
	}
}

func TestBytesIsACopy(t *testing.T) {
	key := secret.New()
	before := key.ID()
	clear(key.Bytes())
	if key.ID() != before {
		t.Error("writing to what Bytes returned changed the key")
	}
}

func TestIDAndRevealMatchTheVectors(t *testing.T) {
	for _, v := range vectors(t) {
		key := mustParse(t, v.Hex)
		if key.ID() != v.ID {
			t.Errorf("ID of %s is %s, want %s", v.Hex, key.ID(), v.ID)
		}
		if key.Reveal() != v.Reveal {
			t.Errorf("Reveal of %s is %s, want %s", v.Hex, key.Reveal(), v.Reveal)
		}
		if !mustParse(t, v.Reveal).Equal(key) {
			t.Errorf("Parse reads %s as another key than %s", v.Reveal, v.Hex)
		}
	}
}

func TestRevealWritesHexWhereBase64urlWouldBeTakenForHex(t *testing.T) {
	// Hex digits, and so not readable as the base64url that they also are.
	const base64url = "0123456789abcdefABCDEF9876543210fedcba015678e9d7c5a0"
	material, err := base64.RawURLEncoding.DecodeString(base64url)
	if err != nil {
		t.Fatal(err)
	}
	key := mustParse(t, hex.EncodeToString(material))
	if want := hex.EncodeToString(material); key.Reveal() != want {
		t.Errorf("Reveal wrote %s, want %s", key.Reveal(), want)
	}
}
