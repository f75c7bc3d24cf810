package simulation

import "math/rand/v2"

// A chance makes all choices of a run, from a seed or from the tape of an earlier run. It records
// them, so that a run can be repeated, and shrunk by leaving choices out.
type chance struct {
	random *rand.Rand // nil if there is only the tape
	tape   []uint16
	at     int
}

// seeded makes the choices of a seed.
func seeded(seed uint64) *chance {
	return &chance{random: rand.New(rand.NewPCG(seed, 0))} // #nosec G404 -- repeatable by design
}

// taped makes the choices of a tape, and the mildest after its end.
func taped(tape []uint16) *chance { return &chance{tape: tape} }

// pick chooses one of n: 0 is the mildest, which a shrunk run has most.
func (c *chance) pick(n int) int {
	if n <= 1 {
		return 0
	}
	if c.random != nil {
		made := c.random.IntN(n)
		c.tape = append(c.tape, uint16(made)) // #nosec G115 -- n is below 65536
		return made
	}
	if c.at >= len(c.tape) {
		return 0
	}
	c.at++
	return int(c.tape[c.at-1]) % n
}

// hits reports whether something happens that has a chance of permille in a thousand.
func (c *chance) hits(permille int) bool { return c.pick(1000) >= 1000-permille }
