//go:build !race

// The race detector drops pooled memory at random, so there is nothing to
// count under it.

package flask

import (
	"context"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

func TestLoadAllocatesThePayloadAlone(t *testing.T) {
	k := open(t, goodKey, nil)
	ctx := context.Background()
	token, _, err := k.Save(ctx, nil, driver.Write{Payload: []byte(smallPayload), At: time.Unix(1700000000, 0)})
	if err != nil {
		t.Fatal(err)
	}
	value := string(token)
	got := testing.AllocsPerRun(200, func() {
		if _, err := k.Load(ctx, value); err != nil {
			t.Fatal(err)
		}
	})
	if got > 1 {
		t.Errorf("Load allocates %v times, want 1", got)
	}
}

func TestSaveAllocatesNothing(t *testing.T) {
	k := open(t, goodKey, nil)
	ctx := context.Background()
	change := driver.Write{Payload: []byte(smallPayload), At: time.Unix(1700000000, 0)}
	dst := make([]byte, 0, 512)
	got := testing.AllocsPerRun(200, func() {
		if _, _, err := k.Save(ctx, dst, change); err != nil {
			t.Fatal(err)
		}
	})
	if got > 0 {
		t.Errorf("Save allocates %v times, want 0", got)
	}
}
