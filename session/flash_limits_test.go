package session_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// A message of exactly MaxFlashBytes waits with all that it has; one of a byte more gives up its
// data, or is dropped if it has none.
func TestMaxFlashBytes_IsTheLargestThatWaits(t *testing.T) {
	for name, msg := range map[string]session.Message{
		"text": {Text: strings.Repeat("x", 100)},
		"data": {Text: "hello", Data: json.RawMessage(`"` + strings.Repeat("x", 100) + `"`)},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVisitor(t, session.Options{})
			v.with(func(s *session.Session) { s.FlashMessage(msg) })
			size := 0
			for _, value := range v.inspect().Values {
				size = len(value.JSON) - len("[]")
			}
			for limit, kept := range map[int]bool{size: true, size - 1: false} {
				v := newVisitor(t, session.Options{MaxFlashBytes: limit})
				v.with(func(s *session.Session) { s.FlashMessage(msg) })
				v.with(func(s *session.Session) {
					got := s.Flashes()
					if whole := len(got) == 1 && got[0].Text == msg.Text && string(got[0].Data) == string(msg.Data); whole != kept || !kept && msg.Data != nil && len(got) != 1 {
						t.Errorf("with a limit of %d for a message of %d bytes, waiting are %v", limit, size, got)
					}
				})
			}
		})
	}
}

// A program that lowers MaxFlashes is told of all that give way, also of those that it never read.
func TestMaxFlashes_LoweredCountsAllThatGiveWay(t *testing.T) {
	key, dropped := secret.New(), 0
	before := newVisitorOf(t, session.Signed(key), session.Options{})
	before.with(func(s *session.Session) {
		for range 20 {
			s.Flash("one")
		}
	})
	v := newVisitorOf(t, session.Signed(key), session.Options{MaxFlashes: 5, Observe: func(_ context.Context, e session.Event) {
		if e.Kind == session.EventFlashesDropped {
			dropped += e.Count
		}
	}})
	v.cookies = before.cookies
	v.with(func(s *session.Session) { s.Flash("another") })
	if dropped != 16 {
		t.Errorf("%d are dropped, want 16", dropped)
	}
	v.with(func(s *session.Session) { wantFlashes(t, s, strings.Repeat("message:one ", 4)+"message:another") })
}

// The second Commit sets no cookie, because the messages are in no record anymore. It shows some.
func TestCommit_AgainShowsWhatWasReadSince(t *testing.T) {
	v, _ := newStoredVisitor(t, session.Options{})
	v.with(func(s *session.Session) { s.Flash("one"); s.Set("kept", 1) })
	r, w := httptest.NewRequest("GET", "https://example.com/", nil), httptest.NewRecorder()
	r.Header["Cookie"] = v.cookies
	s, err := v.m.Load(r)
	if err != nil {
		t.Fatal(err)
	}
	s.FlashNow("", "now")
	for i, want := range []string{"", "no-store"} {
		if i == 1 {
			wantFlashes(t, s, "message:one message:now")
		}
		if err := v.m.Commit(w, r, s); err != nil {
			t.Fatal(err)
		}
		if got := w.Header().Get("Cache-Control"); got != want {
			t.Errorf("Commit %d: Cache-Control is %q, want %q", i+1, got, want)
		}
	}
}

func TestCommit_OfASessionThatNothingUsedIsNothing(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.do(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		if err := v.m.Commit(w, r, s); err != nil || len(w.Header()) != 0 {
			t.Errorf("Commit returns %v, and the header is %v", err, w.Header())
		}
	})
}
