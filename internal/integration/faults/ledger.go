// Package faults hurts the engines that stores run on, while the stores are
// used, and counts what is lost: servers are killed and restarted, connections
// cut, and servers fall silent.
package faults

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/wafer-go/wafer/store"
)

// A ledger is what a store has been told and has told, for all workers.
type ledger struct {
	mu sync.Mutex

	saved, deleted int // that were acknowledged
	failed         int // operations with another error than package store's
	lastFailure    time.Time
	lastError      error

	from, first time.Time // since when service should be there, and when something was saved then

	lost    int   // acknowledged saves that are gone
	revived int   // records that are back after they were deleted
	wrong   error // what no engine may do
}

func (l *ledger) do(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

// failure notes an operation that failed.
func (l *ledger) failure(err error) {
	l.do(func() { l.failed, l.lastFailure, l.lastError = l.failed+1, time.Now(), err })
}

func (l *ledger) isWrong(format string, a ...any) {
	l.do(func() {
		if l.wrong == nil { // the first tells most
			l.wrong = fmt.Errorf(format, a...)
		}
	})
}

// save notes a save that was acknowledged.
func (l *ledger) save() {
	l.do(func() {
		l.saved++
		if l.first.IsZero() && !l.from.IsZero() {
			l.first = time.Now()
		}
	})
}

// again returns how long after an instant there was service again, without any
// failure since; calm is how long that has to last. It waits until it can tell,
// or for the limit, after which it returns a longer time than that.
func (l *ledger) again(calm, limit time.Duration) time.Duration {
	from := time.Now()
	l.do(func() { l.from = from })
	for ; ; time.Sleep(calm / 20) {
		var first, last time.Time
		l.do(func() { first, last = l.first, l.lastFailure })
		if first.Before(last) {
			first = last
		}
		now := time.Now()
		if !first.IsZero() && !first.Before(from) && now.Sub(first) > calm {
			return first.Sub(from)
		}
		if now.Sub(from) > limit+calm {
			return now.Sub(from)
		}
	}
}

func (l *ledger) failures() (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed, l.lastError
}

// A record is what one worker, and no other, does to a record: it counts.
type record struct {
	id store.ID

	// kept is the count that is known to be stored, and tried the highest that
	// was sent: a save whose outcome is unknown may be either.
	kept, tried int

	version uint64 // that was loaded last
	ending  bool   // a delete was sent and is not acknowledged
}

// content is what a record holds: whose it is, so that one which is mixed up
// with another shows.
type content struct {
	ID    string
	Count int
}

func (r *record) content(count int) store.Record {
	data, err := json.Marshal(content{r.id.String(), count})
	if err != nil {
		panic(err) // a string and a number
	}
	used := time.Now()
	return store.Record{Data: data, Version: r.version, Used: used, Expires: used.Add(time.Hour)}
}

// judge looks at what was loaded.
func (l *ledger) judge(r *record, got store.Record) {
	var c content
	if err := json.Unmarshal(got.Data, &c); err != nil {
		l.isWrong("record %v holds %q: %w", r.id, got.Data, err)
		return
	}
	switch {
	case c.ID != r.id.String():
		l.isWrong("record %v holds what belongs to %s", r.id, c.ID)
	case c.Count > r.tried:
		l.isWrong("record %v counts %d, and at most %d was ever saved", r.id, c.Count, r.tried)
	case c.Count < r.kept:
		l.do(func() { l.lost += r.kept - c.Count })
	}
	r.kept, r.version = c.Count, got.Version
}
