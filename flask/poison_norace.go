//go:build !race

package flask

// poison does nothing but under the race detector.
func poison([]byte) {}
