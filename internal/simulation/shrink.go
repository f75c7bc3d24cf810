package simulation

import "slices"

// shrink returns a shorter, milder tape that still breaks what the first one breaks, which broken
// reports. It leaves out choices, in ever smaller pieces, and then makes them milder, for at most
// so many runs.
func shrink(tape []uint16, runs int, broken func([]uint16) bool) []uint16 {
	try := func(next []uint16) bool {
		runs--
		return runs >= 0 && broken(next)
	}
	for changed := true; changed && runs > 0; {
		changed = false
		for size := max(1, len(tape)/2); size > 0; size /= 2 {
			for at := 0; at+size <= len(tape); {
				shorter := slices.Delete(slices.Clone(tape), at, at+size)
				if try(shorter) {
					tape, changed = shorter, true
				} else {
					at += size
				}
			}
		}
		for at := range tape {
			for _, milder := range []uint16{0, tape[at] / 2, tape[at] - min(tape[at], 1)} {
				if milder >= tape[at] {
					continue
				}
				next := slices.Clone(tape)
				next[at] = milder
				if try(next) {
					tape, changed = next, true
				}
			}
		}
	}
	return tape
}
