package simulation

import (
	"context"
	"strings"
)

// visitsForGhosts is how many visits each server has at the end, in each of which its driver ends
// one record that no visitor has.
const visitsForGhosts = 8

// another begins a visit of a new browser, if there is to be another one at the end.
func (w *world) another() bool {
	if w.extra == visitsForGhosts*len(w.servers) || !w.remembersGhosts() {
		return false
	}
	s := w.servers[w.extra%len(w.servers)]
	w.extra++
	b := &browser{number: len(w.browsers) + w.extra, owner: "cat", seen: map[string]bool{}}
	w.serve(w.begin(b, s, login))
	return true
}

// remembersGhosts reports whether the servers that could leave a record behind are those that are
// there at the end, and the engines still have what they had.
func (w *world) remembersGhosts() bool {
	return w.violation == nil && len(w.engines) > 0 && w.stats.crashes+w.stats.deployments == 0 && w.forgot == 0 && w.config.flaws.backend == nil
}

// checkGhosts looks for sessions of users whose cookies no server has sent.
func (w *world) checkGhosts() {
	if !w.remembersGhosts() {
		return
	}
	m := w.manager(w.servers[0].phase, 0, nil)
	sent := map[string]bool{}
	for _, n := range w.nodes {
		for value := range strings.SplitSeq(n.cookie, "~") {
			if s, err := m.Load(request(value)); err == nil {
				sent[s.ID()] = true
			}
		}
	}
	for _, owner := range []string{"ann", "bob"} {
		for s, err := range m.Sessions(context.Background(), owner) {
			if err == nil && !sent[s.ID()] {
				w.violated(ruleGhost, "%s has a session with the edits %s, and no visitor has its cookie", owner, edits.GetOr(s, nil))
			}
		}
	}
}
