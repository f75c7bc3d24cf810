package session

import (
	"log/slog"
	"net/http"
	"slices"

	"github.com/wafer-go/wafer/session/internal/buffer"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// claim removes the messages of earlier requests from the record before they are shown: of requests
// that ask at once, the one whose save succeeds has them. Only that is saved, not what else the
// request has changed so far. It returns them, and those that are this request's own.
func (s *Session) claim() (claimed, own []string) {
	if s.now.cleared {
		return nil, slices.Clone(s.now.flashes())
	}
	before, first := s.now.flashes(), true
	var discarded []string // by this request
	take := edit{name: takeName, apply: func(c *content) (bool, error) {
		if first {
			discarded, first = without(c.flashes(), before), false
		}
		claimed = without(c.flashes(), discarded)
		c.setFlashes(nil)
		return len(claimed) > 0, nil
	}}
	err := s.saveApart(take, func() bool { return len(claimed) > 0 })
	switch {
	case err == nil:
	case len(claimed) > 0 && s.wasTaken(claimed):
		_ = s.perform(takeEdit(claimed)) // a save of this session is of what was loaded
	default:
		// They wait for the next request. A store that cannot be reached fails this one when it is
		// saved, and a session that has ended has no messages.
		s.tell(func() { s.m.logUnclaimed(s.r, err) })
		return nil, nil
	}
	return claimed, slices.Clone(s.now.flashes()) // those of earlier requests are not among them anymore
}

// wasTaken reports whether messages are no longer in the record although their claim failed: the
// store made it, and its answer was lost. The caller holds the lock.
func (s *Session) wasTaken(claimed []string) (taken bool) {
	call, record := s.saveCall(s.r.Context()), s.from.Record
	_ = s.outside(func() error {
		found, err := record.Reload(call)
		if err != nil || found.Superseded {
			return err
		}
		values, err := s.m.judge(&found, nil)
		if err == nil {
			c := contentOf(values, &found)
			taken = len(without(c.flashes(), claimed)) == len(c.flashes())
		}
		return err
	})
	return taken
}

// unclaim gives back what a response has not shown that failed. The caller holds the lock.
func (s *Session) unclaim() {
	if s.changed == nil || len(s.flashes.claimed) == 0 || s.from.Record == nil {
		return
	}
	claimed := s.flashes.claimed
	s.flashes.claimed = nil
	if err := s.saveApart(giveBackEdit(claimed, &s.m.o), nil); err != nil {
		s.noteDropped(len(claimed))
	}
}

// saveApart saves an edit to what the record holds, without the session's other edits, if it is
// due.
func (s *Session) saveApart(e edit, due func() bool) error {
	s.await()
	base := s.now
	if len(s.edits) > 0 {
		values, err := rawjson.Parse(s.from.Payload, nil)
		if err != nil {
			return err
		}
		base = contentOf(values, &s.from)
	} else {
		base.values = base.object().Clone()
	}
	if err := e.again(&base); err != nil || due != nil && !due() {
		return err
	}
	line := buffer.Get()
	defer line.Free()
	line.B = append(line.B, s.m.prefix...)
	a := &attempt{from: &s.from, content: &base, edits: []edit{e}, stay: true, partial: true}
	return s.write(s.saveCall(s.r.Context()), a, line)
}

// logUnclaimed says why messages were not shown.
func (m *Manager) logUnclaimed(r *http.Request, err error) {
	m.o.logger().LogAttrs(r.Context(), slog.LevelWarn, "session: the flash messages could not be taken from the store; they wait for the next request",
		slog.String("request", describe(r)), slog.Any("error", err))
}
