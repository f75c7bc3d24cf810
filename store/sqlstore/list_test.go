package sqlstore

import (
	"bytes"
	"context"
	"database/sql/driver"
	"errors"
	"testing"

	"github.com/wafer-go/wafer/store"
)

// rows are records whose IDs begin with consecutive numbers.
func rows(from, count, size int) (all [][]driver.Value) {
	data := make([]byte, size)
	for i := range count {
		id := store.ID{byte((from + i) >> 8), byte(from + i)}
		all = append(all, []driver.Value{id[:], int64(1), data, int64(1), int64(1), nil})
	}
	return all
}

func TestAll_ReadsPagesThatAreFullAndOneMore(t *testing.T) {
	const start = "SELECT id, version, data, used, "
	for name, test := range map[string]struct {
		pages   [][][]driver.Value // that the engine returns
		records int
	}{
		"none":            {[][][]driver.Value{nil}, 0},
		"a few":           {[][][]driver.Value{rows(0, 3, 1)}, 3},
		"nearly a page":   {[][][]driver.Value{rows(0, pageRows-1, 1)}, pageRows - 1},
		"a page":          {[][][]driver.Value{rows(0, pageRows, 1), nil}, pageRows},
		"more":            {[][][]driver.Value{rows(0, pageRows, 1), rows(pageRows, 7, 1)}, pageRows + 7},
		"large":           {[][][]driver.Value{rows(0, 3, pageBytes/2), rows(2, 1, pageBytes/2)}, 3},
		"one byte less":   {[][][]driver.Value{append(rows(0, 1, pageBytes/2-1), rows(1, 1, pageBytes/2)...)}, 2},
		"one that is all": {[][][]driver.Value{rows(0, 1, pageBytes), nil}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f, s := newStore(t, SQLite)
			f.pages = map[string][][][]driver.Value{start: append(test.pages, rows(1000, 1, 1))} // the last is not asked for
			var last store.ID
			found := 0
			for e, err := range s.All(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				if found++; found > 1 && bytes.Compare(e.ID[:], last[:]) <= 0 {
					t.Fatalf("record %d is yielded again", found)
				}
				last = e.ID
			}
			if found != test.records || len(f.asked) != len(test.pages) {
				t.Errorf("%d records in %d pages; it should be %d in %d", found, len(f.asked), test.records, len(test.pages))
			}
			for i, args := range f.asked {
				after, _ := args[0].([]byte)
				if i == 0 && len(after) > 0 || i > 0 && len(after) != 32 {
					t.Errorf("page %d was asked for after %x", i+1, after)
				}
			}
		})
	}
}

func TestAll_EndsWithTheContextOrAnError(t *testing.T) {
	f, s := newStore(t, SQLite)
	f.pages = map[string][][][]driver.Value{"SELECT id, version, data, used, ": {rows(0, 3, 1)}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	yielded, failed := 0, error(nil)
	for _, err := range s.All(ctx) {
		if err != nil {
			failed = err
			continue
		}
		yielded++
		cancel()
	}
	if yielded != 1 || !errors.Is(failed, context.Canceled) {
		t.Errorf("after the context's end %d records were yielded, error %v", yielded-1, failed)
	}
	onFire := errors.New("the disk is on fire")
	f.ended = []error{onFire}
	for _, err := range s.All(t.Context()) {
		if !errors.Is(err, onFire) {
			t.Errorf("All yields the error %v", err)
		}
	}
}
