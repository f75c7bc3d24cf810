//go:build race

package flask

// poison overwrites what a buffer held when it goes back to its pool, so that every test under the
// race detector sees a slice that was kept too long.
func poison(b []byte) {
	b = b[:cap(b)]
	for i := range b {
		b[i] = '!'
	}
}
