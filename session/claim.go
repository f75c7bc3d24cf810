package session

import (
	"errors"
	"log/slog"
	"net/http"
	"slices"

	"github.com/wafer-go/wafer/session/internal/buffer"
	"github.com/wafer-go/wafer/session/internal/content"
	"github.com/wafer-go/wafer/session/internal/logtext"
)

// claim removes the messages of earlier requests from the record before they are shown: of requests
// that ask at once, the one whose save succeeds has them. Only that is saved, not what else the
// request has changed so far. It returns them, and those that are this request's own.
func (s *Session) claim() (claimed, own []string) {
	if s.now.Cleared {
		return nil, slices.Clone(s.now.Flashes())
	}
	before, first := s.now.Flashes(), true
	var discarded []string // by this request
	take := content.Edit{Kind: content.Take, Change: func(c *content.Content) (bool, error) {
		if first {
			discarded, first = content.Without(c.Flashes(), before), false
		}
		claimed = content.Without(c.Flashes(), discarded)
		c.SetFlashes(nil)
		return true, nil
	}}
	err := s.saveApart(take, func() bool { return len(claimed) > 0 })
	switch {
	case err == nil:
	case errors.Is(err, errors.ErrUnsupported):
		return nil, slices.Clone(before) // the old driver saves nothing: they are shown, and go when the session moves
	case len(claimed) > 0 && errors.Is(err, ErrUnavailable):
		// The store may have removed them, or may yet. The next save puts them back.
		s.tell(func() { s.m.logUnclaimed(s.r, err) })
		s.useFlashes().unsettled = claimed
		_ = s.perform(content.ToRestore(claimed, s.m.limits))
		return nil, nil
	default:
		// They wait for the next request: a session that has ended has no messages.
		s.tell(func() { s.m.logUnclaimed(s.r, err) })
		return nil, nil
	}
	if len(claimed) > 0 {
		s.done |= modified
	}
	return claimed, slices.Clone(s.now.Flashes()) // those of earlier requests are not among them anymore
}

// restores reports whether there is nothing to save but messages that are to be put back. The
// caller holds the lock.
func (s *Session) restores() bool {
	return len(s.edits) > 0 && !s.unfinished && s.from.Record != nil &&
		!slices.ContainsFunc(s.edits, func(e content.Edit) bool { return e.Kind != content.Restore })
}

// noteUnrestored reports the messages that may be lost, because the store did not answer either
// when they were to be put back. The caller holds the lock.
func (s *Session) noteUnrestored() {
	if s.flashes != nil && len(s.flashes.unsettled) > 0 {
		s.noteDropped(len(s.flashes.unsettled))
		s.flashes.unsettled = nil
	}
}

// unclaim gives back what a response has not shown that failed. The caller holds the lock.
func (s *Session) unclaim() {
	if s.flashes == nil || len(s.flashes.claimed) == 0 || s.from.Record == nil {
		return
	}
	claimed := s.flashes.claimed
	s.flashes.claimed = nil
	if err := s.saveApart(content.ToGiveBack(claimed, s.m.limits), nil); err != nil {
		s.noteDropped(len(claimed))
	}
}

// saveApart saves an edit to what the record holds, without the session's other edits, if it is
// due.
func (s *Session) saveApart(e content.Edit, due func() bool) error {
	s.await()
	base := s.now
	if len(s.edits) > 0 {
		var err error
		if base, err = content.Parse(&s.from, s.m.limits.Count); err != nil {
			return err
		}
	} else {
		base = base.Clone()
	}
	if _, err := e.Apply(&base); err != nil || due != nil && !due() {
		return err
	}
	line := buffer.Get()
	defer line.Free()
	line.B = append(line.B, s.m.prefix...)
	a := &attempt{from: &s.from, content: &base, edits: []content.Edit{e}, stay: true, partial: true}
	return s.write(s.r.Context(), a, line)
}

// logUnclaimed says why messages were not shown.
func (m *Manager) logUnclaimed(r *http.Request, err error) {
	m.o.logger().LogAttrs(r.Context(), slog.LevelWarn, "session: the flash messages could not be taken from the store; they wait for the next request",
		slog.String("request", logtext.Describe(r)), slog.Any("error", err))
}
