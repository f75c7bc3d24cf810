package measure

import (
	"math"
	"math/bits"
	"time"
)

const (
	fineBits = 6 // each power of two in 64 parts, so within 1.6 %
	fine     = 1 << fineBits
)

// A Histogram counts latencies in buckets that are within 1.6 % of one another,
// from a nanosecond up. Adding to one allocates nothing.
type Histogram struct {
	counts [64 * fine]uint32
	total  uint64
}

// Add counts one latency.
func (h *Histogram) Add(d time.Duration) {
	h.counts[bucket(uint64(max(d, 0)))]++
	h.total++
}

// Join adds another's counts.
func (h *Histogram) Join(other *Histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.total += other.total
}

// Quantile returns the latency that a part q of all did not exceed, and 0
// without any.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank := uint64(math.Ceil(q * float64(h.total)))
	seen := uint64(0)
	for i, n := range h.counts {
		if seen += uint64(n); n > 0 && seen >= rank {
			return time.Duration(upper(i))
		}
	}
	return 0
}

// bucket keeps the first fineBits bits below the leading one.
func bucket(v uint64) int {
	if v < fine {
		return int(v)
	}
	shift := bits.Len64(v) - fineBits - 1
	return (shift+1)*fine + int(v>>shift) - fine
}

// upper is the largest value in a bucket.
func upper(i int) uint64 {
	if i < fine {
		return uint64(i)
	}
	shift := i/fine - 1
	return (uint64(i%fine)+fine+1)<<shift - 1
}
