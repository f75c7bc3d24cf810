package record

import (
	"testing"

	"github.com/wafer-go/wafer/store"
)

func TestGhosts_RemembersTheFirst64(t *testing.T) {
	var g ghosts
	for n := range 70 {
		g.add(store.ID{byte(n)})
	}
	for n := range 70 {
		if id, ok := g.next(); ok != (n < 64) || ok && id != (store.ID{byte(n)}) {
			t.Errorf("number %d is %v, %v", n, id[0], ok)
		}
	}
}
