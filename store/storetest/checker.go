package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wafer-go/wafer/store"
)

// A checker checks one rule on one store.
type checker struct {
	*testing.T
	rule string
	opts *Options
	ctx  context.Context

	first, second store.Store // the same one if there is no Another

	mu  sync.Mutex
	ids []store.ID // handed out by id
}

// broken ends the rule's test, saying which rule it is.
func (c *checker) broken(format string, args ...any) {
	c.Helper()
	c.Fatalf("The store breaks the rule: %s\n%s", c.rule, fmt.Sprintf(format, args...))
}

func randomID() (id store.ID) {
	rand.Read(id[:])
	return id
}

// near returns a new id to which the record at from can be moved.
func near(from store.ID) store.ID {
	id := randomID()
	for id.Part() != from.Part() {
		id = randomID()
	}
	return id
}

// id returns a new id, whose record is deleted in the end.
func (c *checker) id() store.ID {
	id := randomID()
	c.note(id)
	return id
}

// near returns a new id as near does, whose record is deleted in the end.
func (c *checker) near(from store.ID) store.ID {
	id := near(from)
	c.note(id)
	return id
}

func (c *checker) note(id store.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ids = append(c.ids, id)
}

// clean deletes the records that the rule has made.
func (c *checker) clean() {
	for _, id := range c.ids {
		if err := c.first.Delete(c.ctx, id); err != nil && !errors.Is(err, store.ErrNotFound) {
			c.broken("Delete of what the test had saved: %v", err)
		}
	}
}

// owner returns the name of an owner that no other test has.
func owner() string { return "storetest-" + rand.Text() }

// record returns one that is good for an hour. Its times are whole seconds,
// so that only the rules on that fail a store that keeps others badly.
func record(data string) store.Record {
	now := seconds(time.Now())
	return store.Record{Data: []byte(data), Used: now, Expires: now.Add(time.Hour)}
}

// save saves a record and returns it as Load has to show it. It must not fail.
func (c *checker) save(s store.Store, id store.ID, r store.Record) store.Record {
	c.Helper()
	v, err := s.Save(c.ctx, id, r)
	if err != nil {
		c.broken("Save with version %d: %v; it should have succeeded", r.Version, err)
	}
	return c.saved(s, id, r, v)
}

// saved returns r as Load has to show it after Save or Move returned v.
func (c *checker) saved(s store.Store, id store.ID, r store.Record, v uint64) store.Record {
	c.Helper()
	if v == 0 {
		if !c.opts.VersionUntold {
			c.broken("it returned version 0, and Options.VersionUntold is not set")
		}
		v = c.load(s, id).Version
	}
	r.Version, r.Used, r.Expires = v, seconds(r.Used), seconds(r.Expires)
	return r
}

// seconds is how the contract keeps a time.
func seconds(t time.Time) time.Time { return time.Unix(t.Unix(), 0).UTC() }

// load loads a record, which must be there.
func (c *checker) load(s store.Store, id store.ID) store.Record {
	c.Helper()
	r, err := s.Load(c.ctx, id)
	if err != nil {
		c.broken("Load: %v; the record should be there", err)
	}
	return r
}

// holds checks that Load shows the record, and nothing else.
func (c *checker) holds(s store.Store, id store.ID, want store.Record) {
	c.Helper()
	c.same("Load", c.load(s, id), want)
}

// same checks that a method returned the record that it should.
func (c *checker) same(method string, got, want store.Record) {
	c.Helper()
	if problem := difference(got, want); problem != "" {
		c.broken("%s returned another record than it should: %s", method, problem)
	}
}

// difference tells how a record differs from the one it should be, without
// showing its data.
func difference(got, want store.Record) string {
	var d []string
	if !bytes.Equal(got.Data, want.Data) {
		at := 0
		for at < min(len(got.Data), len(want.Data)) && got.Data[at] == want.Data[at] {
			at++
		}
		d = append(d, fmt.Sprintf("%d bytes of data instead of %d, which differ from byte %d on", len(got.Data), len(want.Data), at))
	}
	if got.Version != want.Version {
		d = append(d, fmt.Sprintf("version %d instead of %d", got.Version, want.Version))
	}
	if !got.Used.Equal(want.Used) {
		d = append(d, fmt.Sprintf("used %v instead of %v", got.Used, want.Used))
	}
	if !got.Expires.Equal(want.Expires) {
		d = append(d, fmt.Sprintf("expires %v instead of %v", got.Expires, want.Expires))
	}
	if got.Owner != want.Owner {
		d = append(d, fmt.Sprintf("owner %q instead of %q", got.Owner, want.Owner))
	}
	return strings.Join(d, "; ")
}

// recognized checks that a writer finds its own nonce in the record, and returns that.
func (c *checker) recognized(s store.Store, id store.ID, nonce uint64) store.Record {
	c.Helper()
	r := c.load(s, id)
	if r.Nonce != nonce {
		c.broken("Load returned the nonce %d; it should be %d", r.Nonce, nonce)
	}
	return r
}

// randomNonce returns one that is not 0.
func randomNonce() uint64 {
	var b [8]byte
	rand.Read(b[:])
	return binary.BigEndian.Uint64(b[:])>>1 | 1
}

// gone checks that there is no record.
func (c *checker) gone(s store.Store, id store.ID) {
	c.Helper()
	_, err := s.Load(c.ctx, id)
	c.fails(err, store.ErrNotFound, "Load of what is not there")
}

// fails checks that a call failed as it should.
func (c *checker) fails(err, want error, call string) {
	c.Helper()
	if !errors.Is(err, want) {
		c.broken("%s returned the error %v; it should be one that is %q", call, err, want)
	}
}

// succeeds checks that a call did not fail.
func (c *checker) succeeds(err error, call string) {
	c.Helper()
	if err != nil {
		c.broken("%s returned the error %v; it should have succeeded", call, err)
	}
}

// delete deletes a record. It must not fail.
func (c *checker) delete(s store.Store, id store.ID) {
	c.Helper()
	c.succeeds(s.Delete(c.ctx, id), "Delete")
}

// instance returns one instance for even numbers and the other for odd ones.
func (c *checker) instance(i int) store.Store {
	if i%2 == 0 {
		return c.first
	}
	return c.second
}

// together runs n functions at once, each with an instance of the store, and
// fails with their first error.
func (c *checker) together(n int, f func(i int, s store.Store) error) {
	c.Helper()
	start := make(chan struct{})
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			<-start
			errs[i] = f(i, c.instance(i))
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
