package measure

import "slices"

// A Spread is the range of the middle half of many figures.
type Spread struct{ Low, Median, High float64 }

// SpreadOf returns the quartiles of figures; zero of none.
func SpreadOf(figures []float64) Spread {
	if len(figures) == 0 {
		return Spread{}
	}
	sorted := slices.Sorted(slices.Values(figures))
	return Spread{quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)}
}

// quantile interpolates between the two figures next to q.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// Figures returns one figure of each sample.
func Figures(samples []Sample, figure func(Cost) float64) []float64 {
	figures := make([]float64, len(samples))
	for i, s := range samples {
		figures[i] = figure(s.Each())
	}
	return figures
}

// Ratios returns the spread of a's figures over b's, round by round: what the
// machine did in a round divides out.
func Ratios(a, b []float64) Spread {
	ratios := make([]float64, min(len(a), len(b)))
	for i := range ratios {
		ratios[i] = a[i] / b[i]
	}
	return SpreadOf(ratios)
}
