package flask

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxDepth is how many arrays and objects may lie in one another, tags
// included. Flask itself writes at most 654 and reads at least 900, both
// bounded by Python's recursion limit.
const maxDepth = 700

var (
	errTooDeepToWrite = fmt.Errorf("it is nested more than %d levels deep; does it contain itself?", maxDepth)
	errTooDeepToRead  = fmt.Errorf("it is nested more than %d levels deep", maxDepth)
)

// A problem is an error and where in the value it lies.
type problem struct {
	path []string // innermost first
	err  error
}

func (p *problem) Error() string {
	var b strings.Builder
	b.WriteString("at ")
	for i := len(p.path) - 1; i >= 0; i-- {
		if b.Len() > 80 {
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

// in adds a step to an error's path. Where it went too deep, the path says
// nothing.
func in(err error, step string) error {
	if err == nil || errors.Is(err, errTooDeepToWrite) || errors.Is(err, errTooDeepToRead) {
		return err
	}
	if p, ok := err.(*problem); ok {
		p.path = append(p.path, step)
		return p
	}
	return &problem{path: []string{step}, err: err}
}

func inElement(err error, i int) error {
	if err == nil {
		return nil
	}
	return in(err, "["+strconv.Itoa(i)+"]")
}

func inKey(err error, key string) error {
	if err == nil {
		return nil
	}
	return in(err, "["+strconv.Quote(key)+"]")
}
