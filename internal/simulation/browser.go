package simulation

import "fmt"

// A browser is one visitor's: it has one jar of cookies, and as many tabs as it has visits under
// way.
type browser struct {
	number int
	owner  string // as whom its user signs in
	jar    string // the session's cookie
	visits []*visit
	seen   map[string]bool // messages that a page has shown

	// branched means that two sessions may have the same messages, because the browser's cookie
	// went two ways: two tabs had it, and each got another one.
	branched bool
}

func (b *browser) String() string { return fmt.Sprintf("b%d", b.number) }

// underWay returns how many visits have no answer yet.
func (b *browser) underWay() int { return len(b.visits) }

func (b *browser) drop(v *visit) {
	for i, one := range b.visits {
		if one == v {
			b.visits = append(b.visits[:i:i], b.visits[i+1:]...)
			return
		}
	}
}

// receive gets the answer of a visit, and puts its cookie into the jar.
func (b *browser) receive(v *visit) {
	if value, set := v.answer.cookie(); set {
		b.jar = value
	}
}
