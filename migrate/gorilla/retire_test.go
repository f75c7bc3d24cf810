package gorilla

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// sealedKeys sign and encrypt.
var sealedKeys = []Keys{NewKeys(bytes.Repeat([]byte("o"), 32), nil), NewKeys(goodKeys[0].hash(), bytes.Repeat([]byte("b"), 32))}

// oldSession is a file of gorilla's, and a driver of its folder.
type oldSession struct {
	d    driver.Driver
	path string
}

func newOldSession(t *testing.T, keys []Keys, o *Options, values map[any]any) oldSession {
	t.Helper()
	dir := t.TempDir()
	s := oldSession{opened(t, Files(dir, keys, o), "s"), filepath.Join(dir, "session_"+goodID)}
	r := newReader(keys, o)
	if err := r.open("s"); err != nil {
		t.Fatal(err)
	}
	text, err := r.write(contents[map[any]any]{values, time.Now(), len(keys) - 1})
	if err != nil {
		t.Fatal(err)
	}
	write(t, s.path, text)
	return s
}

// cookie is that of the session: an id, with the last pair of keys.
func (s oldSession) cookie(t *testing.T) string {
	t.Helper()
	r := s.d.(*files).reader
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(goodID); err != nil {
		t.Fatal(err)
	}
	contents := b.Bytes()
	if p := r.pairs[len(r.pairs)-1]; p.block != nil {
		contents = p.encrypt(contents)
	}
	return signed("s", strconv.FormatInt(time.Now().Unix(), 10), contents)
}

