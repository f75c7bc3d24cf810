package simulation

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// A node is what the model knows of one cookie value: what the session that it names must hold, and
// whether it may have ended. Nodes make a tree: a renewal gives a node another one.
type node struct {
	cookie  string
	browser *browser
	maker   *visit // whose answer has the cookie
	parent  *node  // whose values it took over; nil if it began a session
	sid     string
	owner   string
	signed  int      // the step in which the sign-in of its owner was answered
	acked   []string // edits that were answered with 200 and are in this session
	had     int      // how many of them parent had when this cookie was made
	weak    bool     // two tabs renewed a user's session: which of its values it has is not certain

	children    int
	ended       string    // why it must be dead, or empty
	mayBeGone   string    // why it may be, or empty
	mayBeSigned bool      // it is not known whether its owner's sign-in was saved
	mayBeMoved  bool      // a server crashed that gave it another cookie
	superseded  bool      // its session goes on under another cookie
	forgotten   bool      // its engine has lost what it had
	since       int       // the step in which ended or superseded became certain
	at          time.Time // the same
	used        time.Time // when a change was last answered with 200
}

// inStore reports whether the cookie names a record. What is in a cookie cannot be ended.
// A cookie may name two records, if it is not known which of them has the session.
func (n *node) inStore() bool {
	return !slices.ContainsFunc(strings.Split(n.cookie, "~"), func(part string) bool { return !driver.IsID(part) })
}

// names2 reports whether the cookie names two records.
func (n *node) names2() bool { return strings.Contains(n.cookie, "~") }

// certain reports whether the session must be there.
func (n *node) certain() bool { return n.ended == "" && n.mayBeGone == "" && !n.superseded }

// required returns the edits that the session must hold.
func (n *node) required() []string {
	var all []string
	edits := len(n.acked)
	for one := n; one != nil; one = one.parent {
		all = append(all, one.acked[:edits]...)
		if one.weak || one.parent == nil {
			break
		}
		if edits = len(one.parent.acked); !one.inStore() {
			edits = min(edits, one.had) // a cookie has nothing that came later
		}
	}
	return all
}

// knowsContent reports whether sid is that of the session.
func (n *node) knowsContent() bool {
	for one := n; one != nil; one = one.parent {
		if one.weak {
			return false
		}
	}
	return true
}

// A message is one that was flashed, with 200.
type message struct {
	tag  string
	node *node
	lost bool // a page had it that did not arrive, or the session ended
}

// A sweep is a SignOutEverywhere that returned without an error.
type sweep struct {
	owner      string
	start, end int
}

// mayEnd notes that a session may be over from now on.
func (n *node) mayEnd(why string) {
	if n != nil && n.mayBeGone == "" {
		n.mayBeGone = why
	}
}

// begun notes what a visit may do from now on, whatever its answer will be.
func (w *world) begun(v *visit) {
	if v.act == everywhere {
		w.mayEndOwned(v.owner, v)
	}
	if v.act == logout && v.node != nil {
		v.node.mayEnd(v.String() + " signs out")
		w.crossed(v)
	}
}

// mayEndOwned notes that the sessions of an owner may end.
func (w *world) mayEndOwned(owner string, v *visit) {
	w.swept[owner] = max(w.swept[owner], w.step)
	for _, n := range w.nodes {
		if n.inStore() && (n.owner == owner || owner == "" && v.browser == n.browser) {
			n.mayEnd(v.String() + " may have signed it out")
		}
	}
	for _, o := range w.visits {
		unknown := o.answered == 0 || o.answer.status == http.StatusServiceUnavailable
		if o.act == login && o.owner == owner && o.node != nil && unknown {
			o.node.mayEnd(v.String() + " may have signed it out, once " + o.String() + " had signed it in")
		}
	}
}

