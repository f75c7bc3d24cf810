package session

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/content"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// A Session holds one visitor's values between requests. A [Manager] makes one for each request. It
// is safe for concurrent use by multiple goroutines of that request.
//
// A Session is loaded when a method first needs its values; from then on the response has
// "Vary: Cookie". Changes are saved just before the header is sent.
//
// Reserved names: "_permanent", "_flashes" (both as in Flask), "_created", "_owner", "_lifetime",
// "_once" and "_dbsc". They count as values like any other.
type Session struct {
	m *Manager
	r *http.Request

	mu         sync.Mutex
	stage      stage
	phase      phase
	done       acts
	touched    bool          // a method needed the values
	persistent bool          // the browser has a cookie that outlives its closing
	held       bool          // it is in use after the handler has returned; see Hold
	cookieDue  bool          // the browser has to be sent the cookie, even if it is unchanged
	listed     bool          // it is one of Manager.Sessions or All, and no request's
	unsettled  bool          // an error page needs the cookie, too: the visitor's old one may not name the session
	unfinished bool          // a save failed, and yet the record has what it saved: the next one finishes it
	budget     driver.Budget // of the loading

	*state // nil until it is needed, because most requests leave the session alone
}

// acts are what methods have done to a session.
type acts uint8

const (
	modified    acts = 1 << iota // something was changed
	destroyed                    // by Destroy or SignOut
	signedIn                     // by SignIn
	readFlashes                  // the messages were removed from the session, or looked at
)

// did reports whether methods have done a thing.
func (s *Session) did(act acts) bool { return s.done&act != 0 }

// stage is how far a session is loaded.
type stage uint8

const (
	unread  stage = iota
	loading       // by one goroutine, without the lock
	ready
	saving // by one goroutine, without the lock; others may read and edit
)

// phase is what can still be done about a change.
type phase uint8

const (
	open phase = iota // a cookie can be added to the header
	sent              // the header was sent
	over              // the handler has returned, and nothing more is saved
	view              // of a copy that is only shown: changes have no effect
)

// state is what there is of a session that was used.
type state struct {
	from    driver.Snapshot
	failure error           // why the backend could not tell what the session is
	arrived string          // the cookie value that the session came with
	value   string          // the cookie value that names it now
	now     content.Content // from, after the edits
	slots   [4]rawjson.Slot // of now, for as long as they are few
	edits   []content.Edit  // that no record has yet
	vary    [1]string       // a header line
	flashes *flashes        // nil until there are any
	rare    *rare           // nil until it is needed
	*changed
}

// changed is what there is of a session that was changed or saved, beside its state.
type changed struct {
	edit            [1]content.Edit // where edits begins
	sentEdits       int             // how many of them were saved with the cookie
	cookie, caching [1]string       // header lines
	call            saveCall        // the context of a save
}

// rare is what there is of few sessions, beside their state.
type rare struct {
	idle       sync.Cond // of Session.mu: loading or saving has finished
	notices    []func()  // what the program is told when the lock is free
	refused    error     // why the cookie was refused
	cost       cost      // of what failed
	unreadable []string  // keys of values that could not be read, which was logged
	reporting  int       // late changes that are being reported
	lost       []string  // late changes that are not among the edits
}

// keepEdit adds an edit to those that are to be saved. The caller holds the lock.
func (s *Session) keepEdit(e content.Edit) {
	if s.edits == nil {
		s.edits = s.change().edit[:0]
	}
	s.edits = append(s.edits, e)
	s.done |= modified
}

// unsent returns the edits that were not saved with the cookie. The caller holds the lock.
func (s *Session) unsent() []content.Edit {
	if s.changed == nil {
		return nil
	}
	return s.edits[s.sentEdits:]
}

// use makes room for what there is of the session. The caller holds the lock.
func (s *Session) use() {
	if s.state == nil {
		s.state = new(state)
	}
}

// change makes room for what there is of a session that is changed. The caller holds the lock.
func (s *Session) change() *changed {
	if s.changed == nil {
		s.changed = new(changed)
	}
	return s.changed
}

// useRare makes room for what there is of few sessions. The caller holds the lock, and has made
// room for the state.
func (s *Session) useRare() *rare {
	if s.rare == nil {
		s.rare = new(rare)
		s.rare.idle.L = &s.mu
	}
	return s.rare
}

// wait waits until another goroutine has finished to load or to save. The caller holds the lock.
func (s *Session) wait() { s.useRare().idle.Wait() }

// finished lets others use the session, which was loaded or saved. The caller holds the lock.
func (s *Session) finished() {
	s.stage = ready
	if s.rare != nil {
		s.rare.idle.Broadcast()
	}
}

// unlock unlocks the session, and then tells the program what there was to tell: what it calls may
// use the session.
func (s *Session) unlock() {
	var notices []func()
	if s.hasNotices() {
		notices, s.rare.notices = s.rare.notices, nil
	}
	s.mu.Unlock()
	for _, tell := range notices {
		tell()
	}
}

// tell has f called once the lock is free.
func (s *Session) tell(f func()) {
	r := s.useRare()
	r.notices = append(r.notices, f)
}

func (s *Session) hasNotices() bool {
	return s.state != nil && s.rare != nil && s.rare.notices != nil
}

// Format keeps a visitor's values out of what is printed, for every verb.
func (s *Session) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "session.Session(redacted)") }

// flashes is what one request knows of its messages.
type flashes struct {
	taken     bool      // they are not in the session anymore
	kept      bool      // they are to be there in the next request too
	keep      []string  // the categories of which that is so
	cleared   bool      // the session was cleared before they were read
	settled   bool      // the response is decided
	read      int       // how many were read
	raw       []string  // those that are not kept and not discarded, as they were written
	claimed   []string  // those of raw that the store has no longer
	shown     []Message // the same, decoded
	unsettled []string  // not in raw: the store may have them or not; see claim
	now       []Message // those of FlashNow
	once      []string  // the keys of values for this request only; see Field.Flash
	again     []string  // the keys of those for the next request
}

// useFlashes makes room for what the request knows of its messages. The caller holds the lock.
func (s *Session) useFlashes() *flashes {
	if s.flashes == nil {
		s.flashes = new(flashes)
	}
	return s.flashes
}

func (s *Session) phaseIs(p phase) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.phase == p
}

// cost is what a question to the backend took.
type cost struct {
	duration time.Duration
	inStore  bool // it is a store that was asked
}

// saveCall is the context of a save.
type saveCall struct {
	context.Context
	s      *Session
	budget driver.Budget
}
