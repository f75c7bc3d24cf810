package simulation

import (
	"context"

	"github.com/wafer-go/wafer/store"
)

// A version is one of a record.
type version struct {
	id     store.ID
	number uint64
}

// met notes that a visit knows a version of a record: it has loaded or saved it.
func met(ctx context.Context, id store.ID, number uint64) {
	if v, ok := ctx.Value(visitKey{}).(*visit); ok && number != 0 {
		if v.versions == nil {
			v.versions = map[version]bool{}
		}
		v.versions[version{id, number}] = true
	}
}

// follows counts a save in place of a version that the visit does not know: another one has saved
// that, and passed it on.
func follows(ctx context.Context, id store.ID, number uint64) {
	if v, ok := ctx.Value(visitKey{}).(*visit); ok && number != 0 && !v.versions[version{id, number}] {
		v.given++
	}
}