func (s oldSession) load(t *testing.T) driver.Snapshot {
	t.Helper()
	found, err := s.d.Load(context.Background(), s.cookie(t))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (s oldSession) retire(from driver.Snapshot, at time.Time, leave string) error {
	w := driver.Write{From: from, At: at}
	if leave != "" {
		w.Leave = []byte(leave)
	}
	return s.d.(driver.Retirer).Retire(context.Background(), w)
}

func TestRetire_TheFileIsSupersededForAMinute(t *testing.T) {
	for what, keys := range map[string][]Keys{"signed": goodKeys, "encrypted": sealedKeys} {
		s := newOldSession(t, keys, &Options{MaxLength: 8192}, map[any]any{"n": 1})
		at := time.Now()
		from := s.load(t)
		if err := s.retire(from, at, `{"n":2}`); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		found := s.load(t)
		if found.By != fmt.Sprint("gorilla's pair of keys ", len(keys)) {
			t.Errorf("%s: it was made by %s", what, found.By)
		}
		if !found.Superseded || found.Payload != `{"n":2}` || found.ExpiresAt.Unix() != at.Add(time.Minute).Unix() {
			t.Errorf("%s: after Retire: %+v", what, found)
		}
		text, err := os.ReadFile(s.path)
		if err != nil {
			t.Fatal(err)
		}
		seen, err := s.d.(*files).reader.read(string(text), decodeGob)
		if err != nil || seen.value["n"] != 1 || !seen.at.Add(DefaultMaxAge).Equal(at.Add(time.Minute).Truncate(time.Second)) {
			t.Errorf("%s: gorilla reads %v, written at %v, %v", what, seen.value, seen.at, err)
		}
		if err := s.retire(from, at, "{}"); !errors.Is(err, driver.ErrConflict) {
			t.Errorf("%s: a second move: %v", what, err)
		}
		if names, err := os.ReadDir(filepath.Dir(s.path)); err != nil || len(names) != 1 {
			t.Errorf("%s: %d files are left, %v", what, len(names), err)
		}
		now = func() time.Time { return at.Add(time.Minute) }
		_, err = s.d.Load(context.Background(), s.cookie(t))
		now = time.Now
		if !errors.Is(err, driver.ErrUnknown) || !errors.Is(err, driver.ErrEnded) {
			t.Errorf("%s: after a minute: %v", what, err)
		}
		if _, err := os.Stat(s.path); err == nil {
			t.Errorf("%s: after a minute the file is still there", what)
		}
	}
}

func TestRetire_AFileThatWouldBeTooLongIsDeleted(t *testing.T) {
	left := func(limit int) (length int64) {
		s := newOldSession(t, goodKeys, &Options{MaxLength: limit}, map[any]any{"n": 1})
		if err := s.retire(s.load(t), time.Now(), `{"n":2}`); err != nil {
			t.Fatal(err)
		}
		if file, err := os.Stat(s.path); err == nil {
			length = file.Size()
		}
		return length
	}
	whole := left(8192)
	if at, below := left(int(whole)), left(int(whole)-1); at != whole || below != 0 {
		t.Errorf("of %d bytes, %d are left if MaxLength is that, and %d if it is one less", whole, at, below)
	}
}

func TestRetire_NothingIsLeft(t *testing.T) {
	for what, tt := range map[string]struct {
		leave string
		o     *Options
	}{
		"nil":             {"", nil},
		"another decoder": {"{}", &Options{Decode: decodeGob}},
		"too long":        {`{"n":1}`, &Options{MaxLength: 400}},
	} {
		s := newOldSession(t, goodKeys, tt.o, map[any]any{"n": 1})
		leave := tt.leave
		if what == "too long" {
			leave = `{"n":"` + string(bytes.Repeat([]byte("x"), 400)) + `"}`
		}
		if err := s.retire(s.load(t), time.Now(), leave); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := os.Stat(s.path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the file is there: %v", what, err)
		}
	}
}

// After a sign-in nothing of the session may be read under its old id, by gorilla either.
func TestRetire_AnEmptyObjectLeavesNoValues(t *testing.T) {
	s := newOldSession(t, goodKeys, nil, map[any]any{"cart": "private"})
	if err := s.retire(s.load(t), time.Now(), "{}"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	if seen, err := s.d.(*files).reader.read(string(text), decodeGob); err != nil || len(seen.value) != 1 {
		t.Errorf("gorilla reads %v, %v", seen.value, err)
	}
}

func TestRetire_AFileThatIsGoneOrChanged(t *testing.T) {
	s := newOldSession(t, goodKeys, nil, map[any]any{"n": 1})
	from := s.load(t)
	write(t, s.path, signed("s", "1700000000", inGob(t, map[any]any{"n": 2})))
	if err := s.retire(from, time.Now(), "{}"); !errors.Is(err, driver.ErrConflict) {
		t.Errorf("changed: %v", err)
	}
	if err := os.Remove(s.path); err != nil {
		t.Fatal(err)
	}
	for _, leave := range []string{"", "{}"} {
		if err := s.retire(from, time.Now(), leave); !errors.Is(err, driver.ErrEnded) {
			t.Errorf("gone, leaving %q: %v", leave, err)
		}
	}
	if _, err := os.Stat(s.path); err == nil {
		t.Error("the file is there again")
	}
}

func TestLoad_TheBudgetOfTheRequest(t *testing.T) {
	s := newOldSession(t, goodKeys, nil, nil)
	ctx := context.WithValue(context.Background(), driver.BudgetKey, new(driver.Budget))
	for range driver.Lookups {
		if _, err := s.d.Load(ctx, s.cookie(t)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.d.Load(ctx, s.cookie(t)); !errors.Is(err, driver.ErrTooManyLookups) {
		t.Errorf("the error is %v", err)
	}
	if _, err := opened(t, Cookies(goodKeys, nil), "s").Load(ctx, signed("s", "1700000000", inGob(t, nil))); err != nil {
		t.Errorf("a cookie that asks no store: %v", err)
	}
}

func TestLoad_AMarkOfAnotherProgram(t *testing.T) {
	for _, mark := range []any{1, "", "x {}", "99999999999 x", "99999999999 {", "99999999999"} {
		s := newOldSession(t, goodKeys, nil, map[any]any{movedKey: mark})
		if found, err := s.d.Load(context.Background(), s.cookie(t)); !errors.Is(err, driver.ErrBadPayload) {
			t.Errorf("%v: %+v, %v", mark, found, err)
		}
	}
}

// A gob that claims 2^24 entries has encoding/gob make room for them first.
func TestLoad_AHugeCount(t *testing.T) {
	b := inGob(t, map[any]any{"a": "b"})
	start := 0 // of the last message, which has the values
	for start+1+int(b[start]) < len(b) {
		start += 1 + int(b[start])
	}
	at := bytes.LastIndex(b, []byte("\x01\x06string"))
	if at < start {
		t.Fatal("the gob has another form")
	}
	huge := append(append(bytes.Clone(b[:at]), 0xFC, 1, 0, 0, 0), b[at+1:]...)
	huge[start] += 4
	_, err := opened(t, Cookies(goodKeys, nil), "s").Load(context.Background(), signed("s", "1700000000", huge))
	if !errors.Is(err, driver.ErrBadPayload) || !bytes.Contains([]byte(err.Error()), []byte("ends too early")) {
		t.Errorf("the error is %v", err)
	}
}
