package session_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// rawLog is a slog.Handler that writes each attribute as it is, as a handler may.
type rawLog struct{ lines *[]string }

func (rawLog) Enabled(context.Context, slog.Level) bool { return true }
func (b rawLog) WithAttrs([]slog.Attr) slog.Handler     { return b }
func (b rawLog) WithGroup(string) slog.Handler          { return b }
func (b rawLog) Handle(_ context.Context, r slog.Record) error {
	line := r.Message
	r.Attrs(func(a slog.Attr) bool { line += " " + a.Key + "=" + a.Value.String(); return true })
	*b.lines = append(*b.lines, line)
	return nil
}

// Keys, paths, categories, methods and hosts from visitors stay on one line of a log, or of an
// error, and are cut.
func TestLog_WhatVisitorsSendStaysOnOneShortLine(t *testing.T) {
	for name, text := range map[string]string{
		"newline": "a\nlevel=ERROR msg=forged", "return": "a\rb", "control": "a\x00\x1b[31mb", "invalid": "a\xff\xfeb", "separator": "a\u2028b\u0085c", "bidi": "a\u202eb",
		"long": strings.Repeat("k", 100_000), "long and invalid": strings.Repeat("\xff", 100_000), "long of many bytes": strings.Repeat("é\n", 50_000),
	} {
		t.Run(name, func(t *testing.T) {
			var lines []string
			var errs []error
			m := quiet(t, session.Signed(secret.New()), session.Options{
				Logger: slog.New(rawLog{&lines}),
				ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
					errs = append(errs, err)
					w.WriteHeader(500)
				},
				Cookie: session.Cookie{Name: "app", Path: "/app"},
			})
			for _, use := range []func(w http.ResponseWriter, s *session.Session){
				func(_ http.ResponseWriter, s *session.Session) { s.Set(text, func() {}) },
				func(_ http.ResponseWriter, s *session.Session) { s.Set(text, strings.Repeat("v", 5000)) },
				func(_ http.ResponseWriter, s *session.Session) {
					s.Set(text, "x")
					session.Field[int](text).Get(s)
					s.Delete(text)
				},
				func(w http.ResponseWriter, s *session.Session) {
					_ = http.NewResponseController(w).Flush()
					s.Set(text, 1)
					s.Delete(text)
				},
				func(_ http.ResponseWriter, s *session.Session) {
					s.FlashMessage(session.Message{Category: text, Data: []byte("{")})
				},
				func(_ http.ResponseWriter, s *session.Session) { s.Set(text, 1); panic("boom") },
				func(_ http.ResponseWriter, s *session.Session) { s.SignIn(text) },
			} {
				for _, within := range []string{"/app/", "/"} {
					r := httptest.NewRequest("GET", "http://example.com/", nil)
					r.URL.Path, r.Method, r.Host = within+text, "GET"+text, "example.com"+text
					r.URL.RawPath, r.RequestURI = "", within
					func() {
						defer func() { _ = recover() }()
						m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { use(w, session.From(r)) })).ServeHTTP(httptest.NewRecorder(), r)
					}()
				}
			}
			func() {
				defer func() { lines = append(lines, recover().(string)) }()
				r := httptest.NewRequest("GET", "/", nil)
				r.URL.Path = text
				session.From(r)
			}()
			for _, err := range errs {
				lines = append(lines, err.Error())
			}
			if len(lines) < 8 {
				t.Errorf("there are %d lines only", len(lines))
			}
			for _, line := range lines {
				if len(line) > 4000 || !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsGraphic(r) || r == '\u2028' }) {
					t.Errorf("there is a line of %d bytes: %.300q", len(line), line)
				}
			}
		})
	}
}

// Two managers of one cookie name overwrite each other: the first response in which both set it
// says so, in whatever way they meet.
func TestTwoManagers_OfOneCookieAreWarnedOf(t *testing.T) {
	key := secret.New()
	for name, serve := range map[string]func(a, b *session.Manager) http.Handler{
		"nested": func(a, b *session.Manager) http.Handler {
			return a.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				username.Set(session.From(r), "outer")
				b.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { username.Set(session.From(r), "inner") })).ServeHTTP(w, r)
			}))
		},
		"beside": func(a, b *session.Manager) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for _, m := range []*session.Manager{a, b} {
					s, err := m.Load(r)
					username.Set(s, "ada")
					if err := errors.Join(err, m.Commit(w, r, s)); err != nil {
						t.Error(err)
					}
				}
			})
		},
	} {
		var log bytes.Buffer
		o := session.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}
		w := httptest.NewRecorder()
		serve(quiet(t, session.Signed(key), o), quiet(t, session.Signed(key), o)).ServeHTTP(w, httptest.NewRequest("GET", "https://example.com/", nil))
		if n := strings.Count(log.String(), "two managers set the same cookie"); n != 1 || len(w.Header()["Set-Cookie"]) != 1 {
			t.Errorf("%s: it is said %d times, set is %q", name, n, w.Header()["Set-Cookie"])
		}
	}
}

// Managers within each other are warned of at their first request, also if neither sets a cookie
// there, and wherever they keep their sessions.
func TestTwoManagers_WithinEachOtherAreWarnedOf(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	newOne := func(o session.Options) *session.Manager {
		o.Logger = logger
		m, err := session.New(session.Stored(memstore.New(nil)), &o)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	serve := func(outer, inner *session.Manager) string {
		log.Reset()
		h := outer.Handler(inner.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "https://example.com/", nil))
		return log.String()
	}
	if said := serve(newOne(session.Options{}), newOne(session.Options{Purpose: "admin"})); !strings.Contains(said, "two managers set the same cookie") {
		t.Errorf("of one cookie: %q", said)
	}
	if said := serve(newOne(session.Options{}), newOne(session.Options{Cookie: session.Cookie{Name: "admin"}})); said != "" {
		t.Errorf("of two cookies: %q", said)
	}
	if said := serve(newOne(session.Options{}), newOne(session.Options{TokenHeader: "Session-Token"})); said != "" {
		t.Errorf("of a cookie and a header: %q", said)
	}
}
