package flasksession_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/session"
)

// A visitor clicks twice on "sign in", and both requests have read the session before either saves.
func TestSave_TwoSignInsAtOnce(t *testing.T) {
	p := newProgram(t, &flasksession.Options{Serialization: flasksession.JSON})
	if err := p.visit(func(s *session.Session) { s.Set("theme", "dark") }); err != nil {
		t.Fatal(err)
	}
	before := p.cookie
	var first error
	second := p.visit(func(s *session.Session) {
		s.Keys()
		first = p.visit(func(s *session.Session) { s.SignIn("ada") })
		p.fails = nil
		s.SignIn("ada")
	})
	if first != nil || second != nil {
		t.Fatalf("the first sign-in failed with %v, the second with %v", first, second)
	}
	if err := p.visit(func(s *session.Session) {
		if theme := s.Value("theme"); s.Owner() != "ada" || theme != "dark" {
			t.Errorf("the session of the second is %q's, with the theme %v", s.Owner(), theme)
		}
	}); err != nil {
		t.Error(err)
	}

	// A request that does something else cannot change the session that has moved on.
	p.cookie = before
	if err := p.visit(func(s *session.Session) { s.Set("theme", "light") }); err == nil {
		t.Error("a change under the old ID was saved")
	}
}

// A record in another format than the program writes is logged: Flask-Session before 0.7 does not
// read what the next save writes.
func TestLoad_OfAnotherSerializationIsLogged(t *testing.T) {
	for _, s := range []flasksession.Serialization{flasksession.Pickle, flasksession.MessagePack} {
		records := newMemory()
		writer, err := flasksession.New(records, &flasksession.Options{Serialization: s})
		if err != nil {
			t.Fatal(err)
		}
		reader, err := flasksession.New(records, nil)
		if err != nil {
			t.Fatal(err)
		}
		p := (&program{t: t, records: records}).with(writer)
		if err := p.visit(func(s *session.Session) { s.Set("a", 1) }); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		opts := flasksession.Defaults()
		opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
		sessions, err := session.New(reader, opts)
		if err != nil {
			t.Fatal(err)
		}
		p.serve = sessions.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { session.From(r).Keys() }))
		for range 2 {
			_ = p.visit(nil)
		}
		want := map[flasksession.Serialization]int{flasksession.Pickle: 1}[s]
		if n := strings.Count(log.String(), "by=flask-session-pickle"); n != want || strings.Count(log.String(), "\n") != want {
			t.Errorf("of records in format %d, the log has\n%s", s, log.String())
		}
	}
}
