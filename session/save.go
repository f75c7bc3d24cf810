package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/buffer"
	"github.com/wafer-go/wafer/session/internal/content"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// Save saves the session at once. A handler that runs for long can call it. If nothing has changed
// it extends the life of a session that has a record, as a request does.
//
// A session that has a record is saved, even after the header was sent: in the middle of a
// WebSocket, for example. The error is that of the save; [ErrEnded] means that the session was
// ended elsewhere, and no later Save succeeds; [ErrOvertaken] that another request was first.
//
// A session in a cookie can only be saved with the response's header. Before that is sent, Save
// checks that it can be, and returns the [ValueError] or [TooLargeError] that would otherwise fail
// the response. Afterwards it returns [ErrTooLate] if a change was not sent. After the handler has
// returned it returns ErrTooLate for every session with unsaved changes.
func (s *Session) Save(ctx context.Context) error {
	s.lock()
	defer s.unlock()
	s.await()
	inRecord, unsaved := s.from.Record != nil, len(s.edits) > 0
	call := s.saveCall(ctx)
	switch {
	case s.failure != nil:
		return s.failure
	case s.phase == view:
		return nil
	case s.phase == over && unsaved, s.phase == sent && !inRecord && len(s.edits) > s.sentEdits:
		return ErrTooLate
	case s.from.Superseded:
		if unsaved && s.now.Life == driver.Keep {
			return ErrEnded
		}
		return nil // a new session is for the response
	case !unsaved && s.touchable() && s.touchDue():
		if err := s.touch(call); !errors.Is(err, ErrConflict) {
			return err
		}
		return nil // another request has extended it
	case !unsaved, s.phase == sent && !inRecord:
		return nil
	case s.phase == sent && s.now.Life == driver.Begin, s.deletionDue():
		if inRecord {
			return s.delete(call) // what was set since was reported when it was
		}
		return nil
	}
	line := buffer.Get()
	defer line.Free()
	line.B = append(line.B, s.m.prefix...)
	return s.write(call, &attempt{from: &s.from, content: &s.now, edits: s.edits, stay: true}, line)
}

// An attempt is a save of some edits, which may have to be tried again.
type attempt struct {
	from      *driver.Snapshot
	content   *content.Content // from, after the edits
	edits     []content.Edit
	stay      bool      // the response may not carry a cookie
	partial   bool      // the edits are not the session's first ones; see claim
	at        time.Time // by Options.Clock
	conflicts int
	began     time.Time // when the first was met, by the machine's clock
	payload   *buffer.Buffer
	record    driver.Record
	leave     func() // leaves the queue of those whose saves met another's
}

// write saves the session and appends the cookie's value to line. If another request changed the
// record first, the record is loaded again, the edits are applied to that, and it is saved again.
// The caller holds the lock, which is free while the backend and the program's own code run; edits
// made in that time stay for the next save.
func (s *Session) write(ctx context.Context, a *attempt, line *buffer.Buffer) (err error) {
	s.stage = saving
	a.at, a.payload = s.m.o.Clock(), buffer.Get()
	start, elapsed, free := len(line.B), s.m.stopwatch(), false
	defer func() {
		if free {
			s.mu.Lock() // the driver panicked
		}
		if a.leave != nil {
			a.leave()
		}
		a.payload.Free()
		s.saved()
	}()
	for {
		w, err := s.prepare(a)
		if err != nil {
			return err
		}
		s.mu.Unlock()
		free = true
		line.B, a.record, err = s.m.driver.Save(ctx, line.B[:start], w)
		again := false
		if errors.Is(err, driver.ErrConflict) && a.from.Record != nil {
			err = s.reload(ctx, a)
			again = err == nil
		}
		s.mu.Lock()
		free = false
		tooLarge := errors.Is(err, ErrTooLarge)
		if err == nil && a.record == nil && !again {
			if size := len(line.B) - len("="); size > s.m.o.MaxCookieSize {
				err, tooLarge = s.tooLarge(a.content, size), true
			}
		}
		if again || tooLarge && a.record == nil && s.giveWay(a) {
			continue
		}
		return s.settle(a, string(line.B[start:]), err, elapsed())
	}
}

