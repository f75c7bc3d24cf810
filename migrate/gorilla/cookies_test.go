package gorilla

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/gob"
	"errors"
	"fmt"
	"hash"
	"log/slog"
	"math"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

var goodKeys = []Keys{NewKeys(bytes.Repeat([]byte("k"), 32), nil)}

// signed is a cookie as gorilla would make it of any contents.
func signed(name, at string, contents []byte) string {
	text := at + "|" + base64.URLEncoding.EncodeToString(contents)
	h := hmac.New(sha256.New, goodKeys[0].hash())
	h.Write([]byte(name + "|" + text))
	return base64.URLEncoding.EncodeToString(append([]byte(text+"|"), h.Sum(nil)...))
}

func inGob(t testing.TB, values map[any]any) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(values); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// load reads a session of these values.
func load(t *testing.T, o *Options, values map[any]any) (string, error) {
	t.Helper()
	k := opened(t, Cookies(goodKeys, o), "s")
	found, err := k.Load(context.Background(), signed("s", "1700000000", inGob(t, values)))
	return found.Payload, err
}

type hidden struct {
	Shown  string
	Hidden string `json:"-"`
}

type key int

func TestAValueThatJSONWouldLoseIsRefusedByName(t *testing.T) {
	for _, v := range []any{&url.URL{}, hidden{}, key(0)} {
		gob.Register(v)
	}
	for what, values := range map[string]map[any]any{
		"not a number":               {"odd": math.NaN()},
		"a complex number":           {"odd": 1i},
		"a form of gob's alone":      {"odd": &url.URL{Host: "example.com"}},
		"the same in a list":         {"odd": []any{"x", &url.URL{Host: "example.com"}}},
		"a field hidden from JSON":   {"odd": hidden{"a", "b"}},
		"a map with numbers for key": {"odd": map[any]any{1: "x"}},
		"bytes in a string":          {"odd": "\xff"},
		"a flash without a text":     {"_flash": []any{1}},
		"flashes that are no list":   {"_flash": 1},
		"Wafer's own key":            {"_permanent": true},
		"Wafer's own clock":          {"_created": int64(1)},
		"Wafer's own owner":          {"_owner": "admin"},
		"a key that is no string":    {key(1): "x"},
		"a key that is no text":      {"\xff": "x"},
	} {
		payload, err := load(t, nil, values)
		var named *session.ValueError
		if !errors.Is(err, driver.ErrBadPayload) || !errors.As(err, &named) {
			t.Errorf("%s: %s, %v", what, payload, err)
		}
	}
}

func TestConvertRenamesChangesAndDrops(t *testing.T) {
	gob.Register(key(0))
	o := &Options{Convert: func(k, v any) (string, any, bool) {
		switch k {
		case key(1):
			return "user_id", v, true
		case "ratio":
			return "ratio", "none", true
		case "link":
			return "", nil, false
		case "notices":
			return "_flashes", []driver.Message{{Category: "info", Text: "hello"}, {Text: "<b>", Markup: true}}, true
		}
		return k.(string), v, true
	}}
	payload, err := load(t, o, map[any]any{key(1): 7, "ratio": math.Inf(1), "link": "x", "notices": "hello", "plain": "x"})
	if want := `{"_flashes":[["info","hello"],["message",{"html":"<b>"}]],"_permanent":true,"plain":"x","ratio":"none","user_id":7}`; err != nil || payload != want {
		t.Errorf("%s, %v; want %s", payload, err, want)
	}
	if payload, err := load(t, &Options{Convert: func(any, any) (string, any, bool) { return "same", 1, true }}, map[any]any{"a": 1, "b": 2}); !errors.Is(err, driver.ErrBadPayload) {
		t.Errorf("two values of one key: %s, %v", payload, err)
	}
}

func TestATypeThatIsNotRegisteredIsRefusedByName(t *testing.T) {
	contents := bytes.ReplaceAll(inGob(t, map[any]any{"u": user{Name: "ada"}}), []byte("main.User"), []byte("main.Lost"))
	k := opened(t, Cookies(goodKeys, nil), "s")
	_, err := k.Load(context.Background(), signed("s", "1700000000", contents))
	if !errors.Is(err, driver.ErrBadPayload) || !strings.Contains(err.Error(), "gob.RegisterName") || !strings.Contains(err.Error(), "main.Lost") {
		t.Errorf("the error is %v", err)
	}
}

