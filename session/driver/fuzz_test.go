package driver_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/wafer-go/wafer/internal/jsonvalue/valuetest"
	"github.com/wafer-go/wafer/session/driver"
)

// FuzzJSONDecode: what is read is written again, and reads as the same value, the same in every
// type.
func FuzzJSONDecode(f *testing.F) {
	f.Fuzz(func(t *testing.T, raw string) {
		var v any
		var anyErr error
		cheap(t, raw, func() { anyErr = driver.JSON.DecodeValue(raw, &v) })
		for _, into := range []any{
			new(string), new(int), new(int64), new(float64), new(bool), new([]byte), new(time.Time), new([]any), new(map[string]any),
			new(json.Number), new(json.RawMessage), new(struct{ A, B any }), new([][]map[string]int), new(map[int][]string),
		} {
			err := driver.JSON.DecodeValue(raw, into)
			if err != nil {
				continue
			}
			got := reflect.ValueOf(into).Elem().Interface()
			if anyErr != nil {
				t.Errorf("%q: %v, and yet it is the %T %#v", raw, anyErr, got, got)
			}
			if reflect.TypeOf(got) == reflect.TypeOf(v) && !reflect.DeepEqual(got, v) {
				t.Errorf("%q is %#v, and %#v as an any", raw, got, v)
			}
		}
		if anyErr != nil {
			return
		}
		text, err := driver.JSON.AppendValue(nil, v)
		if err != nil {
			t.Fatalf("%q is read and cannot be written: %v", raw, err)
		}
		var again any
		if err := driver.JSON.DecodeValue(string(text), &again); err != nil || !reflect.DeepEqual(again, v) {
			t.Errorf("%q is %#v, written %s, and %#v (%v)", raw, v, text, again, err)
		}
	})
}

// FuzzJSONMessage: every JSON text is a message, of bounded words, and comes back as what it was
// read as.
func FuzzJSONMessage(f *testing.F) {
	f.Fuzz(func(t *testing.T, raw string) {
		var m driver.Message
		var err error
		cheap(t, raw, func() { m, err = driver.JSON.DecodeMessage(raw) })
		if valid := json.Valid([]byte(raw)) && utf8.ValidString(raw); valid != (err == nil) {
			t.Fatalf("%q, valid JSON: %v, is read with the error %v", raw, valid, err)
		}
		if err != nil {
			return
		}
		if len(m.Category)+len(m.Text)+len(m.Title)+len(m.Data) > 3*len(raw)+len(driver.DefaultCategory) {
			t.Errorf("%q is read as %+v", raw, m)
		}
		text, err := driver.JSON.AppendMessage(nil, m)
		if err != nil {
			if len(m.Data) == 0 || strings.Count(raw, "[")+strings.Count(raw, "{") < 700 {
				t.Errorf("%q is read as %+v, which cannot be written: %v", raw, m, err)
			}
			return
		}
		again, err := driver.JSON.DecodeMessage(string(text))
		again.Data, m.Data = compact(again.Data), compact(m.Data)
		if err != nil || !reflect.DeepEqual(again, m) {
			t.Errorf("%q is %+v, and after a round trip %+v, %v", raw, m, again, err)
		}
	})
}

// cheap fails if decode takes more memory than a constant for each byte of raw.
func cheap(t *testing.T, raw string, decode func()) {
	t.Helper()
	if got := valuetest.Allocated(decode); got > 96*uint64(len(raw))+16<<10 {
		t.Errorf("%q takes %d bytes of memory", raw, got)
	}
}

func compact(data json.RawMessage) json.RawMessage {
	if data == nil {
		return nil
	}
	text, _ := json.Marshal(data)
	return text
}
