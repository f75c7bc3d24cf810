// Package buffer pools scratch space.
package buffer

import "sync"

// maxPooled is the capacity in bytes above which a buffer is left to the garbage collector, so that one
// large response does not keep its memory.
const maxPooled = 128 << 10

// A Buffer is scratch space from a pool. Nothing keeps a slice of B after Free.
type Buffer struct{ B []byte }

var pool = sync.Pool{New: func() any { return &Buffer{make([]byte, 0, 1024)} }}

// Get returns an empty buffer.
func Get() *Buffer { return pool.Get().(*Buffer) }

// Free returns the buffer to the pool.
func (b *Buffer) Free() {
	poison(b.B)
	if cap(b.B) <= maxPooled {
		b.B = b.B[:0]
		pool.Put(b)
	}
}
