//go:build race

package buffer

// poison overwrites what a buffer contained when it returns to its pool. So every test under the
// race detector sees if something still uses a slice of it, and no visitor's bytes get into
// another's response.
func poison(b []byte) {
	b = b[:cap(b)]
	for i := range b {
		b[i] = '!'
	}
}
