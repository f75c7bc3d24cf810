// Package rivals holds the README's table of other libraries to what they do,
// by running them: a row that no longer holds fails here.
package rivals

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/alexedwards/scs/v2"
	"github.com/gorilla/sessions"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// A library is one of the table's columns: how it flashes, shows flashes while
// the page is being written, and sets a value, in a handler.
type library struct {
	name    string
	wrap    func(http.Handler) http.Handler
	flash   func(w http.ResponseWriter, r *http.Request, text string) error
	flashes func(w http.ResponseWriter, r *http.Request) ([]string, error)
	set     func(w http.ResponseWriter, r *http.Request, key, value string) error
	get     func(r *http.Request, key string) string
	log     *bytes.Buffer // of Wafer, which has no error to return
}

func libraries(t *testing.T) []library {
	t.Helper()
	log := new(bytes.Buffer)
	manager, err := session.New(session.Signed(secret.New()), &session.Options{Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	wafer := library{
		name: "wafer", wrap: manager.Handler, log: log,
		flash: func(_ http.ResponseWriter, r *http.Request, text string) error {
			session.From(r).Flash(text)
			return nil
		},
		flashes: func(_ http.ResponseWriter, r *http.Request) (all []string, _ error) {
			for _, m := range session.From(r).Flashes() {
				all = append(all, m.Text)
			}
			return all, nil
		},
		set: func(_ http.ResponseWriter, r *http.Request, key, value string) error {
			session.From(r).Set(key, value)
			return nil
		},
		get: func(r *http.Request, key string) string {
			text, _ := session.Field[string](key).Get(session.From(r))
			return text
		},
	}
	sm := scs.New()
	withSCS := library{
		name: "scs", wrap: sm.LoadAndSave,
		flash: func(_ http.ResponseWriter, r *http.Request, text string) error {
			sm.Put(r.Context(), "flash", text)
			return nil
		},
		flashes: func(_ http.ResponseWriter, r *http.Request) ([]string, error) {
			if text := sm.PopString(r.Context(), "flash"); text != "" {
				return []string{text}, nil
			}
			return nil, nil
		},
		set: func(_ http.ResponseWriter, r *http.Request, key, value string) error {
			sm.Put(r.Context(), key, value)
			return nil
		},
		get: func(r *http.Request, key string) string { return sm.GetString(r.Context(), key) },
	}
	store := sessions.NewCookieStore(secret.New().Bytes())
	withGorilla := library{
		name: "gorilla", wrap: func(h http.Handler) http.Handler { return h },
		flash: func(w http.ResponseWriter, r *http.Request, text string) error {
			s, _ := store.Get(r, "s")
			s.AddFlash(text)
			return s.Save(r, w)
		},
		flashes: func(w http.ResponseWriter, r *http.Request) (all []string, _ error) {
			s, _ := store.Get(r, "s")
			for _, f := range s.Flashes() {
				all = append(all, fmt.Sprint(f))
			}
			return all, s.Save(r, w)
		},
		set: func(w http.ResponseWriter, r *http.Request, key, value string) error {
			s, _ := store.Get(r, "s")
			s.Values[key] = value
			return s.Save(r, w)
		},
		get: func(r *http.Request, key string) string {
			s, _ := store.Get(r, "s")
			text, _ := s.Values[key].(string)
			return text
		},
	}
	return []library{wafer, withSCS, withGorilla}
}

// browse serves the handler over TLS, and returns how a browser gets a path.
func browse(t *testing.T, h http.Handler) func(path string) string {
	t.Helper()
	server := httptest.NewTLSServer(h)
	t.Cleanup(server.Close)
	client := server.Client()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client.Jar = jar
	return func(path string) string {
		res, err := client.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%d %s", res.StatusCode, body)
	}
}

func TestFlashesReadInTheMiddleOfAPageAreGoneAtTheNext(t *testing.T) {
	want := map[string]bool{"wafer": true, "scs": false, "gorilla": false}
	for _, lib := range libraries(t) {
		mux := http.NewServeMux()
		mux.HandleFunc("/flash", func(w http.ResponseWriter, r *http.Request) {
			if err := lib.flash(w, r, "saved"); err != nil {
				t.Error(err)
			}
		})
		mux.HandleFunc("/page", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "<html>") // as a layout template does
			all, err := lib.flashes(w, r)
			if err != nil {
				t.Error(err)
			}
			_, _ = fmt.Fprint(w, all)
		})
		get := browse(t, lib.wrap(mux))
		get("/flash")
		if first := get("/page"); !strings.Contains(first, "saved") {
			t.Errorf("%s: the flash is not shown at all: %s", lib.name, first)
		}
		if gone := !strings.Contains(get("/page"), "saved"); gone != want[lib.name] {
			t.Errorf("%s: the flash is gone at the next page: %v, and the README says %v", lib.name, gone, want[lib.name])
		}
	}
}