// prepare returns what the driver is asked to save.
func (s *Session) prepare(a *attempt) (driver.Write, error) {
	stamped := s.stamp(a)
	c := a.content
	a.payload.B = a.payload.B[:0]
	if len(a.edits) == 0 && a.from.Payload != "" && !stamped {
		a.payload.B = append(a.payload.B, a.from.Payload...) // not even the order of the keys changes
	} else {
		var err error
		if a.payload.B, err = c.Values().AppendTo(a.payload.B, s.m.codec); err != nil {
			return driver.Write{}, err
		}
	}
	owner := s.m.owner(c)
	if err := checkOwner(owner); err != nil {
		return driver.Write{}, &ValueError{Key: driver.OwnerKey, Err: err} // set by that key, past SignIn
	}
	limit, empty := s.m.limit(c.Values()), c.Empty()
	if empty {
		limit = min(limit, emptyLifetime)
	}
	w := driver.Write{
		From: *a.from, Payload: a.payload.B, At: a.at, Expires: a.at.Add(limit), Owner: owner,
		Life: c.Life, Empty: empty, Stay: a.stay,
	}
	if c.Life == driver.Renew && owner != "" && a.from.Record != nil {
		w.Leave = s.m.leave(a.from)
	}
	return w, nil
}

// leave returns what a request may still read that was sent before the answer to a sign-in: the
// values of an anonymous session, and nothing of a user's.
func (m *Manager) leave(from *driver.Snapshot) []byte {
	c, err := content.Parse(from)
	if err != nil || m.owner(&c) != "" {
		return nil
	}
	return []byte(from.Payload)
}

// settle makes what was saved the session's, or says why it was not. The caller holds the lock.
func (s *Session) settle(a *attempt, value string, err error, took cost) error {
	if err != nil && a.record == nil {
		return s.failed(err, took)
	}
	existed, renewed := s.from != driver.Snapshot{}, a.content.Life != driver.Keep
	if a.record != nil || s.from.Record != nil {
		s.install(a, value)
	}
	if err != nil {
		return s.failed(err, took)
	}
	if !a.stay || a.record != nil {
		s.note(Event{
			Kind: EventSaved, Duration: took.duration, Size: len(s.m.o.Cookie.Name) + len(value), Found: existed,
			Stored: a.record != nil, Conflicts: a.conflicts, Renewed: renewed,
		})
	}
	return nil
}

// install makes what a record holds now, or no longer holds, the session's. Edits that it does not
// have stay. The caller holds the lock.
func (s *Session) install(a *attempt, value string) {
	saved := len(a.edits)
	if a.partial {
		saved = 0
	}
	var fresh content.Content
	if len(s.edits) > saved {
		fresh, _ = content.Parse(&driver.Snapshot{Payload: string(a.payload.B)}) // it was written a moment ago
		s.replay(saved, &fresh)
	}
	// A permanent session's cookie expires later now.
	s.cookieDue = s.cookieDue || value != s.value || s.phase == open && s.permanent()
	s.value = value
	s.from = driver.Snapshot{SavedAt: a.at, Record: a.record}
	if len(s.edits) > saved {
		s.from.Payload = string(a.payload.B)
		s.now = fresh
	} else {
		if a.stay {
			s.from.Payload = string(a.payload.B)
		}
		s.now = a.content.Saved()
	}
	if a.record != nil {
		s.edits, s.sentEdits = s.edits[saved:], 0
	}
}

// replay applies the edits from a first one on to fresher content. It does so without the lock,
// because an update runs the program's code, and includes those that are made in that time. The
// caller holds the lock and is the one that saves the session.
func (s *Session) replay(first int, c *content.Content) {
	for first < len(s.edits) {
		edits := s.edits[first:]
		func() {
			s.mu.Unlock()
			defer s.mu.Lock()
			for i := range edits {
				_, _ = edits[i].Apply(c) // what fails here fails the save that follows
			}
		}()
		first += len(edits)
	}
}

