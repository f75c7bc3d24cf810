package flask

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"html/template"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/internal/jsonvalue/valuetest"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

// FuzzLoad looks for a token that is taken though Flask never made it: another
// spelling of one that it made, or a forgery.
func FuzzLoad(f *testing.F) {
	k := open(f, "dev", &CookieOptions{AllowPublishedKey: true})
	known := make(map[string]bool)
	for _, v := range vectors(f) {
		known[v.Token] = true
	}
	f.Fuzz(func(t *testing.T, token string) {
		loaded, err := k.Load(context.Background(), token)
		switch {
		case err == nil && !known[token]:
			t.Errorf("%q was taken, with the payload %s", token, loaded.Payload)
		case err != nil && !errors.Is(err, session.ErrRefused):
			t.Errorf("%q fails the request: %v", token, err)
		}
	})
}

// FuzzPayload signs any payload: what Load takes is within the cap, and what
// Save writes is what Load gives back.
func FuzzPayload(f *testing.F) {
	const limit = 1 << 10
	k := open(f, goodKey, &CookieOptions{MaxPayload: limit})
	f.Fuzz(func(t *testing.T, payload string) {
		loaded, err := k.Load(context.Background(), sign(t, k, payload))
		if err != nil {
			if !errors.Is(err, session.ErrBadPayload) {
				t.Errorf("%q: %v", payload, err)
			}
			return
		}
		if len(loaded.Payload) > limit {
			t.Errorf("a payload of %d bytes was taken", len(loaded.Payload))
		}
		token, _, err := k.Save(context.Background(), nil, driver.Write{Payload: []byte(loaded.Payload), At: loaded.SavedAt})
		if err != nil {
			t.Fatal(err)
		}
		// The dict tag around it may bring it over the limit.
		if again, err := k.Load(context.Background(), string(token)); again.Payload != loaded.Payload && len(payload) < limit-20 {
			t.Errorf("%q came back as %q, %v", loaded.Payload, again.Payload, err)
		}
	})
}

// FuzzDecodeValue: what is read is written in one canonical form, which reads
// as the same value.
func FuzzDecodeValue(f *testing.F) {
	f.Fuzz(func(t *testing.T, raw string) {
		var v any
		var err error
		cheap(t, raw, func() { err = Codec.DecodeValue(raw, &v) })
		checkTyped(t, raw, v, err)
		if err != nil {
			return
		}
		canonical, err := codec{}.AppendValue(nil, v)
		if err != nil {
			if strings.Contains(err.Error(), "more than 4300 digits") {
				return
			}
			t.Fatalf("%q is read and cannot be written: %v", raw, err)
		}
		for _, c := range canonical {
			if c < ' ' || c > '~' {
				t.Fatalf("%q is written with the byte %#x", raw, c)
			}
		}
		var again any
		if err := (codec{}).DecodeValue(string(canonical), &again); err != nil {
			t.Fatalf("%q is written %s, which cannot be read: %v", raw, canonical, err)
		}
		second, err := codec{}.AppendValue(nil, again)
		if err != nil || !bytes.Equal(second, canonical) {
			t.Errorf("%q is written %s and then %s, %v", raw, canonical, second, err)
		}
		if json.Valid([]byte(raw)) && !json.Valid(canonical) && !bytes.Contains(canonical, []byte("Infinity")) {
			t.Errorf("%q is JSON and %s is not", raw, canonical)
		}
	})
}

// checkTyped reads raw into types of its own: each gives what an untyped
// reading gives, or an error.
func checkTyped(t *testing.T, raw string, v any, anyErr error) {
	t.Helper()
	for _, into := range []any{
		new(string), new(int64), new(float64), new(bool), new([]byte), new(template.HTML), new(UUID), new(time.Time),
		new(Tuple), new([]any), new(map[string]any), new(json.RawMessage),
		new(struct{ A, B any }), new([][]map[string]int), new(map[int][]string),
	} {
		err := codec{}.DecodeValue(raw, into)
		if err != nil {
			continue
		}
		got := reflect.ValueOf(into).Elem().Interface()
		if anyErr != nil {
			t.Errorf("%q: %v, and yet it is the %T %#v", raw, anyErr, got, got)
		}
		if reflect.TypeOf(got) != reflect.TypeOf(v) {
			continue
		}
		a, errA := codec{}.AppendValue(nil, got)
		b, errB := codec{}.AppendValue(nil, v)
		if !bytes.Equal(a, b) || (errA == nil) != (errB == nil) {
			t.Errorf("%q is %s as a %T and %s as an any", raw, a, got, b)
		}
	}
}

// cheap fails if decode takes more memory than a constant for each byte of raw.
func cheap(t *testing.T, raw string, decode func()) {
	t.Helper()
	if got := valuetest.Allocated(decode); got > 96*uint64(len(raw))+16<<10 {
		t.Errorf("%q takes %d bytes of memory", raw, got)
	}
}

func FuzzDecodeMessage(f *testing.F) {
	f.Fuzz(func(t *testing.T, raw string) {
		var m driver.Message
		var err error
		cheap(t, raw, func() { m, err = Codec.DecodeMessage(raw) })
		if err != nil {
			return
		}
		text, err := Codec.AppendMessage(nil, m)
		if err != nil {
			t.Fatalf("%q is %+v, which cannot be written: %v", raw, m, err)
		}
		again, err := Codec.DecodeMessage(string(text))
		if err != nil || !reflect.DeepEqual(again, m) {
			t.Errorf("%q is %+v, and after a round trip %+v, %v", raw, m, again, err)
		}
	})
}
