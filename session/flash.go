package session

import (
	"cmp"
	"html/template"
	"log/slog"
	"net/http"
	"slices"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/browser"
	"github.com/wafer-go/wafer/session/internal/content"
	"github.com/wafer-go/wafer/session/internal/logtext"
)

// Flash records a message for the next request.
func (s *Session) Flash(text string) { s.FlashAs(DefaultCategory, text) }

// FlashAs records a message of a category for the next request. Bytes that are not UTF-8 become
// U+FFFD, so that what a visitor typed fails no page.
//
// At most [Options.MaxFlashes] messages wait; the oldest give way, and one that is larger than
// [Options.MaxFlashBytes] is dropped, which is reported. A message never fails a request.
func (s *Session) FlashAs(category, text string) {
	s.flash(Message{Category: category, Text: text})
}

// FlashHTML records a message that is HTML: templates do not escape it, so escape all that a
// visitor typed.
func (s *Session) FlashHTML(category string, markup template.HTML) {
	s.flash(Message{Category: category, Text: string(markup), Markup: true})
}

// FlashMessage records a message with all that it can have. An empty category is DefaultCategory.
// Data that is not JSON, or larger than [Options.MaxFlashBytes], is left out and logged as an
// error.
func (s *Session) FlashMessage(msg Message) {
	if msg.Category == "" {
		msg.Category = DefaultCategory
	}
	s.flash(msg)
}

func (s *Session) flash(msg Message) {
	raw, err := s.m.codec.AppendMessage(nil, msg)
	if err != nil || len(raw) > s.m.o.MaxFlashBytes && msg.Data != nil {
		s.m.logUnkept(s.r, msg.Category, err)
		msg.Data = nil
		if raw, err = s.m.codec.AppendMessage(nil, msg); err != nil {
			return
		}
	}
	s.addFlash(string(raw))
	s.m.observe(s.r.Context(), Event{Kind: EventFlashed, Name: msg.Category})
	if f := s.m.o.OnFlash; f != nil {
		f(s.r.Context(), msg)
	}
}

// addFlash adds a message to those of this request, which are one edit.
func (s *Session) addFlash(raw string) {
	s.lock()
	defer s.unlock()
	o := &s.m.o
	if len(raw) > o.MaxFlashBytes {
		s.noteDropped(1) // alone: those that wait would all give way to it, and in vain
		return
	}
	before := len(s.now.Flashes()) + s.now.TakeOlder()
	if e := s.lastUnsent(); e != nil && s.phase == open && e.Messages != nil {
		list := e.Messages
		*list = append(*list, raw)
		if len(*list)/2 >= o.MaxFlashes { // the older half was dropped from the session already
			*list = slices.Clone((*list)[len(*list)-o.MaxFlashes:])
		}
		s.now.AddFlash(raw, s.m.limits)
	} else {
		_ = s.perform(content.ToFlash(&[]string{raw}, s.m.limits))
	}
	s.noteDropped(before + 1 - len(s.now.Flashes()))
}

// FlashNow shows a message in this request only: it joins those that [Session.Flashes] returns from
// now on, and is kept nowhere.
func (s *Session) FlashNow(category, text string) {
	s.mu.Lock()
	defer s.unlock()
	s.use()
	f := s.useFlashes()
	f.now = append(f.now, Message{Category: cmp.Or(category, DefaultCategory), Text: text})
}

// Flashes returns the messages that earlier requests left, oldest first, and those of
// [Session.FlashNow]; if categories are given, only messages that have one of these.
//
// The first call removes all messages from the session, whatever their category; later calls in the
// same request return the same messages. A message flashed before the first call is shown in this
// request, one flashed after it in the next.
//
// A message is gone once a response has shown it. It stays if the response shows nothing: with the
// method HEAD or OPTIONS, the status 204, 205, 206, 304 or 416, for an image, style, script, font
// or the like, after a failed save, a panic, or when the client closed the connection. In a
// prefetch Flashes returns none. In a store, of two requests that ask at once one gets the
// messages.
func (s *Session) Flashes(categories ...string) []Message {
	s.lock()
	defer s.unlock()
	s.readFlashes()
	if s.flashes == nil {
		return nil
	}
	all := slices.Concat(s.flashes.shown, s.flashes.now)
	if len(categories) > 0 {
		all = slices.DeleteFunc(all, func(m Message) bool { return !slices.Contains(categories, m.Category) })
	}
	return all
}

// KeepFlashes leaves the messages of this request for the next one too, whether they were read
// already or will be. A handler that redirects once more needs it. If categories are given, it
// keeps only messages that have one of these; otherwise the values of [Field.Flash] stay too. Those
// of [Session.FlashNow] are not kept.
func (s *Session) KeepFlashes(categories ...string) {
	s.lock()
	defer s.unlock()
	f := s.useFlashes()
	f.kept = f.kept || len(categories) == 0
	f.keep = append(f.keep, categories...)
	if f.settled {
		s.giveBack(s.toKeep())
	}
}

// DiscardFlashes drops the messages that wait, without showing them. If categories are given, only
// messages that have one of these. Those that Flashes has returned in this request are not kept for
// the next either.
func (s *Session) DiscardFlashes(categories ...string) {
	s.lock()
	defer s.unlock()
	matches := func(raw string) bool { return len(categories) == 0 || s.m.isOf(raw, categories) }
	_ = s.perform(content.ToDiscard(matches))
	if s.flashes != nil {
		s.flashes.raw = slices.DeleteFunc(s.flashes.raw, matches)
	}
}

