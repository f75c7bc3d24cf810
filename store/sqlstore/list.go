package sqlstore

import (
	"context"
	"database/sql"
	"iter"

	"github.com/wafer-go/wafer/store"
)

// All reads pageRows rows at a time, and fewer of large ones: a page ends after
// pageBytes of data.
const (
	pageRows  = 256
	pageBytes = 4 << 20
)

// All yields every record, in the order of their ids. It reads a page at a time
// and holds no connection while it yields.
func (s *Store) All(ctx context.Context) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		const what = "list the records"
		st := &s.statements.first // which takes the lowest id in
		var from store.ID
		for {
			full := false
			page, err := s.entries(ctx, func(ctx context.Context) (*sql.Rows, error) {
				return st.query(ctx, from[:], s.now(), pageRows)
			}, func(bytes int) bool {
				full = bytes >= pageBytes
				return full
			})
			if err != nil {
				yield(store.Entry{}, s.fail(ctx, what, err))
				return
			}
			for _, e := range page {
				if err := ctx.Err(); err != nil {
					yield(store.Entry{}, s.fail(ctx, what, err))
					return
				}
				if !yield(e, nil) {
					return
				}
			}
			if len(page) < pageRows && !full {
				return
			}
			st, from = &s.statements.next, page[len(page)-1].ID
		}
	}
}
