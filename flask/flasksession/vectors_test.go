package flasksession_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/session/driver"
)

// A vector is a session that Flask-Session wrote; testdata/record.py says how it was recorded.
type vector struct {
	By     string  `json:"by"`
	Name   string  `json:"name"`
	Record string  `json:"record"` // in hex
	JSON   *string `json:"json"`   // as Flask's cookie has it, if it can
}

func (v *vector) data(t testing.TB) []byte {
	t.Helper()
	data, err := hex.DecodeString(v.Record)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (v *vector) serialization() flasksession.Serialization {
	switch {
	case strings.HasSuffix(v.By, "msgpack"):
		return flasksession.MessagePack
	case strings.HasSuffix(v.By, "json"):
		return flasksession.JSON
	}
	return flasksession.Pickle
}

func vectors(t testing.TB) (all []vector) {
	t.Helper()
	f, err := os.Open("testdata/vectors.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	if lines.Err() != nil || len(all) < 80 {
		t.Fatalf("there are %d vectors (%v)", len(all), lines.Err())
	}
	return all
}

// differs has what Go reads where Flask's cookie has nothing, or something else.
var differs = map[string]string{
	"sets": `{"s":[1],"f":["x"]}`,
	"day":  `{"on":"2024-01-02","for":"1.10"}`, // as in MessagePack
	"keys": `{"d":{"1":"yes","2.5":"float","null":"none"},"7":"int"}`,
}

const id = "flask-session-vector-0123456789abcdefghijkl"

// open opens a driver with one record.
func open(t testing.TB, data []byte, s flasksession.Serialization) (*memory, driver.Driver) {
	t.Helper()
	m := newMemory()
	m.put("session:"+id, data)
	b, err := flasksession.New(m, &flasksession.Options{Serialization: s, NotPermanent: true})
	if err != nil {
		t.Fatal(err)
	}
	d, err := b.Open(driver.Config{CookieName: "session", MaxCookieSize: 4096})
	if err != nil {
		t.Fatal(err)
	}
	return m, d
}

// decode returns the values in a payload. A value that Go cannot read is nil.
func decode(t *testing.T, payload string, codec driver.Codec) any {
	t.Helper()
	var v any
	payload = strings.ReplaceAll(payload, `,"bad":Unreadable`, "")
	if err := codec.DecodeValue(payload, &v); err != nil {
		t.Fatalf("%v: %s", err, payload)
	}
	return v
}

func TestVectors_AreReadAndKept(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.By+"/"+v.Name, func(t *testing.T) {
			m, d := open(t, v.data(t), v.serialization())
			s, err := d.Load(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			want, codec := v.JSON, d.Info().Codec
			if other, ok := differs[v.Name]; ok && v.serialization() != flasksession.JSON {
				want = &other
			}
			if want == nil {
				t.Fatal("it does not say what it holds")
			}
			if got, want := decode(t, s.Payload, codec), decode(t, *want, flask.Codec); !reflect.DeepEqual(got, want) {
				t.Errorf("Go reads\n%s, which is\n%#v, not\n%#v", s.Payload, got, want)
			}

			// Another value is set. The others are written as they were: from a record of that, they can be
			// read again, and their bytes are the same.
			payload := strings.TrimSuffix(`{"zz":1,`+s.Payload[1:], ",}")
			w := driver.Write{From: s, Payload: []byte(strings.TrimSuffix(payload, "}") + "}"), At: time.Now(), Expires: time.Now().Add(time.Hour)}
			if _, _, err := d.Save(context.Background(), nil, w); err != nil {
				t.Fatal(err)
			}
			again, err := d.Load(t.Context(), id)
			if err != nil || again.Payload != string(w.Payload) {
				t.Errorf("after a save, Go reads\n%s, not\n%s (%v)", again.Payload, w.Payload, err)
			}
			for _, part := range parts[v.Name] {
				if v.serialization() == flasksession.Pickle && !strings.Contains(string(m.rows["session:"+id].Data), part) {
					t.Errorf("the record has no %q anymore", part)
				}
			}
		})
	}
}

// parts are what a pickle of Go's still has of values that Go does not read whole.
var parts = map[string][]string{
	"precise": {"\x07\xe8\x01\x02\x03\x04\x05\x0a\x5b\xf5", "timezone"},
	"naive":   {"\x07\xe8\x01\x02\x03\x04\x05\x0a\x5b\xf5"},
	"zone":    {"timedelta"},
	"day":     {"\x07\xe8\x01\x02", "Decimal"},
	"sets":    {"\x8f(K\x01\x90", "(\x8c\x01x\x91"},
}
