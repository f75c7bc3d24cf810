package simulation

import (
	"math"

	"github.com/wafer-go/wafer/store"
)

// mishap does to servers and engines what happens to them, and reports whether it did.
func (w *world) mishap() bool {
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
		return w.cutOff()
	}
}

// cutOff puts the engines out of reach for a while. They may execute what they are asked.
func (w *world) cutOff() bool {
	if w.rate == 0 {
		return false
	}
	w.stats.outages++
	w.outage = w.step + 4 + w.chance.pick(16)
	w.tracef("the engines are out of reach until step %d", w.outage)
	return true
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
	w.moved()
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
	w.moved()
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
	w.moved()
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
	if w.forgot = w.step; revives {
		w.revived = w.step
	}
	for _, m := range w.messages {
		m.lost = true
	}
	for _, b := range w.browsers {
		if revives { // also what was shown
			clear(b.seen)
			b.branched = b.branched || b.underWay() > 0
		}
	}
	w.moved()
}
