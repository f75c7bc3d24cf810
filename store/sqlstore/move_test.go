package sqlstore

import (
	"database/sql/driver"
	"errors"
	"testing"

	"github.com/wafer-go/wafer/store"
)

func TestMove_SaysWhyItChangedNothing(t *testing.T) {
	seven := []driver.Value{int64(7), int64(1), int64(1)} // a record of version 7
	eight := []driver.Value{int64(8), int64(1), int64(1)}
	down := errors.New("the connection broke")
	taken := &sqliteError{19}
	for name, test := range map[string]struct {
		same  bool             // the two IDs
		runs  []any            // how many rows Move's statement and the deletion of an expired one changed, or their errors
		looks [][]driver.Value // what is found: nil is nothing
		want  error
	}{
		"MovedAtOnce":            {runs: []any{2}},
		"NothingToMove":          {runs: []any{0}, looks: [][]driver.Value{nil}, want: store.ErrNotFound},
		"OfAnotherVersion":       {runs: []any{0}, looks: [][]driver.Value{eight}, want: store.ErrConflict},
		"ToAnIDInUse":            {runs: []any{0}, looks: [][]driver.Value{seven, eight}, want: store.ErrConflict},
		"ToItself":               {same: true, looks: [][]driver.Value{seven}, want: store.ErrConflict},
		"NothingToItself":        {same: true, looks: [][]driver.Value{nil}, want: store.ErrNotFound},
		"AnOldAnswerFirst":       {runs: []any{0, 2}, looks: [][]driver.Value{seven, nil}},
		"AnOldAnswerEachTime":    {runs: []any{0, 0, 0, 0}, looks: [][]driver.Value{seven, nil, seven, nil, seven, nil, seven, nil}, want: store.ErrConflict},
		"AnExpiredOneInTheWay":   {runs: []any{taken, 1, 2}},
		"ALiveOneInTheWay":       {runs: []any{taken, 0}, looks: [][]driver.Value{eight}, want: store.ErrConflict},
		"OneInTheWayThatWasGone": {runs: []any{taken, 0, 2}, looks: [][]driver.Value{nil}},
		"AnUnknownOutcome":       {runs: []any{down}, want: down},
	} {
		t.Run(name, func(t *testing.T) {
			f, s := newStore(t, SQLite)
			notFound, notRun := f.finding(test.looks), f.running(t, test.runs)
			r, to := live(), store.ID{2}
			if r.Version, r.Nonce = 7, 9; test.same {
				to = store.ID{1}
			}
			version, err := s.Move(t.Context(), store.ID{1}, to, r, live())
			if !errors.Is(err, test.want) || (version == 9) != (test.want == nil) {
				t.Errorf("Move returned %d, %v; it should be %v", version, err, test.want)
			}
			if notRun() > 0 || notFound() > 0 {
				t.Errorf("%d statements were not run, and %d questions not asked", notRun(), notFound())
			}
		})
	}
}