func TestAChangeMadeBeforeAStreamsFirstFlushIsKept(t *testing.T) {
	want := map[string]bool{"wafer": true, "scs": false, "gorilla": true}
	for _, lib := range libraries(t) {
		mux := http.NewServeMux()
		mux.HandleFunc("/stream", func(w http.ResponseWriter, r *http.Request) {
			if err := lib.set(w, r, "name", "ada"); err != nil {
				t.Error(err)
			}
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, "data: 1\n\n")
		})
		mux.HandleFunc("/name", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, lib.get(r, "name")) })
		get := browse(t, lib.wrap(mux))
		get("/stream")
		if kept := get("/name") == "200 ada"; kept != want[lib.name] {
			t.Errorf("%s: the change is kept: %v, and the README says %v", lib.name, kept, want[lib.name])
		}
	}
}

func TestAValueTooLargeForTheCookieIsAnErrorThatNamesIt(t *testing.T) {
	want := map[string]bool{"wafer": true, "gorilla": false} // scs keeps nothing in the cookie
	var cart strings.Builder
	for range 200 {
		cart.WriteString(secret.New().Reveal())
	}
	for _, lib := range libraries(t) {
		named, ok := want[lib.name]
		if !ok {
			continue
		}
		mux := http.NewServeMux()
		var said string
		mux.HandleFunc("/set", func(w http.ResponseWriter, r *http.Request) {
			if err := lib.set(w, r, "cart", cart.String()); err != nil {
				said = err.Error()
				http.Error(w, "sorry", http.StatusInternalServerError)
			}
		})
		get := browse(t, lib.wrap(mux))
		if got := get("/set"); !strings.HasPrefix(got, "500") {
			t.Errorf("%s: answers %s", lib.name, got)
		}
		if lib.name == "wafer" {
			said = lib.log.String()
		}
		if got := strings.Contains(said, "cart"); got != named || said == "" {
			t.Errorf("%s: the error names the key: %v, and the README says %v: %s", lib.name, got, named, said)
		}
	}
}

func TestAChangeMadeAfterTheHeaderHasLeftIsReported(t *testing.T) {
	want := map[string]bool{"wafer": true, "scs": false, "gorilla": false}
	for _, lib := range libraries(t) {
		mux := http.NewServeMux()
		var said string
		mux.HandleFunc("/stream", func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).Flush()
			if err := lib.set(w, r, "name", "ada"); err != nil {
				said = err.Error()
			}
		})
		mux.HandleFunc("/name", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, lib.get(r, "name")) })
		get := browse(t, lib.wrap(mux))
		get("/stream")
		if got := get("/name"); got != "200 " {
			t.Errorf("%s: the change arrived: %s", lib.name, got)
		}
		if lib.name == "wafer" {
			said = lib.log.String()
		}
		if got := strings.Contains(said, "name"); got != want[lib.name] {
			t.Errorf("%s: the change is reported: %v, and the README says %v", lib.name, got, want[lib.name])
		}
	}
}

func TestAHandlersErrorPageIsAloneAfterAFailedSave(t *testing.T) {
	manager, err := session.New(session.Signed(secret.New()), &session.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	sm := scs.New()
	sm.ErrorFunc = func(w http.ResponseWriter, _ *http.Request, _ error) { http.Error(w, "error page", 500) }
	for name, h := range map[string]http.Handler{
		"wafer": manager.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			session.From(r).Set("bad", func() {})
			http.Redirect(w, r, "/next", http.StatusSeeOther)
		})),
		"scs": sm.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sm.Put(r.Context(), "bad", func() {})
			http.Redirect(w, r, "/next", http.StatusSeeOther)
		})),
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		clean := w.Code == 500 && w.Header().Get("Location") == "" && !strings.Contains(w.Body.String(), "/next")
		if clean != (name == "wafer") {
			t.Errorf("%s: the error page is alone: %v, and the README says %v: %d %v %q", name, clean, name == "wafer", w.Code, w.Header(), w.Body)
		}
	}
}
