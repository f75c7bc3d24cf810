package server

import (
	"context"
	"net/http"
	"testing"

	coder "github.com/coder/websocket"
	gorilla "github.com/gorilla/websocket"

	"github.com/wafer-go/wafer/session"
)

// An upgrade turns a request into a WebSocket of one library, and echoes one
// message.
var upgrades = map[string]func(t *testing.T, w http.ResponseWriter, r *http.Request, upgraded func()){
	"coder": func(t *testing.T, w http.ResponseWriter, r *http.Request, upgraded func()) {
		conn, err := coder.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.CloseNow() }()
		upgraded()
		kind, message, err := conn.Read(context.Background())
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.Write(context.Background(), kind, message)
	},
	"gorilla": func(t *testing.T, w http.ResponseWriter, r *http.Request, upgraded func()) {
		conn, err := new(gorilla.Upgrader).Upgrade(w, r, w.Header())
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		upgraded()
		kind, message, err := conn.ReadMessage()
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.WriteMessage(kind, message)
	},
}

// echo opens a WebSocket, has one message echoed, and returns the handshake.
func echo(t *testing.T, v *visitor) *http.Response {
	t.Helper()
	conn, res, err := coder.Dial(t.Context(), v.url, &coder.DialOptions{HTTPClient: v.client})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	if err := conn.Write(t.Context(), coder.MessageText, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, message, err := conn.Read(t.Context()); string(message) != "hello" || err != nil {
		t.Errorf("the echo is %q (%v)", message, err)
	}
	return res
}

func TestAWebSocketUpgradeTakesTheCookieAlong(t *testing.T) {
	for library, upgrade := range upgrades {
		t.Run(library, func(t *testing.T) {
			p := newProgram(t, session.Options{})
			v := serve(t, p.handle(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
				username.Set(s, "ada")
				upgrade(t, w, r, func() {})
			}))
			res := echo(t, v)
			wantCookie(t, res)
			if res.StatusCode != http.StatusSwitchingProtocols || res.Header.Get("Vary") != "Cookie" {
				t.Errorf("the handshake is %d with %v", res.StatusCode, res.Header)
			}
		})
	}
}

func TestAWebSocketHandlerIsToldOfChangesAfterTheUpgradeAndSavesOnce(t *testing.T) {
	for library, upgrade := range upgrades {
		t.Run(library, func(t *testing.T) {
			p := newProgram(t, session.Options{})
			ended := make(chan string, 1)
			h := p.handle(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
				s.Set("before", true)
				var call string
				upgrade(t, w, r, func() {
					call = nextLine()
					username.Set(s, "ada")
				})
				ended <- call
			})
			v := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer close(ended)
				h.ServeHTTP(w, r)
			}))
			echo(t, v)
			call := receive(t, ended)
			receive(t, ended) // closed once our Handler has returned
			wantLog(t, p.log, "after the response header was sent", "name=username", "call="+call)
			if saves := p.backend.saved(); len(saves) != 1 {
				t.Errorf("the session was saved %d times, want once", len(saves))
			}
		})
	}
}

func TestAnUpgradeWithoutItsHeaderIsWarnedOf(t *testing.T) {
	p := newProgram(t, session.Options{})
	v := serve(t, p.handle(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		username.Set(s, "ada")
		conn, err := new(gorilla.Upgrader).Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.WriteMessage(gorilla.TextMessage, nil)
		_ = conn.Close()
	}))
	conn, res, err := gorilla.DefaultDialer.Dial("ws"+v.url[len("http"):], nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _, _ = conn.ReadMessage()
	if cookies(res) != 0 {
		t.Errorf("the handshake has %v", res.Header)
	}
	wantLog(t, p.log, "level=WARN", "pass that to it")
}

// The session cannot be saved, so there must be no WebSocket either: one that
// was opened would talk to a client which was told of a failure.
func TestAnUpgradeWhoseCommitFailsIsNotMade(t *testing.T) {
	for library, upgrade := range map[string]func(w http.ResponseWriter, r *http.Request) error{
		"coder": func(w http.ResponseWriter, r *http.Request) error { _, err := coder.Accept(w, r, nil); return err },
		"gorilla": func(w http.ResponseWriter, r *http.Request) error {
			_, err := new(gorilla.Upgrader).Upgrade(w, r, w.Header())
			return err
		},
	} {
		t.Run(library, func(t *testing.T) {
			p := newProgram(t, session.Options{})
			v := serve(t, p.handle(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
				s.Set("bad", func() {})
				if err := upgrade(w, r); err == nil {
					t.Error("the library was given the connection")
				}
			}))
			_, res, err := coder.Dial(t.Context(), v.url, &coder.DialOptions{HTTPClient: v.client})
			if err == nil || res == nil || res.StatusCode != http.StatusInternalServerError {
				t.Fatalf("the handshake gives %v (%v)", res, err)
			}
			for _, name := range []string{"Upgrade", "Sec-Websocket-Accept"} {
				if res.Header.Get(name) != "" {
					t.Errorf("the error page has %s: %q", name, res.Header.Get(name))
				}
			}
		})
	}
}
