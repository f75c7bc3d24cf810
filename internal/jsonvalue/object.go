package jsonvalue

import (
	"slices"
	"strings"
)

// A Member is a key of an object and its value.
type Member[V any] struct {
	Key   string
	Value V
}

// Sorted returns the members of an object, as a text has them, in the order of their keys. Of a key
// that is there twice the last counts. It reorders its argument.
func Sorted[V any](members []Member[V]) []Member[V] {
	ascending := true
	for i := 1; i < len(members) && ascending; i++ {
		ascending = members[i-1].Key < members[i].Key
	}
	if ascending {
		return members
	}
	slices.SortStableFunc(members, func(a, b Member[V]) int { return strings.Compare(a.Key, b.Key) })
	kept := members[:0]
	for i := range members {
		if i+1 == len(members) || members[i+1].Key != members[i].Key {
			kept = append(kept, members[i])
		}
	}
	return kept
}
