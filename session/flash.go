package session

import (
	"html/template"
	"net/http"
	"slices"
)

// DefaultCategory is the category of a message that is flashed without one,
// the same as Flask's.
const DefaultCategory = "message"

// flashState is what one request knows of its flashes.
type flashState struct {
	read     bool      // the messages were taken (or, for HEAD, looked at)
	raw      []string  // those from earlier requests, as they were kept
	messages []Message // the same decoded
	now      []Message // those made with FlashNow
	kept     bool
}

// flashing makes room for what is known of the flashes. The caller holds the
// lock.
func (s *Session) flashing() *flashState {
	if s.flashes == nil {
		s.flashes = new(flashState)
	}
	return s.flashes
}

// Flash records a message for the next request.
func (s *Session) Flash(text string) { s.FlashAs(DefaultCategory, text) }

// FlashAs records a message of a category for the next request. Bytes that are
// not UTF-8 are kept as U+FFFD, so that what a visitor typed fails no page.
func (s *Session) FlashAs(category, text string) {
	s.flash(Message{Category: category, Text: text})
}

// FlashHTML records a message that is HTML: templates will not escape it, so
// it must hold nothing that a visitor typed without having been escaped.
func (s *Session) FlashHTML(category string, markup template.HTML) {
	s.flash(Message{Category: category, Text: string(markup), Markup: true})
}

func (s *Session) flash(msg Message) {
	raw := string(s.m.format.AppendMessage(nil, msg))
	s.do(flashOp(raw))
	s.m.observe(s.r.Context(), Event{Kind: EventFlashed, Name: msg.Category})
	if f := s.m.o.OnFlash; f != nil {
		f(s.r.Context(), msg)
	}
}

// FlashNow shows a message in this request only: it joins those that
// [Session.Flashes] returns from now on, and is kept nowhere.
func (s *Session) FlashNow(category, text string) {
	s.mu.Lock()
	s.begin()
	f := s.flashing()
	f.now = append(f.now, Message{Category: category, Text: text})
	s.mu.Unlock()
}

// Flashes returns the messages that earlier requests left, oldest first, and
// those of [Session.FlashNow]; of these, if categories are given, only the
// messages of one of them.
//
// The first call takes all messages out of the session, whatever their
// category, and later calls in the same request return the same messages. A
// message flashed before the first call is shown in this request, one flashed
// after it in the next. A request with the method HEAD has nobody to show them
// to, so there they are read but stay.
func (s *Session) Flashes(categories ...string) []Message {
	all, taken, late := s.takeFlashes()
	if late {
		s.m.reportLate(s, taken)
	}
	if len(categories) > 0 {
		all = slices.DeleteFunc(all, func(m Message) bool { return !slices.Contains(categories, m.Category) })
	}
	return all
}

func (s *Session) takeFlashes() (all []Message, taken op, late bool) {
	defer s.lock().Unlock()
	taken, late = s.readFlashes(s.r.Method == http.MethodHead)
	return slices.Concat(s.flashes.messages, s.flashes.now), taken, late
}

// KeepFlashes leaves the messages of this request for the next one too,
// whether they were read already or will be: for a handler that redirects
// once more. Those of [Session.FlashNow] are not kept. Where it is called before
// [Session.Flashes], messages that are flashed after it wait for the next
// request with the others.
func (s *Session) KeepFlashes() {
	if kept, late := s.keepFlashes(); late {
		s.m.reportLate(s, kept)
	}
}

func (s *Session) keepFlashes() (kept op, late bool) {
	defer s.lock().Unlock()
	f := s.flashing()
	switch {
	case f.kept:
	case f.read && len(f.raw) > 0 && s.r.Method != http.MethodHead:
		kept = keepOp(f.raw)
		late = s.perform(kept)
	default:
		s.readFlashes(true)
	}
	f.kept = true
	return kept, late
}

// readFlashes reads the messages if this request has not yet, and takes them
// out of the session unless they are to stay.
func (s *Session) readFlashes(stay bool) (taken op, late bool) {
	f := s.flashing()
	if f.read {
		return op{}, false
	}
	f.read = true
	if _, ok := s.values.find(flashesKey); !ok {
		return op{}, false
	}
	f.raw = s.values.flashes()
	f.messages = make([]Message, 0, len(f.raw))
	for _, raw := range f.raw {
		msg, err := s.m.format.DecodeMessage(raw)
		if err != nil {
			s.unreadable(flashesKey, msg, err)
			continue
		}
		f.messages = append(f.messages, msg)
	}
	if stay {
		return op{}, false
	}
	taken = takeOp(f.raw)
	return taken, s.perform(taken)
}
