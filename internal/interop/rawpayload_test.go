package interop

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session"
)

// A rawCase is a payload that some program with the key signed, and that
// Flask itself would have spelled otherwise or not made at all.
type rawCase struct {
	payload string

	// broken says that the payload was damaged and may be no JSON any more, or
	// hold tags with foreign content. Flask then answers 500. We differ (5): an
	// empty session, or, where only a value is broken, a session without it. Python
	// also reads some foreign content of tags that we refuse.
	broken bool

	// notObject says that the payload is JSON for something else. Flask takes
	// what is empty for an empty session, makes a session of a list of pairs,
	// and answers 500 to the rest. We differ (5): always an empty session.
	notObject bool
}

func (r *random) rawCase() rawCase {
	sh := shape{surrogates: true}
	spell := speller{r, true}
	switch r.IntN(6) {
	case 0:
		return rawCase{payload: spell.json(r.value(sh, 2)), notObject: true}
	case 1:
		// Of a key that is there twice, we do not look at the first value.
		spell.duplicates = false
		c := rawCase{payload: spell.json(r.session(sh)), broken: true}
		at := r.IntN(len(c.payload))
		switch r.IntN(4) {
		case 0:
			c.payload = c.payload[:at] + c.payload[at+1:]
		case 1:
			c.payload = c.payload[:at]
		case 2:
			c.payload = c.payload[:at] + pick(r, "\x00", "\x1f", "\xff", "\xed\xa0\x80", "\"", "\\", "{", "}", "[", "]", ",", ":", "0", "e", ".", "-", "N", "\u00a0", "\ufeff", "\v") + c.payload[at:]
		case 3:
			c.payload += pick(r, "}", " x", ",", "{}", "\x00", "\u00a0", "null")
		}
		return c
	}
	return rawCase{payload: spell.space() + spell.json(r.session(sh)) + spell.space()}
}

// unreadable collects the reasons for which Go did not read a value.
type unreadable struct {
	slog.Handler
	reasons []string
}

func (u *unreadable) Enabled(context.Context, slog.Level) bool { return true }

func (u *unreadable) Handle(_ context.Context, record slog.Record) error {
	record.Attrs(func(a slog.Attr) bool {
		if a.Key == "reason" {
			u.reasons = append(u.reasons, a.Value.String())
		}
		return true
	})
	return nil
}

func TestOddlySpelledPayloadsAreReadAsFlaskReadsThem(t *testing.T) {
	p := startPython(t)
	eachCase(t, cases, func(t *testing.T, r *random, count counts) {
		c := r.rawCase()
		sign := r.flaskSigning()
		var made struct {
			Token string `json:"token"`
		}
		p.must(t, map[string]any{"op": "sign_raw", "cfg": sign, "time": 1700000000, "payload": hex.EncodeToString([]byte(c.payload))}, &made)
		var read loaded
		if err := p.do(t, map[string]any{"op": "load", "cfg": sign, "time": 1700000000, "max_age": 1, "token": made.Token}, &read); err != nil {
			read.Verdict = err.Error() // another exception: Flask answers 500 as well
		}
		log := &unreadable{Handler: slog.DiscardHandler}
		goProgram := newProgram(t, sign, 1700000000, decade, log)
		_, s := goProgram.load(t, made.Token)
		got := description{Kind: "dict"}
		missing := 0
		for _, key := range s.Keys() {
			v, ok := session.Field[any](key).Get(s)
			if !ok {
				missing++
				continue
			}
			got = got.with(escape(key), describe(t, v))
		}
		if goProgram.refused != nil && !errors.Is(goProgram.refused, session.ErrBadPayload) {
			t.Errorf("Go refuses it as %v", goProgram.refused)
		}
		whole := goProgram.refused == nil && missing == 0
		switch {
		case read.Verdict == "ok" && read.Value.Kind == "dict":
			if goProgram.refused != nil {
				if c.notObject && len(read.Value.Names) == 0 {
					count["what is not an object but empty to Python"]++
					return
				}
				if c.broken && isTagged(log.reasons, goProgram.refused) {
					count["foreign tags that only Python reads"]++
					return
				}
				t.Fatalf("Flask reads %.400s and Go refuses it: %v\n%.800q", read.Value, goProgram.refused, c.payload)
			}
			if missing > 0 {
				if !c.broken || !isTagged(log.reasons, nil) {
					t.Fatalf("Flask reads %.400s and Go does not read %d values: %v\n%.800q", read.Value, missing, log.reasons, c.payload)
				}
				count["foreign tags that only Python reads"]++
				return
			}
			wantSame(t, "Go reads", got, read.Value)
			count["read"]++
		case read.Verdict == "ok":
			count["what is not an object"]++
			if goProgram.refused == nil {
				t.Errorf("Flask reads %s, which is no dict, and Go takes it\n%.800q", read.Value, c.payload)
			}
		default:
			count["broken"]++
			if whole {
				t.Errorf("Flask says %.400s and Go reads all of it, %s\n%.800q", read.Verdict, got, c.payload)
			}
			if !c.broken && !c.notObject {
				t.Errorf("the test meant to make a good payload, and Flask says %s\n%.800q", read.Verdict, c.payload)
			}
		}
	})
}

// isTagged reports whether Go's reasons are all that a tag's content is not
// what Flask writes there.
func isTagged(reasons []string, refused error) bool {
	if refused != nil {
		reasons = append(reasons, refused.Error())
	}
	for _, reason := range reasons {
		if !strings.Contains(reason, "tag") && !strings.Contains(reason, "UUID") && !strings.Contains(reason, "is not a dict") {
			return false
		}
	}
	return true
}
