package fibersession_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/fasthttp/websocket"
	"github.com/gofiber/fiber/v3"
	"github.com/wafer-go/wafer/adapter/fibersession"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// talking is an app with a WebSocket that counts what it hears.
func talking(m *session.Manager) *fiber.App {
	app := fiber.New()
	app.Use(fibersession.Middleware(m))
	upgrader := websocket.FastHTTPUpgrader{}
	app.Get("/ws", func(c fiber.Ctx) error {
		s := fibersession.From(c)
		username.Set(s, "ada")
		return upgrader.Upgrade(c.RequestCtx(), func(conn *websocket.Conn) {
			for {
				kind, message, err := conn.ReadMessage()
				if err != nil {
					return
				}
				count.Update(s, func(n int) int { return n + 1 })
				name, _ := username.Get(s)
				_ = conn.WriteMessage(kind, []byte(name+" said "+string(message)))
			}
		})
	})
	app.Get("/", func(c fiber.Ctx) error {
		n, _ := count.Get(fibersession.From(c))
		return c.SendString(strings.Repeat("+", n))
	})
	return app
}

// talk opens the WebSocket, says two things, and returns the answer to the
// upgrade.
func (v visitor) talk() *http.Response {
	v.t.Helper()
	dialer := websocket.Dialer{Jar: v.Jar, TLSClientConfig: v.tlsConfig()}
	conn, res, err := dialer.Dial(strings.Replace(v.url, "https", "wss", 1)+"/ws", nil)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, word := range []string{"hello", "bye"} {
		if err := conn.WriteMessage(websocket.TextMessage, []byte(word)); err != nil {
			v.t.Fatal(err)
		}
		if _, answer, err := conn.ReadMessage(); err != nil || string(answer) != "ada said "+word {
			v.t.Errorf("answers %q, %v", answer, err)
		}
	}
	_ = conn.Close()
	return res
}

func TestAnUpgradeCarriesTheCookieAndLaterChangesAreReported(t *testing.T) {
	m, said := newManager(t, session.Signed(secret.New()), session.Options{})
	res := visit(t, talking(m)).talk()
	if res.StatusCode != http.StatusSwitchingProtocols || len(res.Cookies()) != 1 {
		t.Errorf("answers %d with %q", res.StatusCode, res.Header["Set-Cookie"])
	}
	if got := strings.Count(said.String(), "changed after the response header had left"); got != 2 {
		t.Errorf("the log says %s", said)
	}
}

func TestWhatAWebSocketChangedIsSavedWhenItEnds(t *testing.T) {
	m, _ := newManager(t, session.Stored(memstore.New(nil)), session.Options{})
	v := visit(t, talking(m))
	v.talk()
	v.eventually("/", "++")
}

func TestAFailedSaveRefusesTheUpgrade(t *testing.T) {
	app, _ := newApp(t)
	upgrader := websocket.FastHTTPUpgrader{}
	app.Get("/ws", func(c fiber.Ctx) error {
		fibersession.From(c).Set("bad", func() {})
		return upgrader.Upgrade(c.RequestCtx(), func(*websocket.Conn) { t.Error("the WebSocket is open") })
	})
	v := visit(t, app)
	dialer := websocket.Dialer{TLSClientConfig: v.tlsConfig()}
	_, res, err := dialer.Dial(strings.Replace(v.url, "https", "wss", 1)+"/ws", nil)
	if err == nil || res == nil || res.StatusCode != 500 || res.Header.Get("Upgrade") != "" {
		t.Errorf("answers %v, %v", res, err)
	}
}
