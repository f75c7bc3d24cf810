package session

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"time"
)

// save has the backend keep the session and appends the cookie's value to dst.
// Where another request changed the record meanwhile, it is read again, what
// this one did is done to that, and it is saved again. The caller holds the
// session's lock.
func (m *Manager) save(ctx context.Context, dst []byte, s *Session, now time.Time, stay bool) ([]byte, error) {
	start := len(dst)
	elapsed := m.stopwatch()
	event := Event{Kind: EventSaved, Found: s.from != Loaded{}, Renewed: s.renewed}
	dst, err := m.saveOnce(ctx, dst, s, now, stay)
	if errors.Is(err, ErrConflict) {
		dst, err = m.saveAgain(ctx, dst[:start], s, now, stay, &event.Conflicts)
	}
	if errors.Is(err, ErrUnavailable) {
		s.failed(elapsed(), true)
	} else if err == nil && (!stay || s.from.Record != nil) {
		event.Duration, event.Size, event.Stored = elapsed(), len(dst)-len("="), s.from.Record != nil
		s.observeLater(event)
	}
	return dst, err
}

// saveAgain is save where another request was faster.
func (m *Manager) saveAgain(ctx context.Context, dst []byte, s *Session, now time.Time, stay bool, conflicts *int) ([]byte, error) {
	start := len(dst)
	deadline := time.Now().Add(m.o.BackendTimeout)
	leave, queued := m.enter(ctx, s)
	defer leave()
	for try := 0; queued; try++ {
		*conflicts++
		if err := m.reload(ctx, s); err != nil {
			return dst[:start], err
		}
		var err error
		if dst, err = m.saveOnce(ctx, dst[:start], s, now, stay); !errors.Is(err, ErrConflict) {
			return dst, err
		}
		if m.o.BackendTimeout > 0 && time.Now().After(deadline) {
			break
		}
		// Those of this process wait in the queue: what is in the way is
		// another server.
		time.Sleep(jitter(time.Millisecond << min(try, 5)))
	}
	return dst[:start], fmt.Errorf("%w: %w for %v", ErrUnavailable, ErrConflict, m.o.BackendTimeout)
}

// jitter is a random part of d, so that those who met do not meet again.
func jitter(d time.Duration) time.Duration {
	var random [1]byte
	_, _ = rand.Read(random[:])
	return d * time.Duration(random[0]) / 256
}

// saveOnce tries to save the session.
func (m *Manager) saveOnce(ctx context.Context, dst []byte, s *Session, now time.Time, stay bool) ([]byte, error) {
	payload := getBuffer()
	defer payload.free()
	var err error
	current := s.values
	unmodified := !s.unsaved() && s.from.Payload != "" && !s.clockMissing()
	if unmodified {
		payload.b = append(payload.b, s.from.Payload...)
	} else {
		current = s.withClock(now)
		if payload.b, err = current.appendTo(payload.b, m.format); err != nil {
			return dst, err
		}
	}
	owner := s.owner()
	if err := checkOwner(owner); err != nil {
		return dst, &ValueError{Key: ownerKey, Err: err} // set by that key, past SetOwner
	}
	start := len(dst)
	dst, record, err := m.keeper.Save(ctx, dst, Change{
		From: s.from, Payload: payload.b, At: now, Owner: owner, Empty: s.empty(),
		Renew: s.renewed, Destroyed: s.ended, Unmodified: unmodified, Stay: stay,
	})
	if err != nil && record != nil {
		s.from, s.values = Loaded{Record: record, WrittenAt: now}, current
		s.saved(string(dst[start:]))
	}
	switch {
	case errors.Is(err, ErrTooLarge), errors.Is(err, ErrConflict), errors.Is(err, ErrEnded):
		return dst, err
	case err != nil:
		return dst, unavailable(err)
	}
	if size := len(dst) - len("="); size > m.o.MaxCookieSize {
		return dst, &TooLargeError{Cookie: m.o.Cookie.Name, Size: size, Limit: m.o.MaxCookieSize, Largest: s.values.largest(3), Values: s.values.len()}
	}
	if record != nil || s.from.Record != nil {
		if !unmodified {
			s.from = Loaded{WrittenAt: now}
		}
		s.from.Record, s.values = record, current
		s.saved(string(dst[start:]))
	}
	return dst, nil
}

