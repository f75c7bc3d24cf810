package drivertest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// A checker checks one rule on one driver.
type checker struct {
	*testing.T
	says    string
	opts    *Options
	backend driver.Backend
	d       driver.Driver
	info    driver.Info
	ctx     context.Context
	owner   string  // that has no other sessions
	faults  *Faults // of the engine, nil if it has none
}

// broken ends the rule's test, saying which rule it is.
func (c *checker) broken(format string, args ...any) {
	c.Helper()
	c.Fatalf("The driver breaks the rule: %s\n%s", c.says, fmt.Sprintf(format, args...))
}

func newOwner() string { return "drivertest-" + rand.Text() }

// open opens the backend. It must not fail.
func (c *checker) open(config driver.Config) driver.Driver {
	c.Helper()
	d, err := c.backend.Open(config)
	if err != nil {
		c.broken("Open(%+v) failed: %v", config, err)
	}
	return d
}

// object returns a payload with one value, a text.
func (c *checker) object(text string) []byte {
	c.Helper()
	out := append(c.info.Codec.AppendKey([]byte{'{'}, "value"), ':')
	out, err := c.info.Codec.AppendValue(out, text)
	if err != nil {
		c.broken("the codec's AppendValue of a text failed: %v", err)
	}
	return append(out, '}')
}

// write returns the write of a new session that lasts for an hour. Its times are whole seconds.
func (c *checker) write(owner, text string) driver.Write {
	c.Helper()
	now := time.Unix(time.Now().Unix(), 0)
	return driver.Write{Payload: c.object(text), At: now, Expires: now.Add(time.Hour), Owner: owner}
}

// after returns the write of a session that was loaded.
func (c *checker) after(from driver.Snapshot, life driver.Life, owner, text string) driver.Write {
	c.Helper()
	w := c.write(owner, text)
	w.From, w.Life = from, life
	return w
}

// save saves a session. It must not fail.
func (c *checker) save(w driver.Write) (value string, record driver.Record) {
	c.Helper()
	out, record, err := c.d.Save(c.ctx, nil, w)
	if err != nil {
		c.broken("Save failed: %v", err)
	}
	return string(out), record
}

// saved saves a session and loads it again, as another request would.
func (c *checker) saved(w driver.Write) (value string, s driver.Snapshot) {
	c.Helper()
	value, _ = c.save(w)
	return value, c.load(value)
}

// load loads a session, which must be there.
func (c *checker) load(value string) driver.Snapshot {
	c.Helper()
	s, err := c.d.Load(c.ctx, value)
	if err != nil {
		c.broken("Load failed: %v; the session should be there", err)
	}
	return s
}

// holds checks that a value loads, live, with a payload.
func (c *checker) holds(value string, payload []byte) {
	c.Helper()
	s := c.load(value)
	if s.Superseded {
		c.broken("the session is superseded; it should be live")
	}
	c.same("Load", s.Payload, payload)
}

// same checks a payload, without showing it.
func (c *checker) same(method, got string, want []byte) {
	c.Helper()
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	if at < max(len(got), len(want)) {
		c.broken("%s returned a payload of %d bytes instead of %d, which differ from byte %d on", method, len(got), len(want), at)
	}
}

// refused checks that a value names no session.
func (c *checker) refused(value, what string) {
	c.Helper()
	s, err := c.d.Load(c.ctx, value)
	c.refusal(s, err, "Load of "+what)
}

// refusal checks that a call found no session.
func (c *checker) refusal(s driver.Snapshot, err error, call string) {
	c.Helper()
	switch {
	case err == nil:
		c.broken("%s returned a session (superseded: %v); its error should wrap ErrRefused", call, s.Superseded)
	case !errors.Is(err, driver.ErrRefused):
		c.broken("%s returned the error %v; it should wrap ErrRefused", call, err)
	case errors.Is(err, driver.ErrEnded) && !errors.Is(err, driver.ErrUnknown):
		c.broken("%s returned the error %v; one that wraps ErrEnded should wrap ErrUnknown too", call, err)
	}
}

// over checks that a session is not live under a value: nothing is found, or word that it has moved
// on.
func (c *checker) over(value, what string) {
	c.Helper()
	s, err := c.d.Load(c.ctx, value)
	if err == nil && s.Superseded {
		return
	}
	c.refusal(s, err, "Load of "+what)
}

// fails checks that a call failed as it should.
func (c *checker) fails(err, want error, call string) {
	c.Helper()
	if !errors.Is(err, want) {
		c.broken("%s returned the error %v; it should wrap %q", call, err, want)
	}
}

// succeeds checks that a call did not fail.
func (c *checker) succeeds(err error, call string) {
	c.Helper()
	if err != nil {
		c.broken("%s returned the error %v; it should have succeeded", call, err)
	}
}

// saveFails checks that Save fails as it should, without a record and without touching dst.
func (c *checker) saveFails(w driver.Write, want error, what string) {
	c.Helper()
	dst := append(make([]byte, 0, 8<<10), "own bytes;"...)
	out, record, err := c.d.Save(c.ctx, dst, w)
	c.fails(err, want, what)
	if string(out) != "own bytes;" || record != nil {
		c.broken("%s failed and left %d bytes in dst, which had %d, and the record %v", what, len(out), len(dst), record)
	}
}

// quietly calls f, which must not panic.
func (c *checker) quietly(what string, f func()) {
	c.Helper()
	defer func() {
		if p := recover(); p != nil {
			c.broken("%s panicked: %v", what, p)
		}
	}()
	f()
}

// together runs n functions at once and fails with their first error.
func (c *checker) together(n int, f func(i int) error) {
	c.Helper()
	start := make(chan struct{})
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					errs[i] = fmt.Errorf("beside others, it panicked: %v", p)
				}
			}()
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	group.Wait()
	for _, err := range errs {
		if err != nil {
			c.broken("%v", err)
		}
	}
}

// shapes are the owners of the two sessions that a rule on all sessions is checked with: of those
// two a driver may keep one in its cookie and the other in a record.
func (c *checker) shapes() []string { return []string{"", c.owner} }
