package flask

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/internal/jsonvalue/valuetest"
	"github.com/wafer-go/wafer/itsdangerous"
	"github.com/wafer-go/wafer/session/driver"
)

// A forest can be as deep as the text is.
type forest []forest

type tree map[string]tree

// A cookie costs at most 1 MB and 2 ms to load and to decode, whoever made it: its values as any
// type, or its messages. What is measured is memory, which does not depend on the machine.
func TestCostliestCookieIsCheap(t *testing.T) {
	const limit = 1<<20 + 64<<10 // the race detector takes what is in the pools, some 60 KB
	k := open(t, goodKey, nil)
	for name, value := range valuetest.Costly(DefaultMaxPayload - 16) {
		token := compressed(k, `{"_flashes":`+value+`}`)
		for what, decode := range map[string]func(){
			"any":      func() { decodeInto(value, new(any)) },
			"forest":   func() { decodeInto(value, new(forest)) },
			"tree":     func() { decodeInto(value, new(tree)) },
			"message":  func() { _, _ = Codec.DecodeMessage(value) },
			"messages": func() { decodeMessages(value) },
		} {
			t.Run(name+" as "+what, func(t *testing.T) {
				load := func() {
					loaded, err := k.Load(context.Background(), token)
					if err != nil || !strings.Contains(loaded.Payload, value) {
						t.Fatalf("%v, %.80s", err, loaded.Payload)
					}
					decode()
				}
				load() // fills the pools
				got := valuetest.Allocated(load)
				t.Logf("%d bytes of cookie, %d of payload: %d KiB", len(token), len(value), got>>10)
				if got > limit {
					t.Errorf("it takes %d bytes, more than %d", got, limit)
				}
			})
		}
	}
}

// BenchmarkCostliestCookie takes a minute, or a third of it with -benchtime 0.2s.
func BenchmarkCostliestCookie(b *testing.B) {
	k := open(b, goodKey, nil)
	for name, value := range valuetest.Costly(DefaultMaxPayload - 16) {
		token := compressed(k, `{"v":`+value+`}`)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := k.Load(context.Background(), token); err != nil {
					b.Fatal(err)
				}
				decodeInto(value, new(any))
			}
		})
	}
}

// compressed signs a payload as Flask does, compressed.
func compressed(k driver.Driver, payload string) string {
	b := k.(*backend)
	return string(b.signer.SignTail(itsdangerous.AppendURLSafe(nil, []byte(payload), 0), 0, time.Unix(1700000000, 0)))
}

func decodeInto(raw string, into any) { _ = Codec.DecodeValue(raw, into) }

// decodeMessages decodes each element of a list.
func decodeMessages(list string) {
	d := newDecoder(list)
	if d.Peek() != '[' {
		return
	}
	_ = d.Elements(func(int) error {
		d.Peek()
		start := d.At
		d.skip()
		_, _ = Codec.DecodeMessage(list[start:d.At])
		return nil
	})
}
