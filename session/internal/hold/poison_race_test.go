//go:build race

package hold_test

import (
	"bytes"
	"testing"

	"github.com/wafer-go/wafer/session/internal/hold"
)

func TestBuffer_Free_LeavesNothing(t *testing.T) {
	b := hold.GetBuffer()
	b.B = append(b.B, "a visitor's"...)
	kept := b.B
	b.Free()
	if bytes.Contains(kept[:cap(kept)], []byte("visitor")) {
		t.Errorf("it holds %q", kept)
	}
}
