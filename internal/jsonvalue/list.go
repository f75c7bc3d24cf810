package jsonvalue

import "slices"

const (
	// lookFrom is how many elements a list has before looking ahead is worth it.
	lookFrom = 16

	// lookAhead is how many bytes are looked at for each element that there is: few enough for the
	// whole to stay linear.
	lookAhead = 32
)

// GrowList makes room in a full list for the elements that text goes on with. Append would double
// it, and a long list would leave three times its memory behind.
func GrowList(list []any, text string) []any {
	n := len(list)
	if n < lookFrom {
		return slices.Grow(list, max(4, n))
	}
	ahead := text[:min(len(text), n*lookAhead)]
	more, depth, quoted := 1, 0, false
	for i := 0; i < len(ahead) && depth >= 0; i++ {
		switch c := ahead[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
			if c == '\\' {
				i++
			}
		case c == ',' && depth == 0:
			more++
		case c == '[', c == '{':
			depth++
		case c == ']', c == '}':
			depth--
		}
	}
	if depth >= 0 { // the list goes on
		more = max(more, n/2)
	}
	grown := make([]any, n, n+more)
	copy(grown, list)
	return grown
}