// failed returns the error of a save or a deletion as the request fails with it. The caller holds
// the lock.
func (s *Session) failed(err error, took cost) error {
	for _, known := range []error{ErrTooLarge, ErrEnded, ErrOvertaken} {
		if errors.Is(err, known) {
			return err
		}
	}
	if _, ok := errors.AsType[*ValueError](err); ok {
		return err
	}
	s.change().cost = took
	s.cost.inStore = true
	return unavailable(err)
}

// touchable reports whether the session's life can be extended without writing its values. The
// caller holds the lock.
func (s *Session) touchable() bool {
	return s.m.toucher != nil && s.from.Record != nil && !s.from.Accepted && !s.from.Superseded
}

// touch extends the life of a session that has a record. The caller holds the lock.
func (s *Session) touch(ctx context.Context) error {
	elapsed, now := s.m.stopwatch(), s.m.o.Clock()
	limit, from := s.m.limit(s.now.Values()), s.from
	err := s.outside(func() error { return s.m.toucher.Touch(ctx, from, now, now.Add(limit)) })
	if err != nil {
		return s.failed(err, elapsed())
	}
	s.from.SavedAt = now
	s.note(Event{
		Kind: EventSaved, Duration: elapsed().duration, Size: len(s.m.o.Cookie.Name) + len(s.value), Found: true, Stored: true,
	})
	return nil
}

// delete ends the session. The caller holds the lock.
func (s *Session) delete(ctx context.Context) error {
	elapsed, from, count := s.m.stopwatch(), s.from, len(s.edits)
	if !from.Superseded {
		if err := s.outside(func() error { return s.m.driver.Delete(ctx, from) }); err != nil {
			return s.failed(err, elapsed())
		}
	}
	s.note(Event{Kind: EventDropped, Duration: elapsed().duration, Found: s.arrived != "", Stored: from.Record != nil})
	if from.Record == nil {
		return nil
	}
	s.stage = saving
	defer s.saved()
	var fresh content.Content
	s.replay(count, &fresh)
	s.from, s.value, s.cookieDue = driver.Snapshot{}, "", true
	s.edits, s.sentEdits, s.now = s.edits[count:], 0, fresh
	return nil
}

// saved lets others save the session. The caller holds the lock.
func (s *Session) saved() {
	s.stage = ready
	s.idle.Broadcast()
}

// outside calls f without the lock, as the one that saves the session.
func (s *Session) outside(f func() error) error {
	s.stage = saving
	defer func() {
		s.mu.Lock()
		s.saved()
	}()
	s.mu.Unlock()
	return f()
}

// tooLarge returns the error of a cookie of size bytes.
func (s *Session) tooLarge(c *content.Content, size int) error {
	return &TooLargeError{
		Cookie: s.m.o.Cookie.Name, Size: size, Limit: s.m.o.MaxCookieSize,
		Largest: largest(c.Values(), 3), Values: c.Values().Len(),
	}
}

// largest returns the n keys that have the most bytes with their values.
func largest(values *rawjson.Object, n int) []driver.KeySize {
	sizes := make([]driver.KeySize, values.Len())
	for i := range sizes {
		m := values.At(i)
		sizes[i] = driver.KeySize{Key: m.Key, Size: len(`"":`) + len(m.Key) + len(m.Raw)}
	}
	slices.SortStableFunc(sizes, func(a, b driver.KeySize) int { return cmp.Compare(b.Size, a.Size) })
	return sizes[:min(n, len(sizes))]
}

// checkOwner returns an error for an owner that stores do not accept.
func checkOwner(owner string) error {
	if len(owner) > driver.MaxOwner {
		return fmt.Errorf("an owner has at most %d bytes, and this one has %d", driver.MaxOwner, len(owner))
	}
	return nil
}
