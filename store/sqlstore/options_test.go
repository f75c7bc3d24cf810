package sqlstore

import (
	"math"
	"testing"
	"time"
)

// An interval of nanoseconds, which forgets its unit, would purge without a pause.
func TestOptions_PurgeIntervalIsAnErrorOrLongEnough(t *testing.T) {
	for _, d := range []time.Duration{1, time.Millisecond, time.Second - 1} {
		if _, err := (&Options{PurgeInterval: d}).withDefaults(); err == nil {
			t.Errorf("%v is accepted", d)
		}
	}
	for _, d := range []time.Duration{math.MinInt64, -1, 0, time.Second, time.Hour, 1 << 61, 1 << 62, math.MaxInt64} {
		o, err := (&Options{PurgeInterval: d}).withDefaults()
		if err != nil {
			t.Errorf("%v: %v", d, err)
		}
		if d >= 0 && o.PurgeInterval*3/4 < time.Second/2 {
			t.Errorf("%v: purges come after %v", d, o.PurgeInterval*3/4)
		}
	}
}
