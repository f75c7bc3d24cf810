package scs

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// user is what testdata has as main.User.
type user struct {
	Name  string
	Admin bool `json:"admin"`
}

func init() {
	gob.RegisterName("main.User", user{})
	gob.RegisterName("[]main.User", []user{})
	gob.Register(time.Time{})
	gob.Register([]any{})
	gob.Register(map[string]any{})
	gob.Register(map[int]string{})
}

const token = "F35LDwpFEsxZnvTxUVCqLrwQ7fXBNE3h2Rk6xgsJK0w"

// plainStore is a store without contexts.
type plainStore struct {
	records map[string][]byte
	err     error
	asked   []string
}

func (s *plainStore) Find(token string) ([]byte, bool, error) {
	s.asked = append(s.asked, token)
	b, ok := s.records[token]
	return b, ok, s.err
}

func (s *plainStore) Delete(token string) error {
	delete(s.records, token)
	return s.err
}

// ctxStore is one with contexts, and nothing else that works.
type ctxStore struct{ inner *plainStore }

func (*ctxStore) Find(string) ([]byte, bool, error) { panic("scs: no one may call Find") }
func (*ctxStore) Delete(string) error               { panic("scs: no one may call Delete") }

func (s *ctxStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	if _, ok := ctx.Deadline(); !ok {
		return nil, false, errors.New("the call has no deadline")
	}
	return s.inner.Find(token)
}

func (s *ctxStore) DeleteCtx(_ context.Context, token string) error { return s.inner.Delete(token) }

