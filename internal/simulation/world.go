package simulation

import (
	"context"
	"fmt"
	"slices"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// A config is what a run is given beside its choices.
type config struct {
	setting *setting // nil: one by chance
	faults  faults
	flaws   flaws
	traced  bool
}

// faults are those that a run may inject.
type faults struct {
	none   bool
	sure   bool // an answer always arrives
	sweeps bool // users are often signed out everywhere
	crowds bool // most visits bring others with the same cookie to the same server
	late   bool // a question that its server gave up may reach the engine long after
	skew   time.Duration
	idle   time.Duration
}

// flaws are mistakes that a test has an engine or a driver make, to show that the rules find them.
type flaws struct {
	ownersUncounted bool          // DeleteOwned ends when it deleted none, though it found some
	indexEvicted    bool          // the engine drops an owner's index when its memory is full
	purgeAhead      time.Duration // the clock by which records are purged is ahead
	backend         func(b session.Backend, stores []store.Store) driver.Backend
}

// A world is one run: browsers, servers, the network between them and engines, and the engines.
type world struct {
	chance  *chance
	config  config
	setting *setting
	network network
	engines []*engine
	memory  *memstore.Store
	idle    time.Duration
	rate    int // faults in a thousand questions

	servers  []*server
	browsers []*browser
	visits   []*visit
	ready    []*visit // finished; the browser has not received the answer yet
	tell     []string

	nodes    []*node
	byCookie map[string]*node
	messages []*message
	sweeps   []sweep
	swept    map[string]int // the last step in which an owner was being signed out
	probes   map[int]*session.Manager
	found    map[question]found

	reached   int // the last phase that a server was in
	step      int
	forgot    int // the step in which an engine last lost something
	revived   int // the step in which one last lost ends of sessions, too
	budget    int // visits that may still begin
	bursts    int // visits in a thousand that bring others with the same cookie to the same server
	outage    int // the step in which the engines can be reached again
	extra     int // visits that began at the end
	changed   bool
	violation *Violation
	stats     stats
}

// run makes a world by chance, lets it go on to its end, and returns it. It is called in a bubble
// of testing/synctest.
func run(c *chance, cfg config) *world {
	w := &world{chance: c, config: cfg, setting: cfg.setting, byCookie: map[string]*node{}, probes: map[int]*session.Manager{}, found: map[question]found{}, swept: map[string]int{}}
	if w.setting == nil {
		w.setting = &settings[c.pick(len(settings))]
	}
	if w.setting.memory {
		w.memory = memstore.New(nil)
	}
	for _, k := range w.setting.kinds {
		w.engines = append(w.engines, newEngine(k))
	}
	w.rate = []int{0, 20, 100, 300}[c.pick(4)]
	if cfg.faults.crowds {
		w.rate = 300
	}
	if cfg.faults.none || w.setting.memory {
		w.rate = 0
	}
	if c.hits(250) || cfg.faults.idle != 0 {
		w.idle = 30 * time.Minute
	}
	skew := 20 * time.Second
	if cfg.faults.skew != 0 {
		skew = cfg.faults.skew
	}
	for i := range 1 + c.pick(3) {
		s := &server{number: i + 1, skew: time.Duration(c.pick(3)) * skew / 2}
		w.servers = append(w.servers, s)
		w.start(s, 0)
	}
	for i := range 1 + c.pick(3) {
		owner := "ann"
		if c.hits(300) {
			owner = "bob"
		}
		w.browsers = append(w.browsers, &browser{number: i + 1, owner: owner, seen: map[string]bool{}})
	}
	w.budget = 4 + c.pick(40)
	w.bursts = []int{0, 50, 400}[c.pick(3)]
	if cfg.faults.crowds {
		w.bursts = 700
	}
	w.tracef("%s, %d servers, %d browsers, %d faults in 1,000", w.setting.name, len(w.servers), len(w.browsers), w.rate)
	for w.violation == nil && w.next() {
		w.settle()
	}
	w.finish()
	w.stats.steps = w.step
	return w
}

func (w *world) tracef(format string, args ...any) {
	if w.config.traced {
		w.tell = append(w.tell, fmt.Sprintf("%4d  ", w.step)+fmt.Sprintf(format, args...))
	}
}

// settle lets the program run until all of it waits, and looks at what it has done.
func (w *world) settle() {
	synctest.Wait()
	for _, v := range slices.Clone(w.visits) {
		if v.answered != 0 || !w.network.isFinished(v) {
			continue
		}
		w.changed = true
		w.stats.given += v.given
		if v.crashed {
			v.answered = w.step
			continue
		}
		w.answeredBy(v)
		w.tracef("%s: answered with %s", v, &v.answer)
		if v.browser != nil {
			w.ready = append(w.ready, v)
		}
	}
	if w.changed && w.violation == nil {
		w.check()
		w.changed = false
	}
}

// begin starts a visit.
func (w *world) begin(b *browser, s *server, act action) *visit {
	w.stats.visits++
	v := &visit{number: w.stats.visits, browser: b, server: s, phase: s.phase, act: act, started: w.step}
	if b != nil {
		v.owner, v.cookie, v.node = b.owner, b.jar, w.byCookie[b.jar]
		if v.node != nil {
			v.expects = v.node.required()
		}
		b.visits = append(b.visits, v)
	}
	w.visits = append(w.visits, v)
	w.begun(v)
	return v
}

// serve has a server work on a visit.
func (w *world) serve(v *visit) {
	ctx, cancel := context.WithCancel(context.Background())
	v.cancel = cancel
	w.tracef("%s begins", v)
	go v.run(ctx, &w.network)
}

// deliver gives a browser its answer.
func (w *world) deliver(v *visit) {
	w.ready = slices.DeleteFunc(w.ready, func(one *visit) bool { return one == v })
	v.browser.drop(v)
	v.closed = w.step
	v.cancel()
	w.changed = true
	if v.aborted {
		w.undelivered(v)
		return
	}
	w.tracef("%s: the browser has the answer", v)
	v.browser.receive(v)
	if v.answer.status == 200 {
		w.checkPage(v)
	}
}

// undelivered notes that an answer did not arrive.
func (w *world) undelivered(v *visit) {
	for _, m := range w.messages {
		if slices.Contains(v.shown, m.tag) {
			m.lost = true
		}
	}
}

// finish lets all that is on its way arrive, without more faults, and looks a last time.
func (w *world) finish() {
	w.rate, w.budget, w.outage = 0, 0, 0
	for range 2000 {
		w.settle()
		switch calls := w.network.pending(); {
		case len(calls) > 0:
			w.step++
			w.advance(calls[0])
		case len(w.ready) > 0:
			w.step++
			w.deliver(w.ready[0])
		case w.busy():
			time.Sleep(time.Second)
		case w.another():
		default:
			if w.violation == nil {
				w.checkEnd()
				w.checkGhosts()
			}
			return
		}
	}
	for _, v := range w.visits {
		if !w.network.isFinished(v) {
			w.violated(ruleWaits, "%s does not come to an end", v)
			v.cancel()
		}
	}
	synctest.Wait()
}

// busy reports whether a visit is not finished.
func (w *world) busy() bool {
	return slices.ContainsFunc(w.visits, func(v *visit) bool { return !w.network.isFinished(v) })
}
