package interop

import (
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
)

// random is where a case's choices come from.
type random struct {
	*rand.Rand
	number int // of the case
}

func newRandom(test string, i int) *random {
	h := fnv.New64a()
	_, _ = h.Write([]byte(test))
	return &random{rand.New(rand.NewPCG(seed, h.Sum64()+uint64(i))), i}
}

// in is true once in n.
func (r *random) in(n int) bool { return r.IntN(n) == 0 }

// pick returns one of the choices.
func pick[T any](r *random, choices ...T) T { return choices[r.IntN(len(choices))] }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func (r *random) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}
