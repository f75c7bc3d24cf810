// Package durations describes many durations by a few.
package durations

import (
	"cmp"
	"slices"
	"time"
)

// A Summary is the median, what 99 in 100 stay below, and the longest.
type Summary struct{ Median, P99, Longest time.Duration }

// Of sorts durations and returns their summary, which is zero if there are none.
func Of(took []time.Duration) Summary {
	if len(took) == 0 {
		return Summary{}
	}
	slices.SortFunc(took, cmp.Compare[time.Duration])
	return Summary{took[len(took)/2], took[len(took)*99/100], took[len(took)-1]}
}
