package report

import (
	"fmt"

	"github.com/wafer-go/wafer/internal/bench/measure"
)

// Clock says which time is shown.
type Clock struct {
	Name   string
	figure func(measure.Cost) float64
}

// ClockOf returns the clock of a name: wall or cpu.
func ClockOf(name string) (Clock, error) {
	switch name {
	case "wall":
		return Clock{"time on the clock", func(c measure.Cost) float64 { return c.Wall }}, nil
	case "cpu":
		return Clock{"processor time", func(c measure.Cost) float64 { return c.CPU }}, nil
	}
	return Clock{}, fmt.Errorf("there is no clock %q; there are wall and cpu", name)
}

func bytesOf(c measure.Cost) float64 { return c.Bytes }

func allocsOf(c measure.Cost) float64 { return c.Allocs }

// times returns the spread of a library's nanoseconds.
func (c *Costs) times(clock Clock) measure.Spread {
	return measure.SpreadOf(measure.Figures(c.Samples, clock.figure))
}

// over returns the spread of a's nanoseconds over b's, round by round.
func (c *Costs) over(b *Costs, clock Clock) measure.Spread {
	return measure.Ratios(measure.Figures(c.Samples, clock.figure), measure.Figures(b.Samples, clock.figure))
}

func (c *Costs) median(figure func(measure.Cost) float64) float64 {
	return measure.SpreadOf(measure.Figures(c.Samples, figure)).Median
}

// nanoseconds writes a time with three digits that count.
func nanoseconds(ns float64) string {
	switch {
	case ns >= 1e7:
		return fmt.Sprintf("%.0f ms", ns/1e6)
	case ns >= 1e6:
		return fmt.Sprintf("%.2f ms", ns/1e6)
	case ns >= 1e5:
		return fmt.Sprintf("%.0f µs", ns/1e3)
	case ns >= 1e4:
		return fmt.Sprintf("%.1f µs", ns/1e3)
	case ns >= 1e3:
		return fmt.Sprintf("%.2f µs", ns/1e3)
	}
	return fmt.Sprintf("%.0f ns", ns)
}
