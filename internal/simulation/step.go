package simulation

import "slices"

// next does one step, and reports whether there are more to come. Of the choices the first is the
// mildest: an answer arrives, a visit begins, time passes.
func (w *world) next() bool {
	w.step++
	w.travel()
	calls := w.network.pending()
	kind := w.chance.pick(100)
	switch {
	case kind < 60 && len(calls) > 0:
		w.advance(calls[w.chance.pick(len(calls))])
	case kind < 75 && len(w.ready) > 0:
		w.deliver(w.ready[w.chance.pick(len(w.ready))])
	case kind >= 88 && w.sweepsNow(kind) && w.sweep():
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

// sweepsNow reports whether a step is a sign-out everywhere, in a run with many of those.
func (w *world) sweepsNow(kind int) bool {
	return w.config.faults.sweeps && w.budget > 0 && (kind < 96 || w.config.faults.none)
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
	if b.jar != "" && w.chance.hits(w.bursts) {
		w.burst(b, s)
	}
	return true
}

// burst has a browser send some requests at once, most of which change the session that it has.
func (w *world) burst(b *browser, s *server) {
	for range 3 + w.chance.pick(5) {
		act := []action{add, add, add, saveEarly}[w.chance.pick(4)]
		if w.chance.hits(200) {
			act = w.chooseAction(b)
		}
		w.serve(w.begin(b, s, act))
	}
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
	rate := w.rate
	if w.step < w.outage {
		rate = 900
	}
	if v != nil && v.crashed || !w.chance.hits(rate) {
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
	if c.what != "load" && c.what != "list" {
		w.moved()
	}
	c.do()
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
