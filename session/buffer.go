package session

import "sync"

// maxPooled is the capacity in bytes above which a buffer is left to the
// garbage collector, so that one large response does not hold its memory.
const maxPooled = 128 << 10

// A buffer is scratch space from a pool. Nothing keeps a slice of one after
// free.
type buffer struct{ b []byte }

var buffers = sync.Pool{New: func() any { return &buffer{make([]byte, 0, 1024)} }}

func getBuffer() *buffer { return buffers.Get().(*buffer) }

func (b *buffer) free() {
	poison(b.b)
	if cap(b.b) <= maxPooled {
		b.b = b.b[:0]
		buffers.Put(b)
	}
}
