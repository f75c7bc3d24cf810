package jsonvalue

import "slices"

const (
	// lookFrom is how many elements a list has before it is worth to look ahead.
	lookFrom = 16

	// lookAhead is how many bytes are looked at for each element that there is: few enough for the
	// whole to stay linear.
	lookAhead = 8
)

// GrowList makes room in a full list for the elements that text goes on with. Append would double
// it: a long list of a stranger's would leave three times its memory behind.
func GrowList(list []any, text string) []any {
	n := len(list)
	if n < lookFrom {
		return slices.Grow(list, max(4, n))
	}
	depth, more := 0, 1
	for i := 0; i < len(text); i++ {
		if i == n*lookAhead {
			more = max(more, n/2)
			break
		}
		switch text[i] {
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case ',':
			if depth == 0 {
				more++
			}
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth < 0 {
				i = len(text)
			}
		}
	}
	grown := make([]any, n, n+more)
	copy(grown, list)
	return grown
}
