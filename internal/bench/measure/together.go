package measure

import (
	"sync"
	"time"
)

// Together is what several goroutines reached at once.
type Together struct {
	Goroutines int
	Each       float64       // operations a second, all goroutines together
	P50        time.Duration // of an operation's latency
	P99        time.Duration
	P999       time.Duration
}

// AtOnce has each of the visitors served by a goroutine of its own for d, all at
// once, and times every operation. The clock is in the figures: some 50 ns.
func AtOnce(visitors []func(), d time.Duration) Together {
	histograms := make([]Histogram, len(visitors))
	start := make(chan struct{})
	var wg sync.WaitGroup
	var end time.Time
	for i, serve := range visitors {
		wg.Go(func() {
			<-start
			h := &histograms[i]
			last := time.Now()
			for last.Before(end) {
				serve()
				now := time.Now()
				h.Add(now.Sub(last))
				last = now
			}
		})
	}
	began := time.Now()
	end = began.Add(d)
	close(start)
	wg.Wait()
	took := time.Since(began)

	all := &histograms[0]
	for i := 1; i < len(histograms); i++ {
		all.Join(&histograms[i])
	}
	return Together{
		Goroutines: len(visitors), Each: float64(all.total) / took.Seconds(),
		P50: all.Quantile(0.5), P99: all.Quantile(0.99), P999: all.Quantile(0.999),
	}
}