// isOf reports whether a message has one of the categories.
func (m *Manager) isOf(raw string, categories []string) bool {
	msg, err := m.codec.DecodeMessage(raw)
	return err == nil && slices.Contains(categories, msg.Category)
}

// lastUnsent returns the last edit if it can still be changed, that is, no save is under way, or
// nil. The caller holds the lock.
func (s *Session) lastUnsent() *content.Edit {
	edits := s.unsent()
	if s.stage != ready || len(edits) == 0 {
		return nil
	}
	return &edits[len(edits)-1]
}

// toKeep returns those of this request's messages that [Session.KeepFlashes] keeps.
func (s *Session) toKeep() []string {
	f := s.flashes
	if f.kept {
		return f.raw
	}
	return slices.DeleteFunc(slices.Clone(f.raw), func(raw string) bool { return !s.m.isOf(raw, f.keep) })
}

// readFlashes reads the messages if this request has not yet, and removes them from the session
// unless the request cannot show them. The caller holds the lock.
func (s *Session) readFlashes() {
	if s.did(readFlashes) {
		return
	}
	s.done |= readFlashes
	s.readOnce(driver.OnceKey)
	if !s.now.Has(driver.FlashesKey) {
		return
	}
	f := s.useFlashes()
	if s.from.Superseded || browser.IsPrefetch(s.r) {
		return // the session that moved has them, or they wait for the page that is opened
	}
	f.raw, f.cleared = slices.Clone(s.now.Flashes()), s.now.Cleared
	if browser.ShowsNothing(s.r) || f.kept {
		f.show(s)
		return
	}
	own, older := f.raw, s.now.TakeOlder()
	if s.from.Record != nil && s.phase != view {
		f.claimed, own = s.claim()
		f.raw = slices.Concat(f.claimed, own)
		if len(f.claimed) == 0 {
			older = 0 // another request has shown the newer ones
		}
	}
	_ = s.perform(content.ToTake(own))
	f.taken, f.read = true, len(f.raw)+older
	f.show(s)
	s.noteDropped(f.read - len(f.raw))
}

// show decodes the messages that were read, and drops the oldest if there are more than may wait:
// another program, or an earlier setting, may have had other limits. It leaves out what another
// program kept there in which there is nothing to show.
func (f *flashes) show(s *Session) {
	f.raw = s.m.limits.Newest(f.raw)
	f.shown = make([]Message, 0, len(f.raw))
	for _, raw := range f.raw {
		msg, err := s.m.codec.DecodeMessage(raw)
		if err != nil {
			s.tell(func() { s.logUnreadable(driver.FlashesKey, &msg, err) })
			continue
		}
		if msg.Text != "" || msg.Title != "" || msg.Data != nil || msg.Category != DefaultCategory {
			f.shown = append(f.shown, msg)
		}
	}
}

// settleFlashes decides whether the response with this status shows the messages that were read,
// keeps those that it does not, and reports whether it shows any. The caller holds the lock.
func (s *Session) settleFlashes(status int) bool {
	f := s.flashes
	if f == nil || f.settled {
		return false
	}
	f.settled = true
	if !f.taken && f.once == nil {
		return false
	}
	shown := browser.HasPage(status) && !browser.ShowsNothing(s.r) && !browser.IsPrefetch(s.r) && s.r.Context().Err() == nil
	if shown && !f.kept {
		s.sweepOnce()
	}
	if shown {
		s.giveBack(s.toKeep())
	} else {
		s.giveBack(f.raw)
	}
	return shown && f.taken
}

// giveBack keeps messages for the next request that were removed, unless the session that they were
// in has been cleared since: the next user must not see them. If that was the only edit, it is
// undone. The caller holds the lock.
func (s *Session) giveBack(list []string) {
	f := s.flashes
	if len(list) == 0 || !f.taken || s.now.Cleared && !f.cleared {
		return
	}
	all := len(list) == f.read
	f.raw = content.Without(f.raw, list)
	if e := s.lastUnsent(); e != nil && e.Kind == content.Take && all && len(f.claimed) == 0 {
		s.edits = s.edits[:len(s.edits)-1]
		s.now.SetFlashes(slices.Clone(list))
		return
	}
	_ = s.perform(content.ToGiveBack(list, s.m.limits))
}

// logUnkept says that a message cannot be kept as it is.
func (m *Manager) logUnkept(r *http.Request, category string, err error) {
	m.o.logger().LogAttrs(r.Context(), slog.LevelError, "session: a flash message's data is not kept",
		slog.String("category", logtext.Shown(category)), slog.Any("error", err))
}

// sweepOnce removes the values that this request has read, unless they were set again. The caller
// holds the lock.
func (s *Session) sweepOnce() {
	still := s.now.Once()
	keys := slices.DeleteFunc(slices.Clone(s.flashes.once), func(key string) bool {
		return !slices.Contains(still, key) || slices.Contains(s.flashes.again, key)
	})
	if len(keys) == 0 {
		return
	}
	_ = s.perform(content.ToSweep(keys))
}
