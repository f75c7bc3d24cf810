package driver_test

import (
	"encoding/json"
	"testing"

	"github.com/wafer-go/wafer/internal/jsonvalue/valuetest"
	"github.com/wafer-go/wafer/session/driver"
)

type forest []forest

type tree map[string]tree

// Decoding takes at most 64 times as many bytes of memory as the text has, whoever wrote it: a
// value as any, or each of a list's messages. With a type of the program's it depends on the type's
// size, and encoding/json makes an error of each element that does not fit: here 96 times.
func TestJSON_CostliestTextIsCheap(t *testing.T) {
	const size = 16 << 10
	for name, text := range valuetest.Costly(size) {
		var list []json.RawMessage
		_ = json.Unmarshal([]byte(text), &list)
		for what, decode := range map[string]func(){
			"any":    func() { _ = driver.JSON.DecodeValue(text, new(any)) },
			"list":   func() { _ = driver.JSON.DecodeValue(text, new([]any)) },
			"struct": func() { _ = driver.JSON.DecodeValue(text, new(struct{ A, B any })) },
			"forest": func() { _ = driver.JSON.DecodeValue(text, new(forest)) },
			"tree":   func() { _ = driver.JSON.DecodeValue(text, new(tree)) },
			"message": func() {
				_, _ = driver.JSON.DecodeMessage(text)
			},
			"messages": func() {
				for _, raw := range list {
					_, _ = driver.JSON.DecodeMessage(string(raw))
				}
			},
		} {
			t.Run(name+" as "+what, func(t *testing.T) {
				decode() // fills pools
				factor := uint64(64)
				if what == "forest" || what == "tree" {
					factor = 96
				}
				if got := valuetest.Allocated(decode); got > factor*size {
					t.Errorf("%d bytes take %d bytes of memory", len(text), got)
				} else {
					t.Logf("%d KiB", got>>10)
				}
			})
		}
	}
}
