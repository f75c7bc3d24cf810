package flasksession_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"math"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/session"
)

// A program is a Go program with one visitor.
type program struct {
	t       *testing.T
	records *memory
	handler func(s *session.Session)
	serve   http.Handler
	cookie  string
	fails   error
}

func newProgram(t *testing.T, o *flasksession.Options) *program {
	t.Helper()
	p := &program{t: t, records: newMemory()}
	backend, err := flasksession.New(p.records, o)
	if err != nil {
		t.Fatal(err)
	}
	return p.with(backend)
}

// with makes a program of another backend.
func (p *program) with(backend session.Backend) *program {
	p.t.Helper()
	opts := flasksession.Defaults()
	opts.Logger = slog.New(slog.DiscardHandler)
	opts.ErrorHandler = func(_ http.ResponseWriter, _ *http.Request, err error) { p.fails = err }
	sessions, err := session.New(backend, opts)
	if err != nil {
		p.t.Fatal(err)
	}
	p.serve = sessions.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { p.handler(session.From(r)) }))
	return p
}

// visit runs a handler, keeps the cookie, and returns the error of the save.
func (p *program) visit(handler func(s *session.Session)) error {
	p.t.Helper()
	p.handler, p.fails = handler, nil
	r := httptest.NewRequest("GET", "/", nil)
	if p.cookie != "" {
		r.Header.Set("Cookie", p.cookie)
	}
	w := httptest.NewRecorder()
	p.serve.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		p.cookie = c.Name + "=" + c.Value
	}
	return p.fails
}

// record returns the one record that there is.
func (p *program) record() string {
	p.t.Helper()
	if len(p.records.rows) != 1 {
		p.t.Fatalf("there are %d records", len(p.records.rows))
	}
	for _, r := range p.records.rows {
		return string(r.Data)
	}
	return ""
}

func TestSave_MakesNewSessionsPermanent(t *testing.T) {
	for not, want := range map[bool]string{false: `{"a":1,"_permanent":true}`, true: `{"a":1}`} {
		p := newProgram(t, &flasksession.Options{Serialization: flasksession.JSON, NotPermanent: not})
		if err := p.visit(func(s *session.Session) { s.Set("a", 1) }); err != nil {
			t.Fatal(err)
		}
		if got := p.record(); got != want {
			t.Errorf("the record is %s, not %s", got, want)
		}
	}
	p := newProgram(t, &flasksession.Options{Serialization: flasksession.JSON})
	_ = p.visit(func(s *session.Session) { s.SetPermanent(false) })
	if got := p.record(); got != `{"_permanent":false}` {
		t.Errorf("the record of a session that is not to be permanent is %s", got)
	}
}

func TestSave_OfMessages(t *testing.T) {
	flashes := func(s *session.Session) {
		s.Flash("plain")
		s.FlashHTML("info", "<b>bold</b>")
		s.FlashMessage(session.Message{Category: "error", Title: "Title", Text: "text", Data: json.RawMessage(`1`)})
	}
	// In JSON they are as Flask has them. Markup is text there, whose tags show.
	p := newProgram(t, &flasksession.Options{Serialization: flasksession.JSON, NotPermanent: true})
	if err := p.visit(flashes); err != nil {
		t.Fatal(err)
	}
	if got := p.record(); got != `{"_flashes":[["message","plain"],["info","\u003cb\u003ebold\u003c/b\u003e"],["error","Title: text"]]}` {
		t.Errorf("the record is %s", got)
	}
	for name, s := range serializations {
		p := newProgram(t, &flasksession.Options{Serialization: s})
		if err := p.visit(flashes); err != nil {
			t.Fatal(err)
		}
		var got []session.Message
		_ = p.visit(func(s *session.Session) { got = s.Flashes() })
		pickled := s == flasksession.Pickle || s == flasksession.CachelibPickle
		want := []session.Message{
			{Category: "message", Text: "plain"},
			{Category: "info", Text: "<b>bold</b>", Markup: pickled},
			{Category: "error", Text: "Title: text"},
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: the messages are %v, not %v", name, got, want)
		}
	}
}

func TestCodec_RefusesWhatTheFormatCannotHold(t *testing.T) {
	for _, c := range []struct {
		value any
		says  string // in MessagePack
	}{
		{template.HTML("<b>"), "no Markup"},
		{[]any{flask.UUID{1}}, "no UUIDs"},
		{new(big.Int).Lsh(big.NewInt(1), 70), "64 bits"},
		{"\xed\xa0\x80", "UTF-8"},
	} {
		var value *session.ValueError
		p := newProgram(t, nil)
		err := p.visit(func(s *session.Session) { s.Set("a", c.value) })
		if !errors.As(err, &value) || value.Key != "a" || !strings.Contains(err.Error(), c.says) {
			t.Errorf("in MessagePack, a %T is the error %v", c.value, err)
		}
		p = newProgram(t, &flasksession.Options{Serialization: flasksession.Pickle})
		if err := p.visit(func(s *session.Session) { s.Set("a", c.value) }); err != nil {
			t.Errorf("in a pickle, a %T is the error %v", c.value, err)
		}
	}
}

