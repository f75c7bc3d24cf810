package flask

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/itsdangerous"
	"github.com/wafer-go/wafer/session"
)

// costliest are values of at most n bytes that take much memory, or time, for each byte.
func costliest(n int) map[string]string {
	list := func(element string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(element+",", (n-2)/(len(element)+1)), ",") + "]"
	}
	nested := func(open, inner, end string, levels int) string {
		pad := strings.Repeat(inner, (n-levels*(len(open)+len(end)))/len(inner))
		return strings.Repeat(open, levels) + `["` + pad[:max(0, len(pad)-len(inner)*4)] + `"]` + strings.Repeat(end, levels)
	}
	return map[string]string{
		"numbers":          list(`0`),
		"floats":           list(`1e9`),
		"strings":          list(`""`),
		"escapes":          list(`"\n"`),
		"lists":            list(`[]`),
		"dicts":            list(`{}`),
		"dicts with a key": list(`{"":0}`),
		"tuples":           list(`{" t":[]}`),
		"bytes":            list(`{" b":""}`),
		"empty messages":   list(`["",""]`),
		"tuple messages":   list(`{" t":["",""]}`),
		"titled messages":  list(`{" t":{"title":"a"}," t":["","a"]}`),
		"escaped messages": list(`["\n","\n"]`),
		"keys":             `{` + strings.TrimSuffix(strings.Repeat(`"a":0,"b":0,`, (n-2)/12), ",") + `}`,
		"nested lists":     nested("[", "x", "]", 650),
		"nested dicts":     nested(`{"":`, "x", "}", 650),
		"nested tuples":    nested(`{" t":[`, `\n`, "]}", 320),
		"nested escapes":   nested(`{" di":{" di__":`, `\n`, "}}", 320),
		"one long string":  `"` + strings.Repeat(`\u0041`, (n-2)/6) + `"`,
		"one long number":  strings.Repeat("9", n),
	}
}

// A forest can be as deep as the text is.
type forest []forest

type tree map[string]tree

// A cookie costs at most 1 MB and 2 ms to load and to decode, whoever made it: its values as any type, or
// its messages. What is measured is memory, which does not depend on the machine.
func TestCostliestCookieIsCheap(t *testing.T) {
	const limit = 1 << 20
	k := keeper(t, goodKey, nil)
	for name, value := range costliest(DefaultMaxPayload - 16) {
		token := sealed(k, `{"_flashes":`+value+`}`)
		for what, decode := range map[string]func(){
			"any":      func() { decodeInto(value, new(any)) },
			"forest":   func() { decodeInto(value, new(forest)) },
			"tree":     func() { decodeInto(value, new(tree)) },
			"message":  func() { _, _ = Codec.DecodeMessage(value) },
			"messages": func() { decodeMessages(value) },
		} {
			t.Run(name+" as "+what, func(t *testing.T) {
				run := func() (uint64, time.Duration) {
					var before, after runtime.MemStats
					runtime.ReadMemStats(&before)
					start := time.Now()
					loaded, err := k.Load(context.Background(), token)
					if err != nil || !strings.Contains(loaded.Payload, value) {
						t.Fatalf("%v, %.80s", err, loaded.Payload)
					}
					decode()
					took := time.Since(start)
					runtime.ReadMemStats(&after)
					return after.TotalAlloc - before.TotalAlloc, took
				}
				run() // fills the pools
				got, took := run()
				t.Logf("%d bytes of cookie, %d of payload: %d KiB in %v", len(token), len(value), got>>10, took)
				if got > limit {
					t.Errorf("it takes %d bytes, more than %d", got, limit)
				}
			})
		}
	}
}

// sealed signs a payload as Flask does, compressed.
func sealed(k session.Keeper, payload string) string {
	b := k.(*backend)
	return string(b.signer.SignTail(itsdangerous.AppendURLSafe(nil, []byte(payload), 0), 0, time.Unix(1700000000, 0)))
}

func decodeInto(raw string, into any) { _ = Codec.DecodeValue(raw, into) }

// decodeMessages decodes each element of a list.
func decodeMessages(list string) {
	d := decoder{s: list}
	if d.peek() != '[' {
		return
	}
	_ = d.elements(func(int) error {
		d.peek()
		start := d.i
		d.skip()
		_, _ = Codec.DecodeMessage(list[start:d.i])
		return nil
	})
}
