package session

import (
	"context"
)

// Reload loads the session again. A handler that runs for long can call it: in a WebSocket or a
// stream, values are those of the request's beginning until then. What this request has changed and
// not saved stays. A session without a record is in its cookie, so there is nothing fresher: Reload
// returns nil.
//
// It returns [ErrEnded] if the session was ended, or its ID renewed, by another request, as at a
// sign-out: end the stream then. The values stay as they were. It returns [ErrOvertaken] if an
// unsaved change cannot be applied to the newer values, and an error that wraps [ErrUnavailable] if
// the store cannot be reached, or if an earlier Save had no answer from it: what that saved may be
// there, so call Save again first.
func (s *Session) Reload(ctx context.Context) error {
	s.lock()
	defer s.unlock()
	s.await()
	if s.failure != nil || s.from.Record == nil || s.phase == view {
		return s.failure
	}
	a := &attempt{from: &s.from, content: &s.now, edits: s.edits}
	elapsed := s.m.stopwatch()
	if err := s.outside(ctx, func(ctx context.Context) error { return a.refresh(ctx, s.m, s.value) }); err != nil {
		return s.failed(err, elapsed())
	}
	s.from, s.now = *a.from, *a.content
	for i := range s.edits[len(a.edits):] {
		_, _ = s.edits[len(a.edits)+i].Apply(&s.now) // what fails here fails the save that follows
	}
	return nil
}
