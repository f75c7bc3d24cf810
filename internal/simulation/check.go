package simulation

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// The rules that hold after every step.
const (
	ruleLost      = "an edit that was answered with 200 is there"
	ruleTwice     = "an edit is there once"
	ruleSignedOut = "no fault signs a visitor out"
	ruleEnded     = "what has ended stays ended"
	ruleForeign   = "no visitor has the session of another"
	ruleMessage   = "a message is shown once, or waits"
	ruleGhost     = "each session of a user is a visitor's"
	ruleStrangers = "no visit waits for a stranger's session"
	ruleWaits     = "each visit comes to an end"
	ruleStatus    = "a visit is answered with 200, 409 or 503"
)

// A Violation is a rule that a run broke.
type Violation struct {
	Rule string
	Text string
	Step int
}

// Error tells what was broken.
func (v *Violation) Error() string {
	return fmt.Sprintf("step %d: broken: %s: %s", v.Step, v.Rule, v.Text)
}

func (w *world) violated(rule, format string, args ...any) {
	if w.violation == nil {
		w.violation = &Violation{rule, fmt.Sprintf(format, args...), w.step}
		w.tracef("BROKEN: %s: %s", rule, w.violation.Text)
	}
}

// found is what a cookie names at this moment.
type found struct {
	seen
	messages []string
	err      error
}

// A question is what is asked of the backend of a phase: the session of a cookie.
type question struct {
	phase int
	value string
}

// moved notes that what the engines have may be different now.
func (w *world) moved() {
	w.changed = true
	clear(w.found)
}

// probe returns what a cookie names with the backend of a phase. It is looked up once, past the
// network, until what the engines have may be different.
func (w *world) probe(phase int, value string) found {
	one := question{phase, value}
	f, known := w.found[one]
	if !known {
		f = w.lookUp(phase, value)
		w.found[one] = f
	}
	return f
}

func (w *world) lookUp(phase int, value string) found {
	m := w.probes[phase]
	if m == nil {
		m = w.manager(phase, 0, nil)
		w.probes[phase] = m
	}
	s, err := m.Load(request(value))
	if err != nil {
		return found{err: err}
	}
	f := found{seen: seenIn(s)}
	list, _ := s.Value(driver.FlashesKey).([]any)
	for _, one := range list {
		if pair, ok := one.([]any); ok && len(pair) == 2 {
			f.messages = append(f.messages, fmt.Sprint(pair[1]))
		}
	}
	return f
}

// request returns a request with the session's cookie.
func request(value string) *http.Request {
	return &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/"}, Header: http.Header{"Cookie": {cookie + "=" + value}}}
}

// phases are those that servers are in.
func (w *world) phases() []int {
	var all []int
	for _, s := range w.servers {
		if !slices.Contains(all, s.phase) {
			all = append(all, s.phase)
		}
	}
	slices.Sort(all)
	return all
}

// check compares all cookies with the model.
func (w *world) check() {
	for _, phase := range w.phases() {
		for _, n := range w.nodes {
			f := w.probe(phase, n.cookie)
			if f.err != nil {
				w.violated(ruleSignedOut, "the session of %s cannot be read: %v", n.browser, f.err)
				return
			}
			w.checkNode(n, f)
			if n.browser.jar == n.cookie && n.browser.underWay() == 0 {
				w.checkJar(n, f)
			}
		}
	}
}

// checkNode holds a cookie to what is true at any moment.
func (w *world) checkNode(n *node, f found) {
	w.checkEdits(n.browser, f.edits, fmt.Sprintf("a cookie of %s", n.browser))
	if !n.inStore() || n.forgotten {
		return
	}
	why := n.ended
	if swept := w.endedBySweep(n); swept != "" {
		why = swept
	}
	if n.superseded && !n.names2() && time.Since(n.at) > 2*time.Minute {
		why = "it was renewed two minutes ago"
	}
	if why != "" && (f.sid != "" || f.owner != "") {
		w.violated(ruleEnded, "a cookie of %s names a live session of %q, and %s", n.browser, f.owner, why)
	}
}

