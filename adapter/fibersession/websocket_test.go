package fibersession_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/fasthttp/websocket"
	"github.com/gofiber/fiber/v3"
	"github.com/wafer-go/wafer/adapter/adaptertest"
	"github.com/wafer-go/wafer/adapter/fibersession"
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
func talk(t *testing.T, v adaptertest.Visitor) *http.Response {
	t.Helper()
	config := v.Client.Transport.(*http.Transport).TLSClientConfig.Clone()
	config.NextProtos = nil
	dialer := websocket.Dialer{Jar: v.Client.Jar, TLSClientConfig: config}
	conn, res, err := dialer.Dial(strings.Replace(v.URL, "https", "wss", 1)+"/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"hello", "bye"} {
		if err := conn.WriteMessage(websocket.TextMessage, []byte(word)); err != nil {
			t.Fatal(err)
		}
		if _, answer, err := conn.ReadMessage(); err != nil || string(answer) != "ada said "+word {
			t.Errorf("answers %q, %v", answer, err)
		}
	}
	_ = conn.Close()
	return res
}

func TestWebSocket_GetsTheCookieAndIsSavedWhenItEnds(t *testing.T) {
	m, _ := newManager(t, session.Stored(memstore.New(nil)))
	v := visit(t, talking(m))
	if res := talk(t, v); res.StatusCode != http.StatusSwitchingProtocols || len(res.Cookies()) != 1 {
		t.Errorf("answers %d with %q", res.StatusCode, res.Header["Set-Cookie"])
	}
	v.Eventually("/", "++")
}