// answeredBy brings the model up to date with the answer of a server.
func (w *world) answeredBy(v *visit) {
	v.answered = w.step
	if v.browser == nil {
		w.mayEndOwned(v.owner, v)
		if v.failed != nil {
			w.swept[v.owner] = math.MaxInt // its questions may be executed much later
		} else {
			w.sweeps = append(w.sweeps, sweep{v.owner, v.started, w.step})
		}
		return
	}
	if v.panicked != nil {
		w.violated(ruleStatus, "%s panicked: %v", v, v.panicked)
		return
	}
	if v.node != nil && w.supersedes(v) {
		w.crossed(v)
	}
	switch v.answer.status {
	case http.StatusOK:
		w.acknowledged(v)
	case http.StatusServiceUnavailable:
		w.stats.unavailable++
		if v.act == everywhere {
			w.mayEndOwned(v.owner, v)
			w.swept[v.owner] = math.MaxInt
		}
		w.loseMessages(v)
		if v.act.renews() && v.node != nil && w.swept[v.owner] >= v.started {
			v.node.mayBeMoved = true // and have ended there, in the sign-out everywhere
		}
		if value, set := v.answer.cookie(); set && value != "" && w.byCookie[value] == nil {
			// What failed came after the save, or it is not known whether it was saved.
			n := w.newNode(v, value)
			if n.names2() {
				w.stats.unsettled++
			}
			if w.forgot > 0 && w.forgot >= v.started {
				n.mayEnd("its engine forgot something")
			}
			if v.act == login && n.owner == "" {
				n.owner, n.mayBeSigned = v.owner, true
			}
			if n.owner != "" && w.swept[n.owner] >= v.started {
				n.mayEnd("its owner was signed out at that time")
			}
			if w.overlapped(v, func(o *visit) bool { return w.supersedes(o) || o.act == logout }) {
				n.mayEnd("another tab renewed or ended it while it was not known whether this one renewed it")
				w.stats.crossed++
			}
		}
	case http.StatusConflict:
		w.stats.conflicts++
		// A cookie of two records names none in the place that sessions move to, so the move gives
		// the session a new ID, and another tab with that cookie is told so.
		moved := v.node != nil && v.node.names2() && len(w.setting.phases) > 1 && w.overlapped(v, (*visit).changes)
		if n := v.node; n != nil && n.certain() && n.inStore() && !moved && !w.overlapped(v, w.supersedes) {
			w.violated(ruleSignedOut, "%s was told that its session has ended, and nothing ended it", v)
		}
		w.loseMessages(v)
	default:
		w.violated(ruleStatus, "%s was answered with %d", v, v.answer.status)
	}
}

// acknowledged brings the model up to date with a 200.
func (w *world) acknowledged(v *visit) {
	w.checkSeen(v)
	w.loseMessages(v)
	// In a cookie the later answer wins.
	if v.node != nil && !v.node.inStore() && w.overlapped(v, func(*visit) bool { return true }) {
		v.browser.branched = true
	}
	n, value, set := v.node, "", false
	if value, set = v.answer.cookie(); set && value != "" && (n == nil || value != n.cookie) {
		n = w.newNode(v, value)
	}
	if v.act.edits() && (n == nil || n == v.node && n.ended != "" && n.since < v.started && !n.forgotten) {
		w.violated(ruleLost, "%s was answered with 200 and its edit is in no session", v)
	}
	if n != nil && !(set && value == "") {
		w.saved(v, n)
	}
	switch {
	case v.act == logout && v.node != nil && v.seen.sid != "" && !v.node.superseded:
		if v.node.inStore() && !w.overlapped(v, func(o *visit) bool { return o.act != logout && w.supersedes(o) }) && !v.node.mayBeMoved {
			v.node.ended, v.node.since, v.node.at = v.String()+" signed out", w.step, time.Now()
		}
	case v.act == everywhere && v.owner != "":
		w.mayEndOwned(v.owner, v)
		w.sweeps = append(w.sweeps, sweep{v.owner, v.started, w.step})
	}
}

// saved notes what a visit added to a session.
func (w *world) saved(v *visit, n *node) {
	if v.act == login {
		n.owner, n.signed, n.mayBeSigned = v.owner, w.step, false
	}
	for _, o := range w.visits {
		if o.act == everywhere && o.answered == 0 && o.owner == n.owner && n.inStore() {
			n.mayEnd(o.String() + " may have signed it out")
		}
	}
	if n.owner != "" && w.swept[n.owner] >= v.started && n.inStore() {
		n.mayEnd("its owner was signed out at that time")
	}
	if w.forgot > 0 && w.forgot >= v.started {
		n.mayEnd("its engine forgot something")
		return
	}
	if v.act.edits() {
		n.used = time.Now()
	}
	switch v.act {
	case add, login, renew:
		n.acked = append(n.acked, v.tag())
	case saveEarly:
		n.acked = append(n.acked, v.tag(), v.tag()+"b")
	case flash:
		w.messages = append(w.messages, &message{tag: v.tag(), node: n, lost: w.claimedBeside(v)})
	case look, page, logout, prefetch, everywhere, actions:
	}
}

// claimedBeside reports whether a page may have claimed the message of a visit, and did not arrive.
func (w *world) claimedBeside(v *visit) bool {
	return slices.ContainsFunc(w.visits, func(o *visit) bool {
		return o.browser == v.browser && (o.act == page || o.act == prefetch) && (o.crashed || o.aborted || o.dropped) &&
			(o.answered == 0 || o.answered >= v.started)
	})
}

