package durations_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/wafer-go/wafer/internal/integration/durations"
)

func TestOf_Summary(t *testing.T) {
	var took []time.Duration
	for _, i := range rand.Perm(200) {
		took = append(took, time.Duration(i))
	}
	if got, want := durations.Of(took), (durations.Summary{Median: 100, P99: 198, Longest: 199}); got != want {
		t.Errorf("the summary of 0 to 199 is %v, not %v", got, want)
	}
	if got := durations.Of(nil); got != (durations.Summary{}) {
		t.Errorf("the summary of nothing is %v", got)
	}
}
