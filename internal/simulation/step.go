package simulation

import (
	"math"
	"slices"
	"time"

	"github.com/wafer-go/wafer/store"
)

// next does one step, and reports whether there are more to come. Of the choices the first is the
// mildest: an answer arrives, a visit begins, time passes.
func (w *world) next() bool {
	w.step++
	calls := w.network.pending()
	kind := w.chance.pick(100)
	switch {
	case kind < 60 && len(calls) > 0:
		w.advance(calls[w.chance.pick(len(calls))])
	case kind < 75 && len(w.ready) > 0:
		w.deliver(w.ready[w.chance.pick(len(w.ready))])
	case kind < 92 && w.budget > 0 && w.visit():
	case kind >= 96 && w.mishap():
	case kind >= 94:
		w.pass()
	case len(w.ready) > 0:
		w.deliver(w.ready[0])
	case len(calls) > 0:
		w.advance(calls[0])
	case w.budget > 0 && w.visit():
	case w.busy():
		w.pass()
	default:
		return w.budget > 0
	}
	return w.step < 3000
}

// visit has a browser begin a visit, one in two tabs at times, and reports whether one could.
func (w *world) visit() bool {
	b := w.browsers[w.chance.pick(len(w.browsers))]
	if b.underWay() >= 3 {
		return false
	}
	s := w.servers[w.chance.pick(len(w.servers))]
	act := w.chooseAction(b)
	w.budget--
	w.serve(w.begin(b, s, act))
	if w.chance.hits(120) { // a double click
		w.serve(w.begin(b, w.servers[w.chance.pick(len(w.servers))], act))
	}
	return true
}

// weights say how often visitors do what, beginning with look.
var weights = [actions]int{look: 10, add: 30, login: 15, page: 12, flash: 12, renew: 8, logout: 5, prefetch: 2, saveEarly: 4, everywhere: 2}

func (w *world) chooseAction(b *browser) action {
	if w.config.faults.sweeps && w.chance.hits(300) {
		return renew
	}
	n := w.chance.pick(100)
	for a := look; a < actions; a++ {
		if n -= weights[a]; n < 0 {
			if a == everywhere && (!w.listsOwners() || w.byCookie[b.jar] == nil) {
				return add
			}
			return a
		}
	}
	return look
}

// listsOwners reports whether SignOutEverywhere works in every phase.
func (w *world) listsOwners() bool {
	if w.setting.memory {
		return true
	}
	return len(w.engines) > 0 && len(w.setting.phases) == 1 && w.engines[0].kind != memcachedLike ||
		len(w.engines) == 2 && w.engines[0].kind != memcachedLike && w.engines[1].kind != memcachedLike
}

// advance does something with a question that is on its way.
func (w *world) advance(c *call) {
	v := c.visit
	switch {
	case c.executed:
		w.network.remove(c)
		w.tracef("%s: the answer arrives", w.network.describe(c))
		c.answer <- nil
		return
	case c.left && (!w.config.faults.late || w.chance.pick(3) < 2):
		w.network.remove(c)
		w.tracef("%s: is lost", w.network.describe(c))
		return
	case c.left:
		w.stats.late++
		w.network.remove(c)
		w.execute(c, "is executed late")
		return
	}
	if v != nil && v.crashed || !w.chance.hits(w.rate) {
		w.execute(c, "is executed")
		if w.chance.hits(250) {
			return // the answer arrives later
		}
		w.network.remove(c)
		c.answer <- nil
		return
	}
	what := w.chance.pick(5)
	if w.config.faults.sure && what != 2 {
		what = 0
	}
	switch what {
	case 0:
		w.stats.lostQuestions++
		w.network.remove(c)
		w.tracef("%s: the connection breaks before", w.network.describe(c))
		c.answer <- errCut
	case 1:
		w.stats.lostAnswers++
		w.execute(c, "is executed, and the connection breaks")
		w.network.remove(c)
		c.answer <- errCut
	case 2:
		w.stats.timeouts++
		w.network.remove(c)
		w.tracef("%s: vanishes", w.network.describe(c))
	case 3:
		w.stats.lostAnswers++
		w.execute(c, "is executed, and the answer vanishes")
		w.network.remove(c)
	case 4:
		if w.config.faults.late {
			w.tracef("%s: the connection breaks, and the question goes on", w.network.describe(c))
			w.network.markLeft(c)
			c.answer <- errCut
			return
		}
		w.stats.repeated++
		w.execute(c, "is executed twice")
		c.do()
		w.network.remove(c)
		c.answer <- nil
	}
}

