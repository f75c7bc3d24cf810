// Package seen remembers what a manager has seen and logged.
package seen

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wafer-go/wafer/session/inspect"
)

// Seen is what a manager has seen. Each mistake is logged once or, if it depends on the host, once
// for each of a few hosts. Its zero value has seen nothing.
type Seen struct {
	mu       sync.Mutex
	said     map[inspect.Warning][]string // the hosts for which it was logged
	asked    int                          // questions to other managers
	askedAt  time.Time                    // the last one
	set      atomic.Int64
	returned atomic.Bool
	accepted sync.Map // names of keys and backends that were logged as still needed
}

// First reports whether a mistake is to be logged, and notes that it is.
func (s *Seen) First(code inspect.Warning, host string, hosts int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	said := s.said[code]
	if len(said) >= hosts || slices.Contains(said, host) {
		return false
	}
	if s.said == nil {
		s.said = make(map[inspect.Warning][]string)
	}
	s.said[code] = append(said, host)
	return true
}

// Logged reports whether a mistake was logged.
func (s *Seen) Logged(code inspect.Warning) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.said[code]) > 0
}

// Accepted notes that something earlier is still needed, and reports whether that is new.
func (s *Seen) Accepted(name string) (first bool) {
	_, said := s.accepted.LoadOrStore(name, true)
	return !said
}

// A manager asks others about maxAsked cookies, and then about one in askAgain: anyone can send bad
// ones.
const (
	maxAsked = 64
	askAgain = 10 * time.Second
)

// AskOthers reports whether another manager may be asked about a cookie, and notes that it is.
func (s *Seen) AskOthers() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.asked >= maxAsked && now.Sub(s.askedAt) < askAgain {
		return false
	}
	s.asked++
	s.askedAt = now
	return true
}

// returnsExpected is how many cookies are set before it is odd that none has come back: visitors
// that ask once, such as bots, return none.
const returnsExpected = 50

// CookieSet notes that a cookie was set, and reports whether none comes back.
func (s *Seen) CookieSet() (never bool) {
	return !s.returned.Load() && s.set.Add(1) >= returnsExpected
}

// CookieReturned notes that a request brought the cookie.
func (s *Seen) CookieReturned() {
	if !s.returned.Load() {
		s.returned.Store(true)
	}
}
