package server

import (
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session"
)

func TestEarlyHintsPassThroughWithoutTheCookie(t *testing.T) {
	onBoth(t, func(t *testing.T, serve func(*testing.T, http.Handler) *visitor) {
		p := newProgram(t, session.Options{})
		hinted := make(chan struct{})
		v := serve(t, p.handle(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
			username.Set(s, "ada")
			w.Header().Set("Link", "</style.css>; rel=preload; as=style")
			w.WriteHeader(http.StatusEarlyHints)
			await(r, hinted) // it is out before the handler goes on
			w.WriteHeader(http.StatusProcessing)
			s.Flash("after the hints")
			_, _ = io.WriteString(w, "page")
		}))
		var codes []int
		trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			codes = append(codes, code)
			if code == http.StatusEarlyHints {
				if h.Get("Link") == "" || h.Get("Set-Cookie") != "" || h.Get("Vary") != "" {
					t.Errorf("the hints are %v", h)
				}
				close(hinted)
			}
			return nil
		}}
		r := v.request(http.MethodGet, "/", nil)
		res := v.do(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
		wantCookie(t, res)
		if body := v.body(res); body != "page" || res.StatusCode != http.StatusOK || len(codes) != 2 {
			t.Errorf("answered %v, then %d %q", codes, res.StatusCode, body)
		}
		wantNoLog(t, p.log)
	})
}

func TestAChangeAfterEarlyHintsIsInTheFinalCookie(t *testing.T) {
	onBoth(t, func(t *testing.T, serve func(*testing.T, http.Handler) *visitor) {
		p := newProgram(t, session.Options{})
		mux := http.NewServeMux()
		mux.HandleFunc("/hint", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			username.Set(session.From(r), "ada")
		})
		mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			name, _ := username.Get(session.From(r))
			_, _ = io.WriteString(w, name)
		})
		v := serve(t, p.Handler(mux))
		wantCookie(t, v.get("/hint"))
		if _, name := v.page("/"); name != "ada" {
			t.Errorf("the session has %q", name)
		}
	})
}

func TestExpectContinueIsAnsweredWhenTheBodyIsRead(t *testing.T) {
	onBoth(t, func(t *testing.T, serve func(*testing.T, http.Handler) *visitor) {
		p := newProgram(t, session.Options{})
		v := serve(t, p.handle(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
			username.Set(s, "ada")
			if r.URL.Path == "/refuse" {
				w.WriteHeader(http.StatusRequestEntityTooLarge)
				return
			}
			_, _ = io.Copy(w, r.Body)
		}))
		v.client.Transport.(*http.Transport).ExpectContinueTimeout = patience // wait for the server
		for path, want := range map[string]struct {
			status    int
			body      string
			continued bool
		}{
			"/":       {http.StatusOK, "long upload", true},
			"/refuse": {http.StatusRequestEntityTooLarge, "", false},
		} {
			continued := false
			trace := &httptrace.ClientTrace{Got100Continue: func() { continued = true }}
			r := v.request(http.MethodPost, path, strings.NewReader("long upload"))
			r.Header.Set("Expect", "100-continue")
			res := v.do(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
			wantCookie(t, res)
			if body := v.body(res); res.StatusCode != want.status || body != want.body || continued != want.continued {
				t.Errorf("%s: answered %d %q, 100 Continue seen: %v", path, res.StatusCode, body, continued)
			}
		}
	})
}
