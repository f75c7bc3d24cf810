package sqlstore

import (
	"database/sql/driver"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/wafer-go/wafer/store"
)

func TestRuns_NoExceptionIsWithinARun(t *testing.T) {
	ids := func(first ...byte) (ids []store.ID) {
		for _, b := range first {
			ids = append(ids, store.ID{b})
		}
		return ids
	}
	for _, test := range []struct {
		ids, kept []store.ID
		want      [][]store.ID
	}{
		{nil, nil, nil},
		{ids(1, 2, 3), nil, [][]store.ID{ids(1, 2, 3)}},
		{ids(1, 2, 3), ids(2), [][]store.ID{ids(1), ids(3)}},
		{ids(1, 2, 3), ids(1, 3), [][]store.ID{ids(2)}},
		{ids(1, 2, 3), ids(1, 2, 3), nil},
		{ids(10, 20, 30), ids(5, 15, 15, 40), [][]store.ID{ids(10), ids(20, 30)}}, // of no record yet
	} {
		got := slices.Collect(runs(test.ids, test.kept))
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("runs(%v, %v) = %v; it should be %v", test.ids, test.kept, got, test.want)
		}
	}
}

func TestDeleteOwned_LooksAgainUntilThereAreNoneAndEndsWithAnError(t *testing.T) {
	ids := func(count int) (all [][]driver.Value) {
		for _, row := range rows(0, count, 0) {
			all = append(all, row[:1])
		}
		return all
	}
	onFire := errors.New("the disk is on fire")
	for name, test := range map[string]struct {
		found   []int // by one query after the other
		deletes []any // how many each statement deleted, or its error
		deleted int
		want    error
	}{
		"None":               {found: []int{0}},
		"AFew":               {found: []int{3, 0}, deletes: []any{3}, deleted: 3},
		"AFewOfWhichOneLeft": {found: []int{3, 1, 0}, deletes: []any{2, 1}, deleted: 3},
		"AStepAndMore":       {found: []int{deleteStep, 5, 0}, deletes: []any{deleteStep, 5}, deleted: deleteStep + 5},
		"AFailure":           {found: []int{deleteStep}, deletes: []any{onFire}, want: onFire},
		"ALaterFailure":      {found: []int{deleteStep, 5}, deletes: []any{deleteStep, onFire}, deleted: deleteStep, want: onFire},
	} {
		t.Run(name, func(t *testing.T) {
			f, s := newStore(t, SQLite)
			f.pages = map[string][][][]driver.Value{}
			for _, count := range test.found {
				f.pages["SELECT id FROM"] = append(f.pages["SELECT id FROM"], ids(count))
			}
			notRun := f.running(t, test.deletes)
			deleted, err := s.DeleteOwned(t.Context(), "ann")
			if deleted != test.deleted || !errors.Is(err, test.want) || notRun() > 0 || len(f.pages["SELECT id FROM"]) > 0 {
				t.Errorf("it deleted %d, error %v; it should be %d and %v; %d statements were not run", deleted, err, test.deleted, test.want, notRun())
			}
		})
	}
}