// checkJar holds the cookie of a browser that waits for nothing to what the browser was told.
func (w *world) checkJar(n *node, f found) {
	if !n.certain() || w.endedBySweep(n) != "" {
		return
	}
	switch {
	case f.sid == "" && n.sid != "" && n.knowsContent():
		w.violated(ruleSignedOut, "%s has a cookie that names no session; it was told of no end", n.browser)
	case f.sid != n.sid && n.knowsContent():
		w.violated(ruleForeign, "%s has the session %q and not its own, %q", n.browser, f.sid, n.sid)
	case f.owner != n.owner && n.knowsContent() && !(f.owner == "" && n.mayBeSigned):
		w.violated(ruleSignedOut, "%s is signed in as %q and not as %q", n.browser, f.owner, n.owner)
	}
	for _, tag := range n.required() {
		if !slices.Contains(f.edits, tag) {
			w.violated(ruleLost, "%s was told that %s is saved; its session has %s", n.browser, tag, f.edits)
		}
	}
}

// checkEdits looks for edits of others and for repeated ones.
func (w *world) checkEdits(b *browser, list []string, where string) {
	times := map[string]bool{}
	for _, tag := range list {
		if !strings.HasPrefix(tag, b.String()+"v") {
			w.violated(ruleForeign, "%s shows %s, an edit of another visitor", where, tag)
		}
		if times[tag] {
			w.violated(ruleTwice, "%s has %s twice: %s", where, tag, list)
		}
		times[tag] = true
	}
}

// checkSeen holds what a handler saw to the model.
func (w *world) checkSeen(v *visit) {
	w.checkEdits(v.browser, v.seen.edits, v.String())
	n := v.node
	switch {
	case n == nil && v.seen.sid != "":
		w.violated(ruleForeign, "%s came without a cookie and saw a session", v)
	case n == nil || !n.inStore() && !n.certain():
	case n.inStore() && !n.forgotten && n.ended != "" && n.since < v.started && v.seen.sid != "":
		w.violated(ruleEnded, "%s saw a session that was over: %s", v, n.ended)
	case n.certain() && w.endedBySweep(n) == "" && n.knowsContent() && !w.overlapped(v, (*visit).changes):
		if v.seen.sid != n.sid {
			w.violated(ruleSignedOut, "%s saw the session %q and not its own, %q", v, v.seen.sid, n.sid)
		}
		for _, tag := range v.expects {
			if !slices.Contains(v.seen.edits, tag) {
				w.violated(ruleLost, "%s did not see %s, which was saved before", v, tag)
			}
		}
	}
}

// checkPage counts the messages that a browser shows.
func (w *world) checkPage(v *visit) {
	b := v.browser
	for _, tag := range v.shown {
		if !strings.HasPrefix(tag, b.String()+"v") {
			w.violated(ruleForeign, "%s shows %s, a message for another visitor", v, tag)
		}
		if b.seen[tag] && !b.branched {
			w.violated(ruleMessage, "%s shows %s a second time", v, tag)
		}
		b.seen[tag] = true
	}
}

// checkEnd looks at what waits when all is quiet.
func (w *world) checkEnd() {
	phase := w.servers[0].phase
	for _, b := range w.browsers {
		n := w.byCookie[b.jar]
		if n == nil || !n.certain() || w.endedBySweep(n) != "" || !n.knowsContent() || b.branched {
			continue
		}
		waiting := w.probe(phase, b.jar).messages
		for _, m := range w.messages {
			if m.lost || b.seen[m.tag] || !n.descends(m.node) {
				continue
			}
			if !slices.Contains(waiting, m.tag) {
				w.violated(ruleMessage, "%s was told that %s waits; no page has shown it, and it is gone", b, m.tag)
			}
		}
	}
}

func (n *node) descends(from *node) bool {
	for one := n; one != nil; one = one.parent {
		if one == from {
			return true
		}
	}
	return false
}
