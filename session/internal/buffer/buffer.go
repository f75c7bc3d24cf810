// Package buffer pools scratch space.
package buffer

import "sync"

// maxPooled is the capacity in bytes above which a buffer is left to the garbage collector, so that
// one large response does not occupy its memory for long.
const maxPooled = 128 << 10

// A Buffer is scratch space from a pool. Append to B, and do not use a slice of B after Free.
type Buffer struct{ B []byte }

var buffers = sync.Pool{New: func() any { return &Buffer{make([]byte, 0, 1024)} }}

// Get returns a buffer in which B is empty and has a capacity of at least 1024 bytes.
func Get() *Buffer { return buffers.Get().(*Buffer) }

// Free returns b to the pool. The caller must not use b again.
func (b *Buffer) Free() {
	poison(b.B)
	if cap(b.B) >= 1024 && cap(b.B) <= maxPooled {
		b.B = b.B[:0]
		buffers.Put(b)
	}
}
