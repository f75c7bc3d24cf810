package measure

import (
	"math"
	"testing"
	"time"
)

func TestEveryLatencyFallsIntoABucketThatIsNear(t *testing.T) {
	for v := uint64(0); v < 1<<40; v += v/100 + 1 {
		up := upper(bucket(v))
		if up < v || float64(up) > float64(v)*(1+1.0/fine) {
			t.Fatalf("%d is counted as %d, want it within a part in %d", v, up, fine)
		}
	}
}

func TestTheLongestTimeHasABucket(t *testing.T) {
	if i := bucket(math.MaxInt64); i >= len(Histogram{}.counts) {
		t.Errorf("its bucket is %d and there are %d", i, len(Histogram{}.counts))
	}
}

func TestQuantilesOfOneToAThousand(t *testing.T) {
	var h Histogram
	for i := range 1000 {
		h.Add(time.Duration(i + 1))
	}
	for q, want := range map[float64]float64{0.5: 500, 0.99: 990, 0.999: 999, 1: 1000} {
		if got := float64(h.Quantile(q)); math.Abs(got-want) > want/fine {
			t.Errorf("the quantile %v is %v, want %v within a part in %d", q, got, want, fine)
		}
	}
}

func TestAnEmptyHistogramHasNoLatency(t *testing.T) {
	if got := new(Histogram).Quantile(0.99); got != 0 {
		t.Errorf("the quantile is %v, want 0", got)
	}
}

func TestTheSpreadIsTheQuartiles(t *testing.T) {
	if got, want := SpreadOf([]float64{5, 1, 4, 2, 3}), (Spread{2, 3, 4}); got != want {
		t.Errorf("the spread is %v, want %v", got, want)
	}
	if got, want := SpreadOf([]float64{1, 2}), (Spread{1.25, 1.5, 1.75}); got != want {
		t.Errorf("the spread of two is %v, want %v", got, want)
	}
}

func TestRatiosArePairedRoundByRound(t *testing.T) {
	// The machine was ten times slower in the second round.
	if got, want := Ratios([]float64{2, 20, 2}, []float64{1, 10, 1}), (Spread{2, 2, 2}); got != want {
		t.Errorf("the ratios are %v, want %v", got, want)
	}
}

func TestEachTaskIsMeasuredOnceARound(t *testing.T) {
	tasks := []*Task{{Serve: func() {}}, {Serve: func() {}}, {Serve: func() {}}}
	if err := Rounds(t.Context(), tasks, 4, 100*time.Microsecond); err != nil {
		t.Fatal(err)
	}
	for i, task := range tasks {
		if len(task.Samples) != 4 {
			t.Errorf("task %d has %d samples, want 4", i, len(task.Samples))
		}
	}
}

var sink []byte

func TestASampleCountsWhatWasAllocated(t *testing.T) {
	s, err := slice(func() { sink = make([]byte, 1024) }, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if c := s.Each(); math.Abs(c.Allocs-1) > 0.1 || math.Abs(c.Bytes-1024) > 100 {
		t.Errorf("one operation allocates %.1f bytes in %.2f objects, want 1024 in 1", c.Bytes, c.Allocs)
	}
}