func (w *world) execute(c *call, how string) {
	w.tracef("%s: %s", w.network.describe(c), how)
	c.executed = true
	if c.visit != nil && c.what == "save" {
		c.visit.saved = true
	}
	w.changed = w.changed || c.what != "load" && c.what != "list"
	c.do()
}

// pass lets time go by.
func (w *world) pass() {
	d := []time.Duration{50 * time.Millisecond, time.Second, 6 * time.Second, 70 * time.Second, 5 * time.Minute}[w.chance.pick(5)]
	if (w.config.faults.none || w.config.faults.sure) && len(w.network.pending()) > 0 {
		d = 50 * time.Millisecond // more would be a fault
	}
	stuck := w.network.stuck(w.visits)
	w.tracef("%v pass", d)
	w.stats.passed += d
	time.Sleep(d)
	w.changed = true
	w.settle()
	if d >= time.Second { // more than the longest pause between two tries
		w.checkStuck(stuck)
	}
	for _, n := range w.nodes {
		if w.idle != 0 && time.Since(n.used) > w.idle*2/3 {
			n.mayEnd("it was not used for long")
		}
	}
}

// checkStuck looks for visits that have waited for nothing that is theirs.
func (w *world) checkStuck(before []waiting) {
	for _, one := range before {
		v := one.visit
		if w.network.isFinished(v) || w.network.moved(one) || v.browser == nil || v.crashed {
			continue
		}
		own := slices.ContainsFunc(w.visits, func(o *visit) bool {
			return o != v && sameSession(o.cookie, v.cookie) && !w.network.isFinished(o)
		})
		if !own {
			w.violated(ruleStrangers, "%s asks nothing, and waits; no other visit has its cookie", v)
		}
	}
}

// mishap does to servers and engines what happens to them, and reports whether it did.
func (w *world) mishap() bool {
	if w.config.faults.sweeps && w.chance.hits(500) {
		return w.sweep()
	}
	if len(w.setting.phases) > 1 && w.chance.hits(600) {
		return w.deploy()
	}
	if w.config.faults.none {
		return false
	}
	switch w.chance.pick(7) {
	case 0:
		return w.evict()
	case 1:
		return w.abort()
	case 2:
		w.crash(w.servers[w.chance.pick(len(w.servers))])
		return true
	case 3:
		return w.sweep()
	case 4:
		return w.purge()
	case 5:
		return w.failOver()
	default:
		return false
	}
}

// deploy restarts a server with the backend of the next phase, or of the one before, if no server
// is then two phases away from another, or ever was: what that saved could not be read.
func (w *world) deploy() bool {
	s := w.servers[w.chance.pick(len(w.servers))]
	next := s.phase + 1
	if w.chance.hits(250) {
		next = s.phase - 1
	}
	if next < max(0, w.reached-1) || next >= len(w.setting.phases) {
		return false
	}
	for _, o := range w.servers {
		if o.phase-next > 1 || next-o.phase > 1 {
			return false
		}
	}
	for _, v := range w.visits { // requests that began on an older server
		if v.answered == 0 && !v.crashed && (v.phase-next > 1 || next-v.phase > 1) {
			return false
		}
	}
	w.reached = max(w.reached, next)
	w.stats.deployments++
	w.tracef("server %d goes to phase %d", s.number, next)
	w.start(s, next)
	w.changed = true
	return true
}

