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

func TestBuffer_Free_PoolsCapacitiesFrom1024BytesTo128KiB(t *testing.T) {
	for capacity, want := range map[int]bool{1023: false, 1024: true, 128 << 10: true, 128<<10 + 1: false} {
		space := make([]byte, 0, capacity)
		pooled := false
		for range 100 { // under the race detector, a pool drops some
			b := buffer.Get()
			b.B = space
			b.Free()
			again := buffer.Get()
			pooled = pooled || &again.B[:1][0] == &space[:1][0]
		}
		if pooled != want {
			t.Errorf("a buffer of %d bytes came back from the pool: %t, want %t", capacity, pooled, want)
		}
	}
}
