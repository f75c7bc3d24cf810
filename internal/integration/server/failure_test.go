package server

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session"
)

const tooLarge = "This page could not be made."

// failing has a handler whose session is too large for its cookie, and an
// error page.
func failing(t *testing.T, write func(w http.ResponseWriter)) (*program, http.Handler) {
	p := newProgram(t, session.Options{
		MaxCookieSize: 200,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			if !errors.Is(err, session.ErrTooLarge) {
				t.Errorf("the ErrorHandler is told %v", err)
			}
			w.Header().Set("Content-Length", strconv.Itoa(len(tooLarge)))
			w.WriteHeader(http.StatusInsufficientStorage)
			_, _ = io.WriteString(w, tooLarge)
		},
	})
	return p, p.handle(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		s.Set("cart", strings.Repeat("x", 300))
		write(w)
	})
}

func TestAfterAFailedCommitTheVisitorGetsTheErrorPageOnly(t *testing.T) {
	for what, write := range map[string]func(w http.ResponseWriter){
		"nothing": func(http.ResponseWriter) {},
		"a page": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Etag", `"v1"`)
			_, _ = io.WriteString(w, "half a page")
		},
		"a longer page": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "100000")
			_, _ = io.WriteString(w, "begin ")
			_, _ = w.Write(make([]byte, 100_000-6))
		},
		"a redirect": func(w http.ResponseWriter) {
			w.Header().Set("Location", "/next")
			w.WriteHeader(http.StatusSeeOther)
		},
		"a cookie of its own": func(w http.ResponseWriter) {
			http.SetCookie(w, &http.Cookie{Name: "other", Value: "1"})
		},
		"a stream": func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, "event")
			if err := http.NewResponseController(w).Flush(); !errors.Is(err, session.ErrTooLarge) {
				panic(err)
			}
			_, _ = io.WriteString(w, "event")
		},
		"a file": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "4")
			_, _ = io.Copy(w, io.MultiReader(strings.NewReader("file")))
		},
		"a status": func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) },
		"trailers": func(w http.ResponseWriter) {
			w.Header().Set("Trailer", "X-Sum")
			_, _ = io.WriteString(w, "half a page")
			w.Header().Set("X-Sum", "42")
			w.Header().Set(http.TrailerPrefix+"X-More", "yes")
		},
	} {
		t.Run(what, func(t *testing.T) {
			onBoth(t, func(t *testing.T, serve func(*testing.T, http.Handler) *visitor) {
				_, h := failing(t, write)
				res, body := serve(t, h).page("/")
				if res.StatusCode != http.StatusInsufficientStorage || body != tooLarge || res.ContentLength != int64(len(tooLarge)) {
					t.Errorf("answered %s %q, length %d", res.Status, shortened(body), res.ContentLength)
				}
				for _, name := range []string{"Location", "Set-Cookie", "Etag", "Trailer", "X-Sum"} {
					if res.Header[name] != nil {
						t.Errorf("the error page has %s: %q", name, res.Header[name])
					}
				}
				if len(res.Trailer) != 0 {
					t.Errorf("the error page has the trailer %v", res.Trailer)
				}
				if kind := res.Header.Get("Content-Type"); kind != "text/plain; charset=utf-8" {
					t.Errorf("the error page has the type %q", kind)
				}
			})
		})
	}
}

func TestTheVisitorsOldSessionOutlivesAFailedCommit(t *testing.T) {
	p := newProgram(t, session.Options{MaxCookieSize: 200})
	v := serve(t, flashing(p, func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
		s.Flashes()
		s.Set("cart", strings.Repeat("x", 300))
	}))
	v.get("/flash")
	if res := v.get("/"); res.StatusCode != http.StatusInternalServerError || cookies(res) != 0 {
		t.Errorf("answered %s with %v", res.Status, res.Header)
	}
	v.wantFlashes("one")
}