func TestNothingIsDecodedBeforeTheMAC(t *testing.T) {
	decoded := 0
	k := opened(t, Cookies(goodKeys, &Options{Decode: func([]byte) (map[any]any, error) {
		decoded++
		return nil, nil
	}}), "s")
	good := signed("s", "1700000000", []byte("contents"))
	for _, value := range []string{
		"", "x", good[1:], good[:len(good)-4], signed("t", "1700000000", []byte("contents")), good + "=", good + "\n",
		base64.URLEncoding.EncodeToString([]byte("1700000000|Y29udGVudHM=|")), base64.URLEncoding.EncodeToString([]byte("1700000000|Y29udGVudHM=")),
		strings.TrimRight(good, "="), strings.Repeat("A", DefaultMaxLength+4),
	} {
		if _, err := k.Load(context.Background(), value); !errors.Is(err, driver.ErrMalformed) && !errors.Is(err, driver.ErrBadSignature) && value != good {
			t.Errorf("%q: %v", value, err)
		}
	}
	for _, at := range []string{"", "x", "-1", "253402300800", "99999999999999999999"} {
		if _, err := k.Load(context.Background(), signed("s", at, []byte("contents"))); !errors.Is(err, driver.ErrBadPayload) {
			t.Errorf("written at %q: %v", at, err)
		}
	}
	if decoded != 0 {
		t.Errorf("%d were decoded", decoded)
	}
	if _, err := k.Load(context.Background(), good); err != nil || decoded != 1 {
		t.Errorf("the good one: %v", err)
	}
}

func TestAKeyOfAnotherPairDoesNotOpenWhatItSealed(t *testing.T) {
	v := vectors(t)[5] // sealed
	k := opened(t, Cookies([]Keys{NewKeys(v.Hash, bytes.Repeat([]byte("x"), 32))}, nil), v.Cookie)
	if _, err := k.Load(context.Background(), v.Value); !errors.Is(err, driver.ErrBadPayload) {
		t.Errorf("the error is %v", err)
	}
}

func TestJSONContentsKeepTheirDigits(t *testing.T) {
	k := opened(t, Cookies(goodKeys, &Options{Decode: DecodeJSON, BrowserSession: true}), "s")
	found, err := k.Load(context.Background(), signed("s", "1700000000", []byte(`{"n":12345678901234567890,"_flash":["a"]}`)))
	if want := `{"_flashes":[["message","a"]],"n":12345678901234567890}`; err != nil || found.Payload != want {
		t.Errorf("%s, %v", found.Payload, err)
	}
}

