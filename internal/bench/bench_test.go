package bench

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// BenchmarkSession measures each cell in each library: wall-clock time, and this process's
// processor time, which other programs on the machine do not add to.
func BenchmarkSession(b *testing.B) {
	for _, c := range Cells {
		for _, s := range subjects() {
			b.Run(fmt.Sprintf("cell=%s/subject=%s", c.Name, s.Name), func(b *testing.B) {
				v := visit(b, s, c)
				runtime.GC() // whoever was measured before pays for its own garbage
				b.ReportAllocs()
				before := processorTime(b)
				for b.Loop() {
					v.Serve()
				}
				b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
			})
		}
	}
}

// BenchmarkTogether measures one goroutine, and 64 at once, each with a visitor of its own. In an
// empty heap the collector runs every few thousand requests, and p99 includes its part; a
// program's heap is larger, so both are measured.
func BenchmarkTogether(b *testing.B) {
	for _, c := range Cells {
		if c.Name != "read" && c.Name != "change" {
			continue
		}
		for _, mib := range []int{0, 64} {
			for _, s := range subjects() {
				for _, goroutines := range []int{1, 64} {
					name := fmt.Sprintf("cell=%s/heap=%dMiB/subject=%s/goroutines=%d", c.Name, mib, s.Name, goroutines)
					b.Run(name, func(b *testing.B) { together(b, s, c, mib, goroutines) })
				}
			}
		}
	}
}

// latencies is how many requests p99 is of: the last ones.
const latencies = 1 << 15

func together(b *testing.B, s *Subject, c Cell, mib, goroutines int) {
	visitors := make([]*Visitor, goroutines)
	for i := range visitors {
		visitors[i] = visit(b, s, c)
	}
	heap := make([]byte, mib<<20) // without pointers, so it costs the collector nothing
	defer runtime.KeepAlive(heap)
	took := make([]time.Duration, latencies)
	runtime.GC()
	b.ResetTimer()
	var wg sync.WaitGroup
	for i, v := range visitors {
		mine := took[i*latencies/goroutines : (i+1)*latencies/goroutines]
		wg.Go(func() {
			last := time.Now()
			for n := range b.N/goroutines + 1 {
				v.Serve()
				now := time.Now()
				mine[n%len(mine)] = now.Sub(last)
				last = now
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
	b.ReportMetric(float64(p99(took)), "p99-ns")
}

// p99 returns the latency that 99 of 100 requests did not exceed. Zeros are places without a
// request.
func p99(took []time.Duration) time.Duration {
	slices.Sort(took)
	first, _ := slices.BinarySearch(took, 1)
	took = took[first:]
	return took[(len(took)-1)*99/100]
}

func visit(b *testing.B, s *Subject, c Cell) *Visitor {
	b.Helper()
	v, err := s.Visit(c)
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// processorTime is what this process has used of all processors, garbage collection included.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatalf("the process's own processor time cannot be read: %v", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