// abort has a visitor leave before the answer.
func (w *world) abort() bool {
	var open []*visit
	for _, v := range w.visits {
		if v.browser != nil && v.answered == 0 && !v.aborted && !v.crashed {
			open = append(open, v)
		}
	}
	if len(open) == 0 {
		return false
	}
	v := open[w.chance.pick(len(open))]
	w.stats.aborts++
	w.tracef("%s: the visitor leaves", v)
	v.aborted = true
	v.cancel()
	w.loseMessages(v)
	return true
}

// crash ends all that a server works on. Its questions may still reach the engine.
func (w *world) crash(s *server) {
	w.stats.crashes++
	w.tracef("server %d crashes", s.number)
	for _, v := range w.visits {
		if v.server != s || v.answered != 0 || v.crashed {
			continue
		}
		w.network.crash(v)
		if v.act.renews() || v.act.changes() && len(w.setting.phases) > 1 {
			if v.node != nil {
				v.node.mayEnd("a server crashed in " + v.String())
				v.node.mayBeMoved = true
				w.crossed(v)
			}
		}
		if v.act == everywhere || v.browser == nil {
			w.mayEndOwned(v.owner, v)
			w.swept[v.owner] = math.MaxInt // its questions may be executed much later
		}
		if v.browser != nil {
			v.browser.drop(v)
			v.closed = w.step
			w.loseMessages(v)
		}
	}
	w.changed = true
}

// sweep has an operator sign a user out everywhere.
func (w *world) sweep() bool {
	if !w.listsOwners() {
		return false
	}
	w.stats.sweeps++
	v := w.begin(nil, w.servers[w.chance.pick(len(w.servers))], everywhere)
	v.owner = []string{"ann", "bob"}[w.chance.pick(2)]
	w.mayEndOwned(v.owner, v)
	w.serve(v)
	return true
}

// purge drops what has expired.
func (w *world) purge() bool {
	for _, e := range w.engines {
		e.purge(e.clock().Add(w.config.flaws.purgeAhead))
	}
	w.stats.purges++
	w.changed = true
	return len(w.engines) > 0
}

// evict drops a record of memcached.
func (w *world) evict() bool {
	done := false
	for _, e := range w.engines {
		if e.hasIndex() && w.config.flaws.indexEvicted {
			e.evictIndex()
			w.tracef("%s drops its indexes", e.kind)
			done = true
		}
		if e.kind != memcachedLike || w.chance.pick(2) == 0 {
			continue
		}
		if id, ok := e.evict(w.chance.pick(64)); ok {
			w.stats.evictions++
			w.tracef("%s drops%s", e.kind, w.network.name(id))
			w.forget("memcached dropped a record", false)
			done = true
		}
	}
	return done
}

// failOver has a replica take over that is not quite up to date, or a memcached start again.
func (w *world) failOver() bool {
	for _, e := range w.engines {
		switch {
		case e.kind == clusterLike && e.replica.rows == nil:
			e.replicate()
			w.tracef("%s: the replica is up to date for the last time", e.kind)
			return true
		case e.kind == clusterLike || e.kind == memcachedLike && w.chance.hits(200):
			if e.kind == memcachedLike {
				e.replica = contents{}.clone()
				e.replica.rows = map[store.ID]row{}
			}
			e.failOver()
			e.replica = contents{}
			w.stats.failovers++
			w.tracef("%s: the replica takes over", e.kind)
			w.forget("a failover lost what was saved last", true)
			return true
		}
	}
	return false
}

// forget notes that an engine may have lost what it had.
func (w *world) forget(why string, revives bool) {
	for _, n := range w.nodes {
		n.mayEnd(why)
		n.forgotten = n.forgotten || revives
		n.acked = nil
	}
	for _, v := range w.visits {
		v.expects = nil
	}
	w.forgot = w.step
	for _, m := range w.messages {
		m.lost = true
	}
	for _, b := range w.browsers {
		if revives { // also what was shown
			clear(b.seen)
			b.branched = b.branched || b.underWay() > 0
		}
	}
	w.changed = true
}