func TestOpenFailsWithoutProperKeys(t *testing.T) {
	for what, b := range map[string]driver.Backend{
		"no pairs":             Cookies(nil, nil),
		"no hash key":          Cookies([]Keys{NewKeys(nil, make([]byte, 32))}, nil),
		"a block key too long": Cookies([]Keys{NewKeys([]byte("x"), make([]byte, 33))}, nil),
		"a negative length":    Cookies(goodKeys, &Options{MaxLength: -1}),
		"no pairs for files":   Files(t.TempDir(), nil, nil),
	} {
		if _, err := b.Open(driver.Config{CookieName: "s"}); err == nil || !strings.Contains(err.Error(), "gorilla: ") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestOpen_AnErrorCountsThePairs(t *testing.T) {
	for what, pair := range map[string]Keys{"no hash key": {}, "a block key too long": NewKeys([]byte("x"), make([]byte, 33))} {
		_, err := Cookies([]Keys{goodKeys[0], pair}, nil).Open(driver.Config{CookieName: "s"})
		if err == nil || !strings.Contains(err.Error(), "pair of keys 2 ") {
			t.Errorf("%s: %v", what, err)
		}
	}
	noHash := func() hash.Hash { panic("no hash") }
	_, err := Cookies(goodKeys, &Options{Hash: noHash}).Open(driver.Config{CookieName: "s"})
	if err == nil || !strings.Contains(err.Error(), "pair of keys 1: no hash") {
		t.Errorf("a function that is not a hash: %v", err)
	}
}

func TestLoad_NamesThePairThatMadeTheCookie(t *testing.T) {
	k := opened(t, Cookies([]Keys{NewKeys([]byte("another"), nil), goodKeys[0]}, nil), "s")
	found, err := k.Load(context.Background(), signed("s", "1700000000", inGob(t, nil)))
	if err != nil || found.By != "gorilla's pair of keys 2" {
		t.Errorf("it was made by %q, %v", found.By, err)
	}
}

func TestLoad_ACookieOfMaxLengthBytes(t *testing.T) {
	value := signed("s", "1700000000", inGob(t, map[any]any{"n": 1}))
	for length, want := range map[int]error{len(value): nil, len(value) - 1: driver.ErrMalformed} {
		k := opened(t, Cookies(goodKeys, &Options{MaxLength: length}), "s")
		if _, err := k.Load(context.Background(), value); !errors.Is(err, want) {
			t.Errorf("%d bytes, with a MaxLength of %d: %v", len(value), length, err)
		}
	}
}

func TestLoad_TheTimeOfACookie(t *testing.T) {
	k := opened(t, Cookies(goodKeys, &Options{MaxAge: -1}), "s")
	for stamp, want := range map[string]error{
		"0": nil, "253402300799": nil, "253402300800": driver.ErrBadPayload, "-1": driver.ErrBadPayload, "": driver.ErrBadPayload,
	} {
		if _, err := k.Load(context.Background(), signed("s", stamp, inGob(t, nil))); !errors.Is(err, want) {
			t.Errorf("written at %q: %v", stamp, err)
		}
	}
}

func TestLoad_EncryptedContentsAreReadToTheByte(t *testing.T) {
	keys := []Keys{NewKeys(goodKeys[0].hash(), bytes.Repeat([]byte("b"), 16))}
	var seen []byte
	k := opened(t, Cookies(keys, &Options{Decode: func(b []byte) (map[any]any, error) {
		seen = b
		return nil, nil
	}}), "s")
	p := k.(*cookies).reader.pairs[0]
	for contents, want := range map[string]error{"": driver.ErrBadPayload, "x": nil, `{"n":1}`: nil} {
		seen = nil
		_, err := k.Load(context.Background(), signed("s", "1700000000", p.encrypt([]byte(contents))))
		if !errors.Is(err, want) || string(seen) != contents {
			t.Errorf("%q is read as %q, %v", contents, seen, err)
		}
	}
}

func TestKeysNeverPrint(t *testing.T) {
	k := NewKeys([]byte("hashkey"), []byte("blockkey"))
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "keys", k)
	for _, text := range []string{fmt.Sprint(k), fmt.Sprintf("%+v %#v %x %d %s", k, k, k, k, []Keys{k}), log.String()} {
		if strings.Contains(text, "hashkey") || strings.Contains(text, "104") || strings.Contains(text, "686173") || !strings.Contains(text, "redacted") {
			t.Errorf("they print as %s", text)
		}
	}
}

func TestSavingIsAnErrorThatNamesMigrate(t *testing.T) {
	k := opened(t, Cookies(goodKeys, nil), "s")
	if _, _, err := k.Save(context.Background(), nil, driver.Write{}); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "session.Migrate") {
		t.Errorf("the error is %v", err)
	}
}

func TestTheBackendKeepsACopyOfTheKeys(t *testing.T) {
	hash := bytes.Clone(goodKeys[0].hash())
	b := Cookies([]Keys{NewKeys(hash, nil)}, nil)
	clear(hash)
	if _, err := opened(t, b, "s").Load(context.Background(), signed("s", "1700000000", inGob(t, nil))); err != nil {
		t.Error(err)
	}
}

func TestNoMaxAgeMeansNoExpiry(t *testing.T) {
	k := opened(t, Cookies(goodKeys, &Options{MaxAge: -1}), "s")
	found, err := k.Load(context.Background(), signed("s", "1700000000", inGob(t, nil)))
	if err != nil || !found.ExpiresAt.IsZero() || !found.SavedAt.Equal(time.Unix(1700000000, 0)) {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestACookieHasOneSpelling(t *testing.T) {
	k := opened(t, Cookies(goodKeys, &Options{Decode: func([]byte) (map[any]any, error) { return nil, nil }}), "s")
	padded := 0
	for zeros := range 3 { // the length of the time's text makes that of the padding
		good := signed("s", strings.Repeat("0", zeros)+"1700000000", nil)
		if _, err := k.Load(context.Background(), good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
		text := strings.TrimRight(good, "=")
		if text == good {
			continue
		}
		padded++
		last := text[len(text)-1]
		other := text[:len(text)-1] + string(base64Letters[strings.IndexByte(base64Letters, last)|1]) + good[len(text):]
		if _, err := k.Load(context.Background(), other); !errors.Is(err, driver.ErrMalformed) {
			t.Errorf("%q, for %q: %v", other, good, err)
		}
	}
	if padded != 2 {
		t.Errorf("%d of the three are padded", padded)
	}
}

const base64Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
