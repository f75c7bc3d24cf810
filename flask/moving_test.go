package flask_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/internal/jsonvalue/valuetest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

// What Set took, Get returns after the session has moved from flask.Cookies to session.Sealed and
// back, by way of Value, Field and Update; or Set failed, or the move did for a value that JSON
// cannot hold. Markup is the exception that the package's documentation names.
func TestCookies_WhatIsTakenComesBackFromSealed(t *testing.T) {
	seed, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64)
	if err != nil {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("SEED=%d", seed)
	w := newMoves(t, seed)
	for range 4 {
		everyShape[bool](w)
		everyShape[int8](w)
		everyShape[int](w)
		everyShape[uint64](w)
		everyShape[float32](w)
		everyShape[float64](w)
		everyShape[string](w)
		everyShape[[]byte](w)
		everyShape[any](w)
		everyShape[struct{}](w)
		everyShape[time.Time](w)
		everyShape[time.Duration](w)
		everyShape[big.Int](w)
		everyShape[netip.Addr](w)
		everyShape[url.URL](w)
		everyShape[json.Number](w)
		everyShape[json.RawMessage](w)
		everyShape[valuetest.PointerJSON](w)
		everyShape[valuetest.PointerText](w)
		everyShape[valuetest.ValueJSON](w)
		everyShape[valuetest.Lower](w)
		everyShape[valuetest.WriteOnly](w)
		everyShape[valuetest.ReadOnly](w)
		everyShape[valuetest.Opaque](w)
		everyShape[valuetest.Stamped](w)
		everyShape[valuetest.Loop](w)
		everyShape[valuetest.Mixed](w)
		everyShape[valuetest.Borrowed](w)
		everyShape[error](w)
		everyShape[chan int](w)
		everyShape[flask.Tuple](w)
		everyShape[flask.UUID](w)
		of[[]string](w)
		of[[2]time.Time](w)
		of[map[string]valuetest.Mixed](w)
		of[map[netip.Addr][]int](w)
	}
	for range 200 { // of types that are random all the way down
		v := w.make.Value(w.make.Type(3))
		move[any](w, v.Interface(), false)
	}
	if w.taken < 300 || w.moved < w.taken*3/4 {
		t.Errorf("only %d values were taken, and %d moved", w.taken, w.moved)
	}
}

// everyShape moves values of T, alone and in what can contain it. The containers are in one struct
// because the compiler writes the code of a Field for each type.
func everyShape[T any](w *moves) {
	of[T](w)
	of[*T](w)
	of[struct {
		Slice []T
		Array [2]T
		Map   map[string]T
		Deep  map[netip.Addr][]T
	}](w)
	of[struct {
		Value T `json:"v,omitempty"`
		Any   any
		List  []*T `json:" t"`
	}](w)
}

// of moves a random value of the type T.
func of[T any](w *moves) {
	w.make.Exact = true
	v := *w.make.Value(reflect.TypeFor[T]()).Addr().Interface().(*T)
	// A number is carried over as what it means: "1.50" as 1.5.
	move(w, v, w.make.Exact && !strings.Contains(reflect.TypeFor[T]().String(), "json.Number"))
}

// moves is a program with Flask's sessions that moves to Sealed, and back.
type moves struct {
	*testing.T
	make          *valuetest.Maker
	flask, sealed *session.Manager // before the move, and after it
	toFlask       *session.Manager // moves back
	toSealed      *session.Manager
	taken, moved  int

	cookie  string
	failed  error // of the last request
	refused error // its cookie
}

func newMoves(t *testing.T, seed uint64) *moves {
	w := &moves{T: t, make: valuetest.New(seed, reflect.TypeFor[flask.Tuple](), reflect.TypeFor[flask.UUID]())}
	cookies, err := flask.Cookies("5f0c7d1e9b3a48d2a6c4e8f1b7093d5c", nil)
	if err != nil {
		t.Fatal(err)
	}
	sealed := session.Sealed(secret.New())
	for of, backend := range map[**session.Manager]session.Backend{
		&w.flask: cookies, &w.toSealed: session.Migrate(sealed, cookies),
		&w.sealed: sealed, &w.toFlask: session.Migrate(cookies, sealed),
	} {
		opts := flask.Defaults()
		opts.Logger, opts.MaxCookieSize = slog.New(slog.DiscardHandler), 1<<16
		opts.ErrorHandler = func(_ http.ResponseWriter, _ *http.Request, err error) { w.failed = err }
		opts.Observe = func(_ context.Context, e session.Event) {
			if e.Kind == session.EventRefused {
				w.refused = e.Err
			}
		}
		if *of, err = session.New(backend, opts); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// visit sends a request with the cookie and keeps that of the response. It returns the error of a
// failed response, or of a refused cookie.
func (w *moves) visit(m *session.Manager, f func(s *session.Session)) error {
	w.Helper()
	w.failed, w.refused = nil, nil
	r, response := httptest.NewRequest("GET", "https://example.com/", nil), httptest.NewRecorder()
	if w.cookie != "" {
		r.Header.Set("Cookie", w.cookie)
	}
	m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		if s.IsNew() && w.cookie != "" {
			w.failed = cmp.Or(w.refused, errors.New("there is no session"))
			return
		}
		f(s)
	})).ServeHTTP(response, r)
	for _, c := range response.Result().Cookies() {
		w.cookie = c.Name + "=" + c.Value
	}
	return w.failed
}