// saved notes what a record holds now, and what the visitor has to know of it.
func (s *Session) saved(cookie string) {
	if cookie != s.cookie || s.former {
		s.cookie, s.cookieDue = cookie, true
	}
	if s.from.Record != nil {
		s.kept()
	}
}

// reload reads the session's record again, and does to it what was done to the
// old one and is not saved yet.
func (m *Manager) reload(ctx context.Context, s *Session) error {
	if s.from.Record == nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, ErrConflict) // there is nothing to read again
	}
	found, err := s.from.Record.Reload(ctx)
	var fresh values
	if err == nil {
		fresh, err = m.judge(&found, nil)
	}
	switch {
	case errors.Is(err, ErrRefused):
		return ErrEnded
	case err != nil:
		return unavailable(err)
	}
	s.from, s.values = found, fresh
	for i := range s.ops {
		s.ops[i].repeat(&s.values)
	}
	return nil
}

// queues is how many queues there are for saves that met another's.
const queues = 64

var queueSeed = maphash.MakeSeed()

// enter waits until no other request of this process is saving, for the second
// time, the same session. It reports whether its turn came.
func (m *Manager) enter(ctx context.Context, s *Session) (leave func(), ok bool) {
	if s.from.Record == nil {
		return func() {}, true
	}
	queue := m.queues[maphash.String(queueSeed, s.from.Record.ID())%queues]
	timeout := m.o.BackendTimeout
	if timeout <= 0 {
		queue <- struct{}{}
		return func() { <-queue }, true
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case queue <- struct{}{}:
		return func() { <-queue }, true
	case <-timer.C:
		return func() {}, false
	}
}

// saveLate saves what a handler changed after the response header had left,
// which a session with a record can, and reports what it cannot.
func (m *Manager) saveLate(s *Session) {
	s.mu.Lock()
	due := s.state != nil && s.failure == nil && s.from.Record != nil && s.unsaved()
	s.mu.Unlock()
	if !due {
		return
	}
	if err := s.Save(s.r.Context()); err != nil {
		m.observeUnsaved(s, err)
		m.o.logger().LogAttrs(s.r.Context(), slog.LevelError, "session: what was changed after the response header had left is not saved",
			slog.String("request", describe(s.r)), slog.Any("error", err))
		if f := m.o.ErrorHandler; f != nil {
			f(&deafWriter{}, s.r, err)
		}
	}
}

// Save writes the session back at once, for a handler that runs for long.
// Where nothing has changed it starts [Options.IdleTimeout] anew, of a session
// with a record.
//
// A session with a record is saved, also after the response header has left:
// in the midst of a WebSocket, say. Its error is that of the save; [ErrEnded]
// means that it was ended elsewhere, and no later Save will succeed.
//
// A session in a cookie can only be written with the response's header: before
// that has left, Save checks that it can be, and returns the [ValueError] or
// [TooLargeError] that would otherwise fail the response; after, it returns
// [ErrTooLate] if there is a change that was not written.
func (s *Session) Save(ctx context.Context) error {
	defer s.lock().Unlock()
	inRecord := s.from.Record != nil
	switch {
	case s.failure != nil:
		return s.failure
	case s.gone && !inRecord && len(s.ops) > int(s.sentOps):
		return ErrTooLate
	case inRecord && !s.unsaved() && s.touchDue():
	case !s.unsaved(), s.gone && !inRecord:
		return nil
	case s.gone && s.ended:
		return s.drop(ctx) // what was set since was reported when it was
	case s.empty() && (!inRecord || s.cleared):
		if inRecord {
			return s.drop(ctx)
		}
		return nil
	}
	line := getBuffer()
	defer line.free()
	var err error
	line.b, err = s.m.save(ctx, append(line.b, s.m.prefix...), s, s.m.o.Clock(), true)
	return err
}

// drop has the backend forget the session. The caller holds the lock.
func (s *Session) drop(ctx context.Context) error {
	elapsed := s.m.stopwatch()
	if err := s.m.keeper.Drop(context.WithoutCancel(ctx), s.from); err != nil {
		s.failed(elapsed(), true)
		return unavailable(err)
	}
	s.observeLater(Event{Kind: EventDropped, Duration: elapsed(), Found: !s.fresh, Stored: s.from.Record != nil})
	if s.from.Record != nil {
		s.from, s.cookie, s.cookieDue = Loaded{}, "", true
		s.kept()
	}
	return nil
}
