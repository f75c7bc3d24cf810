package buffer_test

import (
	"testing"

	"github.com/wafer-go/wafer/session/internal/buffer"
)

func TestGet_IsEmptyAndHasRoom(t *testing.T) {
	for _, used := range [][]byte{[]byte("x"), make([]byte, 64<<10), make([]byte, 1<<20), nil, make([]byte, 1)} {
		b := buffer.Get()
		b.B = used
		b.Free()
		if b := buffer.Get(); len(b.B) != 0 || cap(b.B) < 1024 || cap(b.B) > 128<<10 {
			t.Errorf("after one of %d bytes, the next has %d bytes, capacity %d", len(used), len(b.B), cap(b.B))
		}
	}
}
