package jsonvalue

import (
	"slices"
	"strings"
)

// An Object is a JSON object. It needs a sixth of a map's memory if it has one member. An [Encoder]
// writes it as a map; programs never see one.
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

// A TreeCodec is a driver.Codec that can have an [Object] for each JSON object, so that a value
// which moves from one codec to another needs little memory.
type TreeCodec interface {
	// DecodeTree reads raw as DecodeValue reads it into an any, with Objects in place of maps.
	DecodeTree(raw string) (any, error)
}