func TestCodec_OfJSON(t *testing.T) {
	p := newProgram(t, &flasksession.Options{Serialization: flasksession.JSON, NotPermanent: true})
	for _, v := range []any{math.NaN(), math.Inf(1)} {
		if err := p.visit(func(s *session.Session) { s.Set("a", v) }); err == nil {
			t.Errorf("%v is written as %s", v, p.record())
		}
	}
	at := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	if err := p.visit(func(s *session.Session) { s.Set("a", at) }); err != nil || p.record() != `{"a":"2024-01-02T03:04:05Z"}` {
		t.Errorf("a time is written as %s (%v)", p.record(), err)
	}
	_ = p.visit(func(s *session.Session) {
		if back, _ := session.Field[time.Time]("a").Get(s); !back.Equal(at) {
			t.Errorf("it is read as %v", back)
		}
	})
}

// A value of a type that Go has no form for is there, and stays as it is until it is deleted.
func TestLoad_KeepsWhatGoCannotRead(t *testing.T) {
	const span = "\x8c\x08datetime\x8c\x09timedelta\x93K\x01K\x02K\x03\x87R"
	p := newProgram(t, &flasksession.Options{Serialization: flasksession.Pickle})
	p.records.put("session:"+id, []byte("\x80\x04}(\x8c\x04span"+span+"\x8c\x01aK\x01u."))
	p.cookie = "session=" + id
	if err := p.visit(func(s *session.Session) {
		var v any
		if !s.Has("span") || s.Len() != 2 {
			t.Errorf("the session has %q", s.Keys())
		}
		if _, ok := session.Field[any]("span").Get(s); ok {
			t.Errorf("the value is %v", v)
		}
		s.Set("b", 2)
	}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(p.record(), "\x8c\x04span\x8c\x08datetime\x8c\x09timedelta\x93(K\x01K\x02K\x03tR") {
		t.Errorf("the record is %q", p.record())
	}
	if err := p.visit(func(s *session.Session) { s.Delete("span") }); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(p.record(), "span") {
		t.Errorf("the record is %q", p.record())
	}
}

// After Flask-Session was upgraded from 0.5 to 0.8, pickles are read and MessagePack is written.
func TestLoad_ReadsOtherSerializations(t *testing.T) {
	for _, v := range vectors(t) {
		if v.Name != "plain" {
			continue
		}
		p := newProgram(t, nil)
		p.records.put("session:"+id, v.data(t))
		p.cookie = "session=" + id
		if err := p.visit(func(s *session.Session) {
			if user, _ := session.Field[string]("user").Get(s); user != "ada" {
				t.Errorf("%s: the session has %q", v.By, s.Keys())
			}
			s.Set("b", 2)
		}); err != nil {
			t.Errorf("%s: %v", v.By, err)
		}
		if got := p.record(); got[0]&0xf0 != 0x80 || !strings.Contains(got, "\xa1b\x02") {
			t.Errorf("%s: it is written as %q", v.By, got)
		}
	}
}

// newSigned is flasksession.NewSigned with a key.
func newSigned(records flasksession.Records, o *flasksession.Options) (session.Backend, error) {
	return flasksession.NewSigned("4f1c0b6d2a9e8f7c5b3a1d0e9f8c7b6a", records, o)
}

func TestLoad_OfSignedIDs(t *testing.T) {
	// Python: Signer(key, salt="flask-session", key_derivation="hmac").sign(id)
	const signedID = "flask-session-vector-0123456789abcdefghijkl.31EKiiPp5X1-6KxyxIZ2uR9OV2A"
	for cookie, ok := range map[string]bool{signedID: true, id: false, id + ".": false, signedID[:len(signedID)-1]: false} {
		p := &program{t: t, records: newMemory()}
		backend, err := newSigned(p.records, nil)
		if err != nil {
			t.Fatal(err)
		}
		p.with(backend)
		p.records.put("session:"+id, []byte("\x81\xa1a\x01"))
		p.cookie = "session=" + cookie
		_ = p.visit(func(s *session.Session) {
			if s.Has("a") != ok {
				t.Errorf("with the cookie %s the session has %q", cookie, s.Keys())
			}
		})
	}
}

func TestNew_Errors(t *testing.T) {
	for says, f := range map[string]func() error{
		"needs records":               func() error { _, err := flasksession.New(nil, nil); return err },
		"SECRET_KEY, and it is empty": func() error { _, err := flasksession.NewSigned("", newMemory(), nil); return err },
		"no Serialization 9": func() error {
			_, err := flasksession.New(newMemory(), &flasksession.Options{Serialization: 9})
			return err
		},
		"drop one of them": func() error {
			_, err := flasksession.New(newMemory(), &flasksession.Options{KeyPrefix: "a", NoKeyPrefix: true})
			return err
		},
		"no purpose": func() error {
			b, err := flasksession.New(newMemory(), nil)
			if err == nil {
				_, err = session.New(b, &session.Options{Purpose: "admin"})
			}
			return err
		},
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("the error is %v, which should say %q", err, says)
		}
	}
}

func TestDriver_ReportsWhenTheRecordEnds(t *testing.T) {
	p := newProgram(t, nil)
	_ = p.visit(func(s *session.Session) { s.Set("a", 1) })
	_ = p.visit(func(s *session.Session) {
		if left := time.Until(s.ExpiresAt()); left < 30*24*time.Hour || left > 32*24*time.Hour {
			t.Errorf("the session ends in %v", left)
		}
	})
}
