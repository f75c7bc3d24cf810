package main

import (
	"net/http"
	"testing"

	"github.com/wafer-go/wafer/internal/integration/everystore"
)

func TestNoStoreLosesAnUpdate(t *testing.T) {
	w := work{requests: 256, group: 64}
	for _, kind := range everystore.Kinds {
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			r, err := w.onStore(t.Context(), kind)
			if err != nil {
				t.Fatal(err)
			}
			if r.lost() != 0 || r.twice != 0 || r.ghosts > 0 || r.failed != 0 {
				t.Errorf("lost are %d sets, %d counts and %d flashes; %d were shown twice; %d sessions are nobody's; %d requests failed, the first with %s",
					r.lostSets, r.lostCounts, r.lostFlashes, r.twice, r.ghosts, r.failed, r.firstFailure)
			}
			if r.sets != 64 || r.counts != 64 || r.flashes != 64 {
				t.Errorf("only %d, %d and %d were asked for", r.sets, r.counts, r.flashes)
			}
		})
	}
}

// TestTheCountIsOfWhatIsLost holds the measure itself: a library that is known
// to lose updates is seen to.
func TestTheCountIsOfWhatIsLost(t *testing.T) {
	r, err := work{requests: 256, group: 64}.do(t.Context(), []http.Handler{theirs()})
	if err != nil {
		t.Fatal(err)
	}
	if r.lostSets == 0 || r.lostCounts == 0 || r.twice == 0 {
		t.Errorf("scs lost %d sets and %d counts, and showed %d flashes twice; if it does not now, the README is to say so",
			r.lostSets, r.lostCounts, r.twice)
	}
}
