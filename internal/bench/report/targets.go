package report

import (
	"fmt"

	"github.com/wafer-go/wafer/internal/bench/measure"
)

// A target is what the project has set itself for one figure.
type target struct {
	cell    string
	what    string
	want    float64
	atLeast bool // the figure must be the target or more, rather than the target or less
	figure  func(r *Results, clock Clock) (measure.Spread, bool)
	unit    string
}

// ours is the backend that the targets are about.
const ours = "wafer-signed"

func targets() []target {
	var all []target
	for _, row := range []struct {
		cell                        string
		allocs, floor, scs, gorilla float64
	}{
		{"leave", 3, 1.3, 15, 20},
		{"read", 6, 1.5, 8, 10},
		{"change", 14, 1.6, 7, 7},
	} {
		all = append(all,
			target{row.cell, "allocations", row.allocs, false, allocations(row.cell), ""},
			target{row.cell, "times the floor", row.floor, false, ratio(row.cell, ours, row.cell, "floor"), "x"},
			target{row.cell, "times faster than scs", row.scs, true, ratio(row.cell, "scs-memory", row.cell, ours), "x"},
			target{row.cell, "times faster than gorilla", row.gorilla, true, ratio(row.cell, "gorilla-cookie", row.cell, ours), "x"},
		)
	}
	for _, subject := range []string{ours, "wafer-memory"} {
		all = append(all, target{
			"hundred", subject + ": one of 100 values over one of 3 of the same bytes", 2, false,
			ratio("hundred", subject, "hundred-as-3", subject), "x",
		})
	}
	for _, cell := range []string{"read", "change"} {
		all = append(all,
			target{cell, "p99 of many goroutines over one's, in an empty heap", 3, false, tail(cell, true), "x"},
			target{cell, "p99 of many goroutines over one's, in a program's heap", 3, false, tail(cell, false), "x"},
		)
	}
	for _, server := range []string{"wafer-read", "wafer-change"} {
		all = append(all, target{"loopback", server + ": requests a second, of those without a session", 0.95, true, share(server), "x"})
	}
	return all
}

// allocations is the spread of the allocations of an operation.
func allocations(cell string) func(*Results, Clock) (measure.Spread, bool) {
	return func(r *Results, _ Clock) (measure.Spread, bool) {
		c := r.cell(cell)
		if c == nil || c.costs(ours) == nil {
			return measure.Spread{}, false
		}
		return measure.SpreadOf(measure.Figures(c.costs(ours).Samples, allocsOf)), true
	}
}

// ratio is the spread of a library's time over another's, or over its own in
// another cell.
func ratio(cellA, a, cellB, b string) func(*Results, Clock) (measure.Spread, bool) {
	return func(r *Results, clock Clock) (measure.Spread, bool) {
		one, other := r.cell(cellA), r.cell(cellB)
		if one == nil || other == nil || one.costs(a) == nil || other.costs(b) == nil {
			return measure.Spread{}, false
		}
		return one.costs(a).over(other.costs(b), clock), true
	}
}

// tail is the spread of many goroutines' p99 over one's.
func tail(cell string, empty bool) func(*Results, Clock) (measure.Spread, bool) {
	return func(r *Results, _ Clock) (measure.Spread, bool) {
		c := r.cell(cell)
		if c == nil {
			return measure.Spread{}, false
		}
		for _, t := range c.Together {
			if t.Subject == ours && (t.Heap == 0) == empty {
				return measure.Ratios(tails(t.Many), tails(t.One)), true
			}
		}
		return measure.Spread{}, false
	}
}

func tails(rounds []measure.Together) []float64 {
	figures := make([]float64, len(rounds))
	for i, t := range rounds {
		figures[i] = float64(t.P99)
	}
	return figures
}

// bare is the server without a session.
const bare = "none"

func share(server string) func(*Results, Clock) (measure.Spread, bool) {
	return func(r *Results, _ Clock) (measure.Spread, bool) {
		one, other := r.server(server), r.server(bare)
		if one == nil || other == nil {
			return measure.Spread{}, false
		}
		return measure.Ratios(rates(one.Rounds), rates(other.Rounds)), true
	}
}

func rates(rounds []Load) []float64 {
	figures := make([]float64, len(rounds))
	for i, l := range rounds {
		figures[i] = l.Each
	}
	return figures
}

func (r *Results) server(name string) *Server {
	for i := range r.Servers {
		if r.Servers[i].Name == name {
			return &r.Servers[i]
		}
	}
	return nil
}

// allocSlack is what the runtime's own allocations may add to a request's.
const allocSlack = 0.5

// reached reports whether a figure is what was set.
func (t target) reached(figure float64) bool {
	if t.atLeast {
		return figure >= t.want
	}
	if t.unit == "" {
		return figure <= t.want+allocSlack
	}
	return figure <= t.want
}

// text returns the target as text.
func (t target) text() string {
	if t.atLeast {
		return fmt.Sprintf("≥ %v%s", t.want, t.unit)
	}
	return fmt.Sprintf("≤ %v%s", t.want, t.unit)
}
