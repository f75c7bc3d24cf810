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
		s.paged(ctx, "list the records", func(ctx context.Context, after []byte) (*sql.Rows, error) {
			return s.statements.all.query(ctx, after, pageRows)
		}, yield)
	}
}

// paged yields what query returns, which is called again for the rows after the
// last ID, until there are no more. Nothing is before the empty ID.
func (s *Store) paged(ctx context.Context, what string, query func(ctx context.Context, after []byte) (*sql.Rows, error), yield func(store.Entry, error) bool) {
	after := []byte{}
	for {
		page, more, err := s.page(ctx, func() (*sql.Rows, error) { return query(ctx, after) })
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
		if !more {
			return
		}
		after = page[len(page)-1].ID[:]
	}
}

// page reads the rows of a query that returns at most pageRows, and reports
// whether there may be more.
func (s *Store) page(ctx context.Context, query func() (*sql.Rows, error)) (page []store.Entry, more bool, err error) {
	err = s.dialect.read(ctx, func() error {
		page, more = nil, false
		rows, err := query()
		if err != nil {
			return err
		}
		defer rows.Close()
		bytes := 0
		for rows.Next() {
			e, err := scan(rows)
			if err != nil {
				return err
			}
			page = append(page, e)
			if bytes += len(e.Data); bytes >= pageBytes || len(page) == pageRows {
				more = true
				return rows.Close()
			}
		}
		return rows.Err()
	})
	return page, more, err
}