// opened returns a backend as a manager uses it.
func opened(t testing.TB, store Store, o *Options) driver.Driver {
	t.Helper()
	k, err := Records(store, o).Open(driver.Config{CookieName: "session", MaxCookieSize: 4096, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// vector is a record that scs made.
type vector struct {
	Name, Payload string
	Record        []byte
}

func vectors(t testing.TB) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/records.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(text, &all); err != nil || len(all) < 6 {
		t.Fatalf("there are %d vectors, %v", len(all), err)
	}
	return all
}

func inGob(t testing.TB, values map[string]any) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(struct {
		Deadline time.Time
		Values   map[string]any
	}{time.Date(2999, 12, 31, 0, 0, 0, 0, time.UTC), values}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestEachRecordThatSCSMadeIsRead(t *testing.T) {
	for _, v := range vectors(t) {
		found, err := opened(t, &plainStore{records: map[string][]byte{token: v.Record}}, nil).Load(context.Background(), token)
		if err != nil || found.Payload != v.Payload || found.ExpiresAt.Year() != 2999 {
			t.Errorf("%s: %s, until %v, %v; want %s", v.Name, found.Payload, found.ExpiresAt, err, v.Payload)
		}
	}
}

func TestAStoreWithContextsIsAskedThroughThem(t *testing.T) {
	st := &ctxStore{&plainStore{records: map[string][]byte{token: inGob(t, map[string]any{"n": 1})}}}
	k := opened(t, st, nil)
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // the visitor has left
	found, err := k.Load(ctx, token)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Delete(ctx, found); err != nil || len(st.inner.records) != 0 {
		t.Errorf("Delete: %v, leaving %d records", err, len(st.inner.records))
	}
}

func TestAStoreThatFailsSignsNobodyOut(t *testing.T) {
	st := &plainStore{records: map[string][]byte{token: inGob(t, nil)}}
	k := opened(t, st, nil)
	found, err := k.Load(context.Background(), token)
	if err != nil {
		t.Fatal(err)
	}
	st.err = errors.New("down")
	if _, err := k.Load(context.Background(), token); !errors.Is(err, st.err) || errors.Is(err, driver.ErrRefused) {
		t.Errorf("Load: %v", err)
	}
	if err := k.Delete(context.Background(), found); !errors.Is(err, st.err) {
		t.Errorf("Delete: %v", err)
	}
}

func TestARecordThatCannotBeKeptIsRefused(t *testing.T) {
	for what, tt := range map[string]struct {
		record []byte
		o      Options
		says   string
	}{
		"no gob":         {record: []byte("x"), says: "ends too early"},
		"a complex":      {record: inGob(t, map[string]any{"odd": 1i}), says: `"odd"`},
		"not registered": {record: bytes.ReplaceAll(inGob(t, map[string]any{"u": user{}}), []byte("main.User"), []byte("main.Lost")), says: "gob.RegisterName"},
		"a huge count":   {record: hugeCount(t), says: "ends too early"},
		"too large":      {record: inGob(t, map[string]any{"large": strings.Repeat("x", 100)}), o: Options{MaxSize: 100}, says: "MaxSize"},
	} {
		k := opened(t, &plainStore{records: map[string][]byte{token: tt.record}}, &tt.o)
		if _, err := k.Load(context.Background(), token); !errors.Is(err, driver.ErrBadPayload) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// hugeCount is a record of which the map claims 2^24 entries: encoding/gob makes room for them first.
func hugeCount(t *testing.T) []byte {
	t.Helper()
	b := inGob(t, map[string]any{"a": "b"})
	at := bytes.LastIndex(b, []byte("\x01\x01a\x06string"))
	start := 0 // of the last message, which has the values
	for start+1+int(b[start]) < len(b) {
		start += 1 + int(b[start])
	}
	if at < start {
		t.Fatal("the record has another form")
	}
	huge := append(append(bytes.Clone(b[:at]), 0xFC, 1, 0, 0, 0), b[at+1:]...)
	huge[start] += 4
	return huge
}

func TestConvertRenamesChangesAndDrops(t *testing.T) {
	st := &plainStore{records: map[string][]byte{token: inGob(t, map[string]any{"userID": 7, "flash": "hi", "old": 1i, "__rememberMe": false})}}
	found, err := opened(t, st, &Options{Convert: func(key string, value any) (string, any, bool) {
		switch key {
		case "userID":
			return "user_id", value, true
		case "flash":
			return "_flashes", []any{value}, true
		}
		return key, value, false
	}}).Load(context.Background(), token)
	if want := `{"_flashes":[["message","hi"]],"_permanent":true,"user_id":7}`; err != nil || found.Payload != want {
		t.Errorf("%s, %v; want %s", found.Payload, err, want)
	}
}

func TestTheIDOfARecordIsNoToken(t *testing.T) {
	found, err := opened(t, &plainStore{records: map[string][]byte{token: inGob(t, nil)}}, nil).Load(context.Background(), token)
	if err != nil || isToken(found.Record.ID()) || found.Record.ID() == token {
		t.Errorf("the id is %v, %v", found.Record, err)
	}
}

func TestSavingIsAnErrorThatNamesMigrate(t *testing.T) {
	k := opened(t, &plainStore{}, nil)
	if _, _, err := k.Save(context.Background(), nil, driver.Write{}); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "session.Migrate") {
		t.Errorf("the error is %v", err)
	}
}

func TestOpenFailsWithoutAStore(t *testing.T) {
	for what, b := range map[string]driver.Backend{
		"no store":            Records(nil, nil),
		"a negative size":     Records(&plainStore{}, &Options{MaxSize: -1}),
		"a negative lifetime": Records(&plainStore{}, &Options{Lifetime: -1}),
	} {
		if _, err := b.Open(driver.Config{CookieName: "session"}); err == nil || !strings.Contains(err.Error(), "scs: ") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestLoad_ARecordOfMaxSizeBytes(t *testing.T) {
	record := inGob(t, map[string]any{"n": 1})
	for size, want := range map[int]bool{len(record): true, len(record) - 1: false} {
		st := &plainStore{records: map[string][]byte{token: record}}
		if _, err := opened(t, st, &Options{MaxSize: size}).Load(context.Background(), token); (err == nil) != want {
			t.Errorf("%d bytes, with a MaxSize of %d: %v", len(record), size, err)
		}
	}
}

func TestLoad_TheBeginningIsTheDeadlineLessTheLifetime(t *testing.T) {
	st := &plainStore{records: map[string][]byte{token: inGob(t, map[string]any{"n": 1})}}
	found, err := opened(t, st, &Options{Lifetime: 48 * time.Hour}).Load(context.Background(), token)
	want := fmt.Sprintf(`{"_created":%d,"_permanent":true,"n":1}`, time.Date(2999, 12, 29, 0, 0, 0, 0, time.UTC).Unix())
	if err != nil || found.Payload != want {
		t.Errorf("%s, %v; want %s", found.Payload, err, want)
	}
}

// lateStore is one that answers nothing when its time is over.
type lateStore struct{ ctxStore }

func (s *lateStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	if ctx.Err() != nil {
		return nil, false, ctx.Err()
	}
	return s.inner.Find(token)
}

func TestLoad_NoTimeoutIsNoLimit(t *testing.T) {
	st := &lateStore{ctxStore{&plainStore{records: map[string][]byte{token: inGob(t, nil)}}}}
	for _, timeout := range []time.Duration{0, -1} {
		d, err := Records(st, nil).Open(driver.Config{CookieName: "session", Timeout: timeout})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Load(context.Background(), token); err != nil {
			t.Errorf("with a timeout of %v: %v", timeout, err)
		}
	}
}
