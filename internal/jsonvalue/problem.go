package jsonvalue

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// MaxDepth is how many arrays and objects may be in one another, Flask's tags included. Flask
// itself writes at most 654 and reads at least 900, both bounded by Python's recursion limit.
const MaxDepth = 700

// The errors of values and texts that are nested more than MaxDepth levels deep.
var (
	ErrTooDeepToWrite = fmt.Errorf("it is nested more than %d levels deep; does it contain itself?", MaxDepth)
	ErrTooDeepToRead  = fmt.Errorf("it is nested more than %d levels deep", MaxDepth)
)

// maxPath is how many bytes of a path an error shows.
const maxPath = 80

// A problem is an error and where in the value it lies.
type problem struct {
	path []string // innermost first
	err  error
}

func (p *problem) Error() string {
	var b strings.Builder
	b.WriteString("at ")
	for i := len(p.path) - 1; i >= 0; i-- {
		if b.Len() > maxPath {
			b.WriteString("...")
			break
		}
		b.WriteString(p.path[i])
	}
	b.WriteString(": ")
	b.WriteString(p.err.Error())
	return b.String()
}

func (p *problem) Unwrap() error { return p.err }

// in adds a step to an error's path. If it went too deep, the path says nothing.
func in(err error, step string) error {
	if err == nil || errors.Is(err, ErrTooDeepToWrite) || errors.Is(err, ErrTooDeepToRead) {
		return err
	}
	if p, ok := err.(*problem); ok {
		p.path = append(p.path, step)
		return p
	}
	return &problem{path: []string{step}, err: err}
}

// InElement adds to err that it lies in element i of an array.
func InElement(err error, i int) error {
	if err == nil {
		return nil
	}
	return in(err, "["+strconv.Itoa(i)+"]")
}

// InKey adds to err that it lies in the member of an object that has this name: one that the
// program chose, or a struct has.
func InKey(err error, key string) error {
	if err == nil {
		return nil
	}
	if len(key) > maxPath {
		key = key[:maxPath] + "..."
	}
	return in(err, "["+strconv.Quote(key)+"]")
}

// InMember adds to err that it lies in a member of an object whose name is part of the text that is
// read, so that no error may quote it.
func InMember(err error) error {
	if err == nil {
		return nil
	}
	return in(err, "[*]")
}
