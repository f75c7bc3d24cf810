package jsonvalue

import (
	"slices"
	"strings"
)

// An Object is a JSON object in a sixth of the memory that a map takes. An [Encoder] writes it as
// it writes a map; the types that programs see do not have it.
type Object []Member

// A Member is a key of an object and its value.
type Member struct {
	Key   string
	Value any
}

// Sorted returns o in the order of its keys. Of a key that is there twice the last counts.
func (o Object) Sorted() Object {
	ascending := true
	for i := 1; i < len(o) && ascending; i++ {
		ascending = o[i-1].Key < o[i].Key
	}
	if ascending {
		return o
	}
	slices.SortStableFunc(o, func(a, b Member) int { return strings.Compare(a.Key, b.Key) })
	kept := o[:0]
	for i := range o {
		if i+1 == len(o) || o[i+1].Key != o[i].Key {
			kept = append(kept, o[i])
		}
	}
	return kept
}

// A TreeCodec is a driver.Codec that reads and writes an [Object] for each JSON object, so that
// what moves from one codec to another takes little memory.
type TreeCodec interface {
	// DecodeTree reads raw as DecodeValue reads it into an any, with Objects in place of maps.
	DecodeTree(raw string) (any, error)
}
