package report

import (
	"bufio"
	"fmt"
	"io"
)

// benchLines writes the samples in the Go benchmark data format, a line a
// round, which benchstat reads (https://go.dev/design/14313-benchmark-format).
func benchLines(w io.Writer, r *Results, clock Clock) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "cpu: %s\ngo: %s\npkg: github.com/wafer-go/wafer/internal/bench\n", r.Machine.CPU, r.Machine.Go)
	for _, c := range r.Cells {
		for _, costs := range c.Costs {
			for _, s := range costs.Samples {
				each := s.Each()
				fmt.Fprintf(b, "BenchmarkSession/cell=%s/subject=%s-%d\t%d\t%.1f ns/op\t%.0f B/op\t%.0f allocs/op\n",
					c.Name, costs.Subject, r.Machine.Processors, s.N, clock.figure(each), each.Bytes, each.Allocs)
			}
		}
		for _, t := range c.Together {
			for i := range t.Many {
				fmt.Fprintf(b, "BenchmarkTogether/cell=%s/subject=%s/heap=%dMiB/goroutines=1-%d\t1\t%.0f requests/s\t%d p99-ns\n",
					c.Name, t.Subject, t.Heap, r.Machine.Processors, t.One[i].Each, t.One[i].P99.Nanoseconds())
				fmt.Fprintf(b, "BenchmarkTogether/cell=%s/subject=%s/heap=%dMiB/goroutines=%d-%d\t1\t%.0f requests/s\t%d p99-ns\n",
					c.Name, t.Subject, t.Heap, t.Many[i].Goroutines, r.Machine.Processors, t.Many[i].Each, t.Many[i].P99.Nanoseconds())
			}
		}
	}
	for _, s := range r.Servers {
		for _, l := range s.Rounds {
			fmt.Fprintf(b, "BenchmarkLoopback/server=%s-%d\t1\t%.0f requests/s\t%d p50-ns\t%d p99-ns\t%d p99.9-ns\t%d cpu-ns\n",
				s.Name, r.Machine.Processors, l.Each, l.P50.Nanoseconds(), l.P99.Nanoseconds(), l.P999.Nanoseconds(), l.CPU.Nanoseconds())
		}
	}
	return b.Flush()
}
