package subject

import "testing"

// BenchmarkCells has each subject serve each cell a given number of times, for
// programs that count rather than time it: under callgrind a run costs the same
// instructions whatever else the machine is doing.
func BenchmarkCells(b *testing.B) {
	for _, s := range append([]*Subject{Floor()}, Wafers()...) {
		if s.Name == "wafer-redis" {
			continue // most of it is elsewhere
		}
		for _, c := range Cells {
			b.Run(s.Name+"/"+c.Name, func(b *testing.B) {
				v, err := s.Visit(c)
				if err != nil {
					b.Fatal(err)
				}
				for range b.N {
					v.Serve()
				}
			})
		}
	}
}
