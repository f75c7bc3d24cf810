package sqlstore

import (
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
