// Package measure times requests: in short slices, each subject's in turn, so
// that what else the machine does then affects all of them alike.
package measure

import (
	"fmt"
	"runtime"
	"syscall"
	"time"
)

// A Sample is what one slice of requests took.
type Sample struct {
	N      int           // operations
	Wall   time.Duration // on the clock, of all operations
	CPU    time.Duration // of this process on all processors, garbage collection included
	Bytes  uint64        // allocated
	Allocs uint64        // objects allocated
}

// Each returns what one operation took.
func (s Sample) Each() Cost {
	n := float64(s.N)
	return Cost{float64(s.Wall) / n, float64(s.CPU) / n, float64(s.Bytes) / n, float64(s.Allocs) / n}
}

// Cost is what one operation needs: nanoseconds on the clock and of processor
// time, bytes and objects allocated.
type Cost struct{ Wall, CPU, Bytes, Allocs float64 }

// slice runs serve n times. The garbage of whoever was measured before is
// collected first, so that each pays for its own.
func slice(serve func(), n int) (Sample, error) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, err := processorTime()
	if err != nil {
		return Sample{}, err
	}
	start := time.Now()
	for range n {
		serve()
	}
	wall := time.Since(start)
	cpuAfter, err := processorTime()
	if err != nil {
		return Sample{}, err
	}
	runtime.ReadMemStats(&after)
	return Sample{n, wall, cpuAfter - cpu, after.TotalAlloc - before.TotalAlloc, after.Mallocs - before.Mallocs}, nil
}

// processorTime is what this process has used of all processors, in
// microseconds' steps.
func processorTime() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("the process's own processor time cannot be read: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// calibrate returns how many operations last about as long as d.
func calibrate(serve func(), d time.Duration) (int, error) {
	for n := 1; ; n *= 2 {
		s, err := slice(serve, n)
		if err != nil {
			return 0, err
		}
		if s.Wall > d/8 || n > 1<<24 {
			return max(int(float64(d)/s.Each().Wall), 1), nil
		}
	}
}