// newNode notes that a response made a cookie.
func (w *world) newNode(v *visit, value string) *node {
	if known := w.byCookie[value]; known != nil {
		return known
	}
	n := &node{cookie: value, browser: v.browser, maker: v, sid: v.tag()}
	old := v.node
	if old != nil && v.seen.continues(old) {
		n.parent, n.sid, n.owner, n.signed, n.had = old, old.sid, old.owner, old.signed, len(old.acked)
		n.mayBeSigned = old.mayBeSigned
		if !old.inStore() && old.mayBeGone != "" {
			n.mayEnd(old.mayBeGone) // its edits may be another tab's
		}
		n.weak = old.names2() && old.mayBeGone != ""
		old.children++
		if old.children > 1 {
			v.browser.branched = true
		}
		if old.inStore() && v.answer.status != http.StatusOK {
			old.mayEnd(v.String() + " may have renewed it")
			old.mayBeMoved = true
		} else if old.inStore() && !sameSession(old.cookie, value) {
			old.superseded, old.since, old.at = true, w.step, time.Now()
		}
	} else {
		n.owner = v.seen.owner
		switch v.act {
		case look, page, prefetch, logout, everywhere, actions:
			n.sid = v.seen.sid // it has been given none
		case add, login, flash, renew, saveEarly:
		}
		w.stats.lives++
		if old != nil && !old.knowsContent() {
			old.mayEnd(v.String() + " may have renewed it")
			n.weak = v.answer.status != http.StatusOK // then it may still be the old one
		}
	}
	if old != nil && w.overlapped(v, (*visit).changes) {
		v.browser.branched = true
		n.weak = n.weak || old.owner != "" || old.weak || v.act == renew || w.overlapped(v, func(o *visit) bool { return o.act == renew })
		// The move to a cookie had no answer, so another tab may have saved to the record since.
		n.weak = n.weak || old.inStore() && !n.inStore() && v.answer.status != http.StatusOK
	}
	if old != nil && old.names2() && w.overlapped(v, (*visit).changes) {
		n.mayEnd("two tabs got a cookie for the one that names two records")
	}
	w.nodes = append(w.nodes, n)
	w.byCookie[value] = n
	return n
}

// crossed notes which cookies may replace the one that a visit gets for a cookie of two records, or
// come after it has ended their session: answers of two tabs to one cookie arrive in either order.
func (w *world) crossed(v *visit) {
	for _, n := range w.nodes {
		two := n.names2() || n.parent != nil && n.parent.names2()
		if two && n.maker != v && sameSession(n.cookie, v.cookie) && (n.maker.closed == 0 || n.maker.closed > v.started) {
			n.mayEnd(v.String() + " renewed or ended it before the browser had that cookie")
			w.stats.crossed++
		}
	}
}

// endedBySweep returns why a SignOutEverywhere must have ended a session, or nothing. It does not
// reach a session for certain that was ever in a cookie, and a failover may have undone it.
func (w *world) endedBySweep(n *node) string {
	if n.owner == "" || n.signed == 0 || !n.knowsContent() {
		return ""
	}
	undone := -1 // the last step of which that is so
	for one := n; one != nil; one = one.parent {
		if !one.inStore() {
			return ""
		}
		if one.forgotten {
			undone = w.revived
		}
	}
	for _, s := range w.sweeps {
		if s.owner == n.owner && n.signed < s.start && s.start > undone {
			return fmt.Sprintf("%s was signed out everywhere in steps %d to %d", n.owner, s.start, s.end)
		}
	}
	return ""
}

// continues reports whether what was seen is the session of a node.
func (s seen) continues(n *node) bool {
	return s.sid != "" && s.sid == n.sid || !n.knowsContent() && (s.sid != "" || s.owner != "")
}

// supersedes reports whether a visit may give the session another cookie: in a cookie, each change
// does, and so does a read that moves the session there, because its life has to be extended.
func (w *world) supersedes(v *visit) bool {
	return v.act.renews() || w.setting.cookies && (v.act.changes() || v.saved)
}

// overlapped reports whether another visit with the same cookie was under way, which is one of
// those. The questions of a server that crashed may reach the engine at any time.
func (w *world) overlapped(v *visit, those func(*visit) bool) bool {
	return slices.ContainsFunc(w.visits, func(o *visit) bool {
		return o != v && o.browser == v.browser && sameSession(o.cookie, v.cookie) && those(o) && (o.closed == 0 || o.crashed || o.closed > v.started)
	})
}

// sameSession reports whether two cookies name a record in common.
func sameSession(a, b string) bool {
	return a == b || a != "" && b != "" && slices.ContainsFunc(strings.Split(a, "~"), func(part string) bool {
		return slices.Contains(strings.Split(b, "~"), part)
	})
}

// loseMessages notes that messages may be lost: with a page that did not arrive, with a server that
// crashed, or because the visit reported that they are.
func (w *world) loseMessages(v *visit) {
	if v.act != page && v.act != prefetch {
		return
	}
	for _, m := range w.messages {
		if m.node.browser == v.browser && (v.crashed || v.aborted || v.dropped) {
			m.lost = true
		}
	}
}
