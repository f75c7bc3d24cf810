// Package linearizable checks that stores are linearizable: that whatever many
// clients did at once, and saw, could have come of doing one thing after the
// other, each at some instant between its call and its return. So no client sees
// an older record after a newer one, of two who save one version only one
// succeeds, and what was deleted or moved away does not come back.
//
// porcupine (github.com/anishathalye/porcupine) does the checking.
package linearizable

import (
	"fmt"

	"github.com/anishathalye/porcupine"
)

// records is how many ids one history is about.
const records = 3

// A state is what the store should hold: of each id the token that is its
// record's data, and 0 if there is none. Each save writes a token of its
// own, so that it tells the version too.
type state [records]int

type kind int

const (
	load kind = iota
	save
	remove
	move
)

// An input is what a client asked for.
type input struct {
	kind     kind
	id, to   int // to is for move
	old, new int // tokens: what is replaced, 0 for nothing, and what is written
	mark     int // the token that move leaves at id
}

// An outcome is what a client was told.
type outcome int

const (
	succeeded outcome = iota
	notFound
	conflict
	unknown // whether it took effect, and when: perhaps it is yet to do so
)

type output struct {
	outcome outcome
	token   int // that was loaded
}

var model = porcupine.Model{
	Init: func() any { return state{} },
	Step: func(s, in, out any) (bool, any) {
		good, next := step(s.(state), in.(input), out.(output))
		return good, next
	},
	DescribeOperation: func(in, out any) string { return describe(in.(input), out.(output)) },
}

// step tells whether the outcome is right in a state, and the state after it.
//
// An unknown outcome is that of an operation that has no end in the history. It
// is right anywhere, and takes effect if it can. That it never does is the same
// as that it does after everything else, unseen.
func step(s state, in input, out output) (bool, state) {
	done, should := s, succeeded
	switch in.kind {
	case load:
		if s[in.id] == 0 {
			should = notFound
		}
		right := out.outcome == unknown || out.outcome == should && (should != succeeded || out.token == s[in.id])
		return right, s
	case remove:
		done[in.id] = 0
	case save:
		should = replaces(s[in.id], in.old)
		done[in.id] = in.new
	case move:
		should = replaces(s[in.id], in.old)
		if s[in.to] != 0 && should == succeeded {
			should = conflict
		}
		// Where both are so, either may be told.
		if s[in.to] != 0 && should == notFound && out.outcome == conflict {
			return true, s
		}
		done[in.id], done[in.to] = in.mark, in.new
	}
	if should != succeeded {
		done = s
	}
	return out.outcome == unknown || out.outcome == should, done
}

// replaces returns what becomes of a save that is to replace old.
func replaces(now, old int) outcome {
	switch {
	case now == old:
		return succeeded
	case now == 0:
		return notFound
	}
	return conflict
}

func describe(in input, out output) string {
	told := [...]string{"done", "not found", "conflict", "unknown"}[out.outcome]
	switch in.kind {
	case load:
		if out.outcome == succeeded {
			told = fmt.Sprint(out.token)
		}
		return fmt.Sprintf("load %d: %s", in.id, told)
	case remove:
		return fmt.Sprintf("delete %d: %s", in.id, told)
	case save:
		return fmt.Sprintf("save %d, %d for %d: %s", in.id, in.new, in.old, told)
	}
	return fmt.Sprintf("move %d to %d, %d for %d, leaving %d: %s", in.id, in.to, in.new, in.old, in.mark, told)
}
