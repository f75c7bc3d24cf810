//go:build race

package buffer_test

import (
	"bytes"
	"testing"

	"github.com/wafer-go/wafer/session/internal/buffer"
)

func TestBuffer_Free_LeavesNothing(t *testing.T) {
	b := buffer.Get()
	b.B = append(b.B, "a visitor's"...)
	kept := b.B
	b.Free()
	if bytes.Contains(kept[:cap(kept)], []byte("visitor")) {
		t.Errorf("it holds %q", kept)
	}
}
