package gorilla

import (
	"bytes"
	"context"
	"encoding/gob"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/internal/jsonvalue/valuetest"
)

// A cookie takes at most 1 MB of memory to read, also if somebody with the key made it: gorilla
// refuses values of more than 4,096 bytes.
func TestLoad_TheCostliestCookieIsCheap(t *testing.T) {
	type list = []any
	of := func(v any, n int) list {
		all := make(list, n)
		for i := range all {
			all[i] = v
		}
		return all
	}
	nested := any("x")
	for range 240 {
		nested = list{nested}
	}
	inner := any(map[string]any{})
	for range 100 {
		inner = map[string]any{"": inner}
	}
	gob.Register(list{})
	gob.Register(map[string]any{})
	gob.Register(map[int]int{})
	ints := make(map[int]int)
	for i := range 600 {
		ints[i] = 0
	}
	contents := map[string][]byte{}
	for name, v := range map[string]any{
		"booleans": make([]bool, 2000), "bytes": make([]byte, 2000), "ints": make([]int, 2000), "strings": make([]string, 2000), "lists": of(list(nil), 80),
		"values": of(0, 200), "texts": of("", 150), "nested lists": nested, "nested maps": inner, "a map of ints": ints, "messages": of("Saved", 100),
	} {
		gob.Register(v)
		contents[name] = inGob(t, map[any]any{"v": v})
		contents[name+" as messages"] = inGob(t, map[any]any{"_flash": v})
	}
	for name, text := range valuetest.Costly(2000) {
		contents["JSON, "+name] = []byte(`{"v":` + text + `}`)
		contents["JSON, "+name+" as messages"] = []byte(`{"_flash":` + text + `}`)
	}
	contents["zeros"], contents["counts"] = make([]byte, 2000), bytes.Repeat([]byte{0xFC, 0x7F, 0xFF, 0xFF, 0xFF}, 400)
	k := opened(t, Cookies(goodKeys, nil), "s")
	for name, b := range contents {
		value := signed("s", "1700000000", b)
		read := func() { _, _ = k.Load(context.Background(), value) }
		read() // fills pools, and what encoding/gob knows of types
		if got := valuetest.Allocated(read); got > 1<<20 {
			t.Errorf("%s: a cookie of %d bytes takes %d bytes of memory", name, len(value), got)
		}
	}
	forged := strings.Repeat("A", 512<<10)
	if got := valuetest.Allocated(func() { _, _ = k.Load(context.Background(), forged) }); got > 64<<10 {
		t.Errorf("a value of %d bytes takes %d bytes of memory to refuse", len(forged), got)
	}
	large := 0
	for _, b := range contents {
		if len(b) > 1500 {
			large++
		}
	}
	if large < 20 {
		t.Errorf("only %d contents are large", large)
	}
}
