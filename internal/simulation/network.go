package simulation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/wafer-go/wafer/store"
)

var errCut = errors.New("simulation: the connection was cut")

// A network has all that is on its way between servers and engines. It moves nothing by itself: the
// world decides what arrives, and when.
type network struct {
	mu      sync.Mutex
	calls   []*call // by the number of their request, then by their own
	numbers map[store.ID]int
}

// A call is one question of a server to an engine.
type call struct {
	visit    *visit // the request that asks; nil for what an operator does
	number   int    // of the request's calls
	what     string
	id       store.ID
	do       func()
	executed bool
	left     bool       // the caller does not wait anymore
	answer   chan error // has room for one
}

type visitKey struct{}

// wire is a link over the network.
type wire struct{ n *network }

// carry puts a call on its way and waits for its answer.
func (l wire) carry(ctx context.Context, what string, id store.ID, do func()) error {
	v, _ := ctx.Value(visitKey{}).(*visit)
	c := &call{visit: v, what: what, id: id, do: do, answer: make(chan error, 1)}
	if !l.n.post(c) {
		return errCut
	}
	select {
	case err := <-c.answer:
		l.n.arrived(c)
		return err
	case <-ctx.Done():
		l.n.leave(c)
		if v != nil {
			time.Sleep(time.Duration(v.number)) // visits that give up at one instant go on in their order
		}
		return fmt.Errorf("simulation: no answer: %w", ctx.Err())
	}
}

// post queues a call, unless its server has crashed.
func (n *network) post(c *call) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if v := c.visit; v != nil {
		if v.crashed {
			return false
		}
		v.calls++
		v.waiting++
		c.number = v.calls
	}
	n.calls = append(n.calls, c)
	slices.SortStableFunc(n.calls, func(a, b *call) int {
		if a.key() != b.key() {
			return a.key() - b.key()
		}
		return a.number - b.number
	})
	return true
}

// key orders calls in a way that does not depend on which goroutine ran first.
func (c *call) key() int {
	if c.visit == nil {
		return 0
	}
	return c.visit.number
}

func (n *network) arrived(c *call) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if c.visit != nil {
		c.visit.waiting--
	}
}

// leave notes that a server gave up a call. It stays on its way.
func (n *network) leave(c *call) {
	n.mu.Lock()
	defer n.mu.Unlock()
	c.left = true
	if c.visit != nil {
		c.visit.waiting--
	}
}

// remove removes a call from the network.
func (n *network) remove(c *call) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.calls = slices.DeleteFunc(n.calls, func(one *call) bool { return one == c })
}

func (n *network) pending() []*call {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.calls)
}

// name is how a trace calls a record: by the order in which they appeared.
func (n *network) name(id store.ID) string {
	if id == (store.ID{}) {
		return ""
	}
	if n.numbers == nil {
		n.numbers = map[store.ID]int{}
	}
	if _, ok := n.numbers[id]; !ok {
		n.numbers[id] = len(n.numbers) + 1
	}
	return " record " + strconv.Itoa(n.numbers[id])
}

func (n *network) describe(c *call) string {
	who := "operator"
	if c.visit != nil {
		who = c.visit.String()
	}
	text := who + ": " + c.what + n.name(c.id)
	if c.left {
		text += ", which its server gave up"
	}
	return text
}

// isFinished reports whether a visit's server is done with it.
func (n *network) isFinished(v *visit) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return v.finished
}

// markLeft notes that a call goes on whose caller is told that its connection broke.
func (n *network) markLeft(c *call) {
	n.mu.Lock()
	defer n.mu.Unlock()
	c.left = true
}

// crash cuts off a visit: its server asks nothing anymore.
func (n *network) crash(v *visit) {
	n.mu.Lock()
	defer n.mu.Unlock()
	v.crashed = true
	for _, c := range n.calls {
		if c.visit == v && !c.left {
			c.left = true
			if c.executed {
				continue
			}
			c.answer <- errCut
		}
	}
	n.calls = slices.DeleteFunc(n.calls, func(c *call) bool { return c.visit == v && c.executed })
}

// waiting is a visit that asked nothing when it was looked at.
type waiting struct {
	visit *visit
	calls int
}

// stuck returns the visits that have no question on its way.
func (n *network) stuck(visits []*visit) []waiting {
	n.mu.Lock()
	defer n.mu.Unlock()
	var all []waiting
	for _, v := range visits {
		if !v.finished && v.waiting == 0 {
			all = append(all, waiting{v, v.calls})
		}
	}
	return all
}

// moved reports whether a visit has asked something since.
func (n *network) moved(one waiting) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return one.visit.calls != one.calls
}
