package flask

import (
	"context"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// smallPayload is a session of three values.
const smallPayload = `{"name":"ada","user_id":42,"username":"alice"}`

func BenchmarkLoad(b *testing.B) {
	k := open(b, goodKey, nil)
	token, _, err := k.Save(context.Background(), nil, driver.Write{Payload: []byte(smallPayload), At: time.Unix(1700000000, 0)})
	if err != nil {
		b.Fatal(err)
	}
	value := string(token)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Load(context.Background(), value); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSave(b *testing.B) {
	k := open(b, goodKey, nil)
	change := driver.Write{Payload: []byte(smallPayload), At: time.Unix(1700000000, 0)}
	dst := make([]byte, 0, 512)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := k.Save(context.Background(), dst, change); err != nil {
			b.Fatal(err)
		}
	}
}

var benchValues = map[string]any{
	"string": "alice",
	"int":    42,
	"dict":   map[string]any{"name": "ada", "tags": []any{"a", Tuple{1, 2.5}}, "avatar": []byte("png")},
	"struct": struct {
		Name string `json:"name"`
		Tags []string
		Seen time.Time
	}{"ada", []string{"a", "b"}, time.Unix(1700000000, 0)},
}

func BenchmarkAppendValue(b *testing.B) {
	for name, v := range benchValues {
		b.Run(name, func(b *testing.B) {
			dst := make([]byte, 0, 512)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := (codec{}).AppendValue(dst, v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecodeValue(b *testing.B) {
	for name, v := range benchValues {
		raw, err := codec{}.AppendValue(nil, v)
		if err != nil {
			b.Fatal(err)
		}
		text := string(raw)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var into any
				if err := (codec{}).DecodeValue(text, &into); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
