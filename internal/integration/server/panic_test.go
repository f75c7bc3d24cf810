package server

import (
	"io"
	"net/http"
	"runtime"
	"testing"

	"github.com/wafer-go/wafer/session"
)

// recovering is what many programs put around their handlers.
func recovering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				http.Error(w, "sorry", http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// ends are the ways in which a handler can end without returning.
var ends = map[string]func(){
	"panic":   func() { panic("boom") },
	"abort":   func() { panic(http.ErrAbortHandler) },
	"Goexit":  runtime.Goexit,
	"nothing": func() {},
}

// breaking reads the flash, changes the session, writes half a page, of a length
// that it declares, and ends.
func breaking(p *program, end func(), length string) http.Handler {
	return flashing(p, func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		if r.URL.Path == "/name" {
			name, _ := username.Get(s)
			_, _ = io.WriteString(w, name)
			return
		}
		s.Flashes()
		username.Set(s, "ada")
		w.Header().Set("Location", "/next")
		w.Header().Set("Content-Length", length)
		_, _ = io.WriteString(w, "half a page")
		end()
	})
}

func TestAPanicSendsNothingAndSavesNothing(t *testing.T) {
	for what, end := range ends {
		t.Run(what, func(t *testing.T) {
			onBoth(t, func(t *testing.T, serve func(*testing.T, http.Handler) *visitor) {
				p := newProgram(t, session.Options{})
				v := serve(t, breaking(p, end, map[bool]string{true: "11", false: "1000"}[what == "nothing"]))
				v.get("/flash")
				res, err := v.client.Do(v.request(http.MethodGet, "/", nil))
				if what == "nothing" {
					if err != nil || cookies(res) != 1 || v.body(res) != "half a page" {
						t.Errorf("a handler that returns: %v (%v)", res, err)
					}
					return
				}
				if err == nil {
					t.Errorf("answered %s %q with %v", res.Status, v.body(res), res.Header)
				}
				wantLog(t, p.log, "level=WARN", "the handler panicked, its changes are dropped", `changes="[take flashes set username]"`)
				v.wantFlashes("one")
				if _, name := v.page("/name"); name != "" {
					t.Errorf("the session has %q", name)
				}
			})
		})
	}
}

func TestAPanicGoesOnToTheServersLog(t *testing.T) {
	p := newProgram(t, session.Options{})
	v := serve(t, breaking(p, ends["panic"], "1000"))
	if _, err := v.client.Get(v.url); err == nil {
		t.Error("the client got an answer")
	}
	wantLog(t, v.serverLog, "http: panic serving", "boom", "panic_test.go")
}

func TestAPanicRecoveredOutsideGivesTheErrorPageAloneAndSavesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, serve func(*testing.T, http.Handler) *visitor) {
		p := newProgram(t, session.Options{})
		v := serve(t, recovering(breaking(p, ends["panic"], "1000")))
		v.get("/flash")
		res, body := v.page("/")
		if res.StatusCode != http.StatusInternalServerError || body != "sorry\n" || res.Header.Get("Location") != "" || cookies(res) != 0 {
			t.Errorf("answered %s %q with %v", res.Status, body, res.Header)
		}
		v.wantFlashes("one")
	})
}

func TestAPanicRecoveredInsideIsSavedLikeAnyOtherResponse(t *testing.T) {
	onBoth(t, func(t *testing.T, serve func(*testing.T, http.Handler) *visitor) {
		p := newProgram(t, session.Options{})
		v := serve(t, p.Handler(recovering(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := session.From(r)
			if name, ok := username.Get(s); ok {
				_, _ = io.WriteString(w, name)
				return
			}
			username.Set(s, "ada")
			panic("boom")
		}))))
		res, body := v.page("/")
		wantCookie(t, res)
		if res.StatusCode != http.StatusInternalServerError || body != "sorry\n" {
			t.Errorf("answered %s %q", res.Status, body)
		}
		if _, name := v.page("/"); name != "ada" {
			t.Errorf("the session has %q", name)
		}
		wantNoLog(t, p.log)
	})
}