// typed is what move does with a field of one type. The rest of it is compiled once, not for each
// of a hundred types.
type typed struct {
	set    func(s *session.Session) // to the value that is moved
	get    func(s *session.Session) (any, bool)
	update func(s *session.Session)
}

// move takes a value there and back.
func move[T any](w *moves, v T, exact bool) {
	w.Helper()
	const field = session.Field[T]("v")
	w.move(typed{
		set:    func(s *session.Session) { field.Set(s, v) },
		get:    func(s *session.Session) (any, bool) { return field.Get(s) },
		update: func(s *session.Session) { field.Update(s, func(v T) T { return v }) },
	}, v, exact)
}

func (w *moves) move(field typed, v any, exact bool) {
	w.Helper()
	var first string // what comes back at first, as JSON
	about := fmt.Sprintf("%T", v)
	same := func(where string, s *session.Session) {
		w.Helper()
		got, ok := field.get(s)
		if !ok {
			w.Errorf("%s: %s was taken, and is not there", where, about)
			return
		}
		if exact && !reflect.DeepEqual(got, v) {
			w.Errorf("%s: %s came back as %#v", where, about, got)
		}
		text := asJSON(w, got)
		if first == "" {
			first = text
		}
		if text != first {
			w.Errorf("%s: %s came back as %s, and before as %s", where, about, text, first)
		}
		value := s.Value("v")
		if any, ok := session.Field[any]("v").Get(s); !ok || asJSON(w, any) != asJSON(w, value) {
			w.Errorf("%s: %s: Value has %#v and Field %#v, %v", where, about, value, any, ok)
		}
	}
	w.cookie = ""
	if err := w.visit(w.flask, func(s *session.Session) { field.set(s); s.Set("beside", 1) }); err != nil {
		if valueError := new(session.ValueError); !errors.As(err, &valueError) || valueError.Key != "v" {
			w.Errorf("%s: Set fails with %v", about, err)
		}
		return
	}
	w.taken++
	about = fmt.Sprintf("%T %#v", v, v) // what was not taken may contain itself
	for _, step := range []struct {
		where string
		m     *session.Manager
	}{{"flask", w.flask}, {"moving to sealed", w.toSealed}, {"sealed", w.sealed}, {"moving back", w.toFlask}, {"flask again", w.flask}} {
		err := w.visit(step.m, func(s *session.Session) {
			same(step.where, s)
			field.update(s)
			s.Set("beside", step.where)
			same(step.where+", updated", s)
		})
		if err != nil {
			if !notInJSON(first) {
				w.Errorf("%s: %s, written as %s, fails with %v", step.where, about, first, err)
			}
			return
		}
	}
	w.moved++
}

// asJSON writes what a value means as the codec of package session does, or as Flask's if that
// cannot.
func asJSON(t *moves, v any) string {
	raw, err := driver.JSON.AppendValue(nil, v)
	if err != nil {
		if raw, err = flask.Codec.AppendValue(nil, v); err != nil {
			t.Errorf("%#v came back, and cannot be written: %v", v, err)
		}
		return "flask:" + string(raw)
	}
	var means any
	if err := driver.JSON.DecodeValue(string(raw), &means); err != nil {
		t.Errorf("%#v came back, and cannot be read from %s: %v", v, raw, err)
	}
	raw, _ = driver.JSON.AppendValue(raw[:0], means)
	return strings.ReplaceAll(string(raw), "-0.0", "0") // as Python reads a json.Number of "-0"
}

// notInJSON reports whether a value has what Flask's JSON has beyond JSON: NaN or a lone surrogate.
func notInJSON(text string) bool {
	return strings.HasPrefix(text, "flask:")
}

// Other backends keep markup as a string, and no string becomes markup, which templates do not
// escape: back in flask.Cookies it is missing until the program sets it again.
func TestCookies_MarkupThatMovedIsAString(t *testing.T) {
	const field = session.Field[template.HTML]("v")
	w := newMoves(t, 1)
	for _, step := range []struct {
		m  *session.Manager
		ok bool
	}{{w.flask, true}, {w.toSealed, true}, {w.toFlask, false}, {w.flask, false}} {
		err := w.visit(step.m, func(s *session.Session) {
			if s.IsNew() {
				field.Set(s, "<b>")
			}
			if got, ok := field.Get(s); ok != step.ok || ok && got != "<b>" {
				t.Errorf("it is %q, %v, want %v", got, ok, step.ok)
			}
			if got := fmt.Sprint(s.Value("v")); got != "<b>" {
				t.Errorf("Value is %q", got)
			}
			s.Set("beside", step.ok)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
