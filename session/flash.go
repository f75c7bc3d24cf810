package session

import (
	"encoding/json"
	"html/template"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/buffer"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// Message is one flash message.
type Message = driver.Message

// DefaultCategory is the category of a message that is flashed without one, the same as Flask's.
const DefaultCategory = driver.DefaultCategory

// flashes is what one request knows of its messages.
type flashes struct {
	taken   bool      // they are not in the session anymore
	kept    bool      // they are to be there in the next request too
	settled bool      // the response is decided
	raw     []string  // those that were read, as they were written
	claimed []string  // those of raw that the store has no longer
	shown   []Message // the same, decoded
	now     []Message // those of FlashNow
	once    []string  // the keys of values for this request only; see Field.Flash
}

// Flash records a message for the next request.
func (s *Session) Flash(text string) { s.FlashAs(DefaultCategory, text) }

// FlashAs records a message of a category for the next request. Bytes that are not UTF-8 become
// U+FFFD, so that what a visitor typed fails no page.
//
// At most [Options.MaxFlashes] messages wait; the oldest give way, which is reported. A message
// never fails a request.
func (s *Session) FlashAs(category, text string) {
	s.FlashMessage(Message{Category: category, Text: text})
}

// FlashHTML records a message that is HTML: templates do not escape it, so escape all that a
// visitor typed.
func (s *Session) FlashHTML(category string, markup template.HTML) {
	s.FlashMessage(Message{Category: category, Text: string(markup), Markup: true})
}

// FlashMessage records a message with all that it can have. An empty category is DefaultCategory.
// Data that is not JSON, or larger than [Options.MaxFlashBytes], is left out and logged as an
// error.
func (s *Session) FlashMessage(msg Message) {
	if msg.Category == "" {
		msg.Category = DefaultCategory
	}
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
	before := len(s.now.flashes())
	if n := len(s.edits); s.phase == open && s.stage == ready && n > s.sentEdits && s.edits[n-1].messages != nil {
		list := s.edits[n-1].messages
		*list = append(*list, raw)
		if len(*list) >= 2*o.MaxFlashes { // the older half was dropped from the session already
			*list = slices.Clone((*list)[len(*list)-o.MaxFlashes:])
		}
		s.now.addFlash(raw, o.MaxFlashes, o.MaxFlashBytes)
	} else {
		_ = s.perform(flashEdit(&[]string{raw}, o))
	}
	if dropped := before + 1 - len(s.now.flashes()); dropped > 0 {
		s.noteDropped(dropped)
	}
}

// FlashNow shows a message in this request only: it joins those that [Session.Flashes] returns from
// now on, and is kept nowhere.
func (s *Session) FlashNow(category, text string) {
	s.mu.Lock()
	defer s.unlock()
	s.use()
	s.change().flashes.now = append(s.flashes.now, Message{Category: category, Text: text})
}

// Flashes returns the messages that earlier requests left, oldest first, and those of
// [Session.FlashNow]; if categories are given, only messages that have one of these.
//
// The first call removes all messages from the session, whatever their category; later calls in the
// same request return the same messages. A message flashed before the first call is shown in this
// request, one flashed after it in the next.
//
// A message is gone once a response has shown it. It stays if the response shows nothing: with the
// method HEAD or OPTIONS, the status 204 or 304, for an image, style, script, font or the like,
// after a failed save, a panic, or when the client closed the connection. In a prefetch Flashes
// returns none. In a store, of two requests that ask at once one gets the messages.
func (s *Session) Flashes(categories ...string) []Message {
	s.lock()
	defer s.unlock()
	s.readFlashes()
	if s.changed == nil {
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
// keeps only messages that have one of these. Those of [Session.FlashNow] are not kept.
func (s *Session) KeepFlashes(categories ...string) {
	s.lock()
	defer s.unlock()
	if len(categories) == 0 {
		s.change().flashes.kept = true
		if s.flashes.settled {
			s.giveBack(s.flashes.raw)
		}
		return
	}
	s.readFlashes()
	s.giveBack(s.matching(categories))
}

// DiscardFlashes drops the messages that wait, without showing them. If categories are given, only
// messages that have one of these. Those that Flashes has returned in this request are not kept for
// the next either.
func (s *Session) DiscardFlashes(categories ...string) {
	s.lock()
	defer s.unlock()
	codec := s.m.codec
	matches := func(raw string) bool {
		m, err := codec.DecodeMessage(raw)
		return len(categories) == 0 || err == nil && slices.Contains(categories, m.Category)
	}
	_ = s.perform(edit{name: "discard flashes", apply: func(c *content) (bool, error) {
		before := c.flashes()
		after := slices.DeleteFunc(slices.Clone(before), matches)
		if len(after) != len(before) {
			c.setFlashes(after)
		}
		return len(after) != len(before), nil
	}})
	if s.changed != nil {
		s.flashes.raw = slices.DeleteFunc(s.flashes.raw, matches)
	}
}

// matching returns those of this request's messages that have one of the categories.
func (s *Session) matching(categories []string) []string {
	var found []string
	for _, raw := range s.flashes.raw {
		if m, err := s.m.codec.DecodeMessage(raw); err == nil && slices.Contains(categories, m.Category) {
			found = append(found, raw)
		}
	}
	return found
}

// readFlashes reads the messages if this request has not yet, and removes them from the session
// unless the request cannot show them. The caller holds the lock.
func (s *Session) readFlashes() {
	if s.flashesRead {
		return
	}
	s.flashesRead = true
	s.readOnce(driver.OnceKey)
	if _, ok := s.now.get(driver.FlashesKey); !ok {
		return
	}
	f := &s.change().flashes
	if s.from.Superseded || isPrefetch(s.r) {
		return // the session that moved has them, or they wait for the page that is opened
	}
	f.raw = slices.Clone(s.now.flashes())
	if showsNothing(s.r) || f.kept && !f.settled {
		f.show(s)
		return
	}
	own := f.raw
	if s.from.Record != nil && !s.from.Accepted && s.phase != view { // what is to move does so at the commit
		f.claimed, own = s.claim()
		f.raw = slices.Concat(f.claimed, own)
	}
	_ = s.perform(takeEdit(own))
	f.taken = true
	f.show(s)
}

// show decodes the messages that were read.
func (f *flashes) show(s *Session) {
	f.shown = make([]Message, 0, len(f.raw))
	for _, raw := range f.raw {
		msg, err := s.m.codec.DecodeMessage(raw)
		if err != nil {
			s.tell(func() { s.m.logUnreadable(s.r, driver.FlashesKey, &msg, err) })
			continue
		}
		f.shown = append(f.shown, msg)
	}
}

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
	if err := s.saveApart(take, func() bool { return len(claimed) > 0 }); err != nil {
		// They wait for the next request. A store that cannot be reached fails this one when it is
		// saved, and a session that has ended has no messages.
		s.tell(func() { s.m.logUnclaimed(s.r, err) })
		return nil, nil
	}
	return claimed, slices.Clone(s.now.flashes()) // those of earlier requests are not among them anymore
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
	a := &attempt{from: s.from, content: &base, edits: []edit{e}, stay: true, partial: true}
	return s.write(s.saveCall(s.r.Context()), a, line)
}

// settleFlashes decides whether the response with this status shows the messages that were read,
// keeps those that it does not, and reports whether it shows any. The caller holds the lock.
func (s *Session) settleFlashes(status int) bool {
	if s.changed == nil || s.flashes.settled {
		return false
	}
	f := &s.flashes
	f.settled = true
	shown := status != http.StatusNoContent && status != http.StatusNotModified && !showsNothing(s.r) &&
		!isPrefetch(s.r) && s.r.Context().Err() == nil
	if shown {
		s.sweepOnce()
	}
	if !shown || f.kept {
		s.giveBack(f.raw)
	}
	return shown && f.taken
}

// giveBack keeps messages for the next request that were removed. If that was the only edit, it is
// undone. The caller holds the lock.
func (s *Session) giveBack(list []string) {
	f := &s.flashes
	if len(list) == 0 || !f.taken {
		return
	}
	if n := len(s.edits); len(f.claimed) == 0 && n > s.sentEdits && s.edits[n-1].name == takeName && len(list) == len(f.raw) {
		s.edits = s.edits[:n-1]
		s.now.setFlashes(slices.Clone(list))
		return
	}
	_ = s.perform(giveBackEdit(list, &s.m.o))
}

// giveWay drops the oldest messages of a session that is too large, half of them at a time, and
// reports whether there were any: they give way before values do.
func (s *Session) giveWay(a *attempt) bool {
	n := len(a.content.flashes())
	if n == 0 {
		return false
	}
	s.noteDropped(a.content.trimFlashes(n/2, s.m.o.MaxFlashBytes))
	return true
}

// isPrefetch reports whether a browser loads a page in advance that may never be opened.
func isPrefetch(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Sec-Purpose"), "prefetch")
}

// showsNothing reports whether a request's response shows no message, whatever is in it. "empty" is
// not among the destinations: a fetch says it, and a navigation through a service worker too.
func showsNothing(r *http.Request) bool {
	switch r.Method {
	case http.MethodHead, http.MethodOptions:
		return true
	}
	switch r.Header.Get("Sec-Fetch-Dest") {
	case "image", "style", "script", "font", "audio", "video", "track", "manifest":
		return true
	}
	return false
}

// Flash sets the value for the next request only: what was typed into a form, to show it again
// beside the error. It is removed when a response is shown in which a value of Flash, or the
// messages, were read.
func (f Field[T]) Flash(s *Session, value T) {
	f.Set(s, value)
	_ = s.do(edit{name: flashValueName, member: rawjson.Member{Key: string(f)}, apply: func(c *content) (bool, error) {
		keys := append(c.once(), string(f))
		slices.Sort(keys)
		c.setOnce(slices.Compact(keys))
		return true, nil
	}})
}

// once returns the keys of the values for the next request only.
func (c *content) once() []string {
	var keys []string
	if m, ok := c.get(driver.OnceKey); ok {
		_ = json.Unmarshal([]byte(m.Raw), &keys)
	}
	return keys
}

func (c *content) setOnce(keys []string) {
	if len(keys) == 0 {
		c.delete(driver.OnceKey)
		return
	}
	raw, _ := json.Marshal(keys) // strings can be encoded
	c.set(&rawjson.Member{Key: driver.OnceKey, Raw: string(raw)})
}

// readOnce notes that a value was read, or with driver.OnceKey the messages. The caller holds the
// lock.
func (s *Session) readOnce(key string) {
	if _, ok := s.now.get(driver.OnceKey); !ok || s.changed != nil && s.flashes.once != nil {
		return
	}
	if keys := s.now.once(); key == driver.OnceKey || slices.Contains(keys, key) {
		s.change().flashes.once = keys
	}
}

// sweepOnce removes the values that this request has read, unless they were set again. The caller
// holds the lock.
func (s *Session) sweepOnce() {
	keys := s.flashes.once
	for _, e := range s.edits {
		if e.name == flashValueName {
			keys = slices.DeleteFunc(keys, func(key string) bool { return key == e.member.Key })
		}
	}
	if len(keys) == 0 {
		return
	}
	_ = s.perform(edit{name: "sweep", apply: func(c *content) (bool, error) {
		for _, key := range keys {
			c.delete(key)
		}
		c.setOnce(slices.DeleteFunc(c.once(), func(key string) bool { return slices.Contains(keys, key) }))
		return true, nil
	}})
}

// logUnkept says that a message cannot be kept as it is.
func (m *Manager) logUnkept(r *http.Request, category string, err error) {
	m.o.logger().LogAttrs(r.Context(), slog.LevelError, "session: a flash message's data is not kept",
		slog.String("category", category), slog.Any("error", err))
}

// logUnclaimed says why messages were not shown.
func (m *Manager) logUnclaimed(r *http.Request, err error) {
	m.o.logger().LogAttrs(r.Context(), slog.LevelWarn, "session: the flash messages could not be taken from the store; they wait for the next request",
		slog.String("request", describe(r)), slog.Any("error", err))
}
