package fibersession_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/wafer-go/wafer/adapter/fibersession"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// login returns what a visitor of app sends who is logged in.
func login(t *testing.T, app *fiber.App) (token string) {
	t.Helper()
	res, _ := ask(t, app, "/login")
	_, token, _ = strings.Cut(cookieOf(res), "=")
	if token == "" {
		t.Fatal("no cookie at the login")
	}
	return token
}

func newLogin(t *testing.T) *fiber.App {
	t.Helper()
	app, _ := newApp(t)
	app.Get("/login", func(c fiber.Ctx) error {
		username.Set(fibersession.From(c), "ada")
		return nil
	})
	app.Get("/", func(c fiber.Ctx) error {
		name, _ := username.Get(fibersession.From(c))
		return c.SendString(name)
	})
	return app
}

func TestCookiesAreTakenAsInNetHTTP(t *testing.T) {
	app := newLogin(t)
	token := login(t, app)
	other := login(t, newLogin(t))
	for _, test := range []struct {
		name    string
		cookies []string
		want    string
	}{
		{"alone", []string{"__Host-session=" + token}, "ada"},
		{"among others", []string{"a=b; __Host-session=" + token + "; c=d"}, "ada"},
		{"in a line of its own", []string{"a=b", "__Host-session=" + token}, "ada"},
		{"twice the same", []string{"__Host-session=" + token + "; __Host-session=" + token}, "ada"},
		{"after one that is refused", []string{"__Host-session=" + other + "; __Host-session=" + token}, "ada"},
		{"without a name", []string{"=__Host-session=" + token}, ""},
		{"without a name in the middle", []string{"a=b; =__Host-session=" + token + "; c=d"}, ""},
		{"with another spelling", []string{"__host-session=" + token}, ""},
		{"encoded", []string{"__Host%2Dsession=" + token}, ""},
		{"cut", []string{"__Host-session=" + token[1:]}, ""},
		{"of another app", []string{"__Host-session=" + other}, ""},
	} {
		if _, got := ask(t, app, "/", test.cookies...); got != test.want {
			t.Errorf("%s: the visitor is %q, want %q", test.name, got, test.want)
		}
	}
}

func TestAMiddlewareBeforeMayReadTheCookies(t *testing.T) {
	m, _ := newManager(t, session.Signed(secret.New()), session.Options{})
	app := fiber.New()
	app.Use(func(c fiber.Ctx) error {
		c.Cookies("a") // after which fasthttp keeps no line as it came
		return c.Next()
	}, fibersession.Middleware(m))
	app.Get("/login", func(c fiber.Ctx) error {
		username.Set(fibersession.From(c), "ada")
		return nil
	})
	app.Get("/", func(c fiber.Ctx) error {
		name, _ := username.Get(fibersession.From(c))
		return c.SendString(name)
	})
	token := login(t, app)
	if _, got := ask(t, app, "/", "a=b; __Host-session="+token); got != "ada" {
		t.Errorf("the visitor is %q", got)
	}
	if _, got := ask(t, app, "/", "a=b; =__Host-session="+token); got != "" {
		t.Errorf("a cookie without a name makes the visitor %q", got)
	}
}

// seenRequest is what a program's callbacks can see of a request.
func seenRequest(r *http.Request) string {
	h := r.Header.Clone()
	h.Del("Content-Length") // net/http has it too only if the body is not empty
	return fmt.Sprintf("%s %s %s %d.%d %s %s %v TLS %v", r.Method, r.URL, r.Proto, r.ProtoMajor, r.ProtoMinor, r.Host, r.RequestURI, h, r.TLS != nil)
}

func TestTheRequestIsThatOfNetHTTP(t *testing.T) {
	var seen string
	m, _ := newManager(t, session.Stored(downStore{}), session.Options{ErrorHandler: func(_ http.ResponseWriter, r *http.Request, _ error) {
		host, port, _ := strings.Cut(r.RemoteAddr, ":")
		if host != "127.0.0.1" || port == "" || port == "0" || r.Body == nil {
			t.Errorf("from %q, with the body %v", r.RemoteAddr, r.Body)
		}
		seen = seenRequest(r)
	}})
	app := fiber.New()
	app.Use(fibersession.Middleware(m))
	app.All("/*", func(c fiber.Ctx) error {
		username.Set(fibersession.From(c), "ada")
		return nil
	})
	v := visit(t, app)
	server := httptest.NewTLSServer(m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		username.Set(session.From(r), "ada")
	})))
	defer server.Close()
	for _, head := range []string{
		"GET /a%20b/%2F?q=1&q=2#x HTTP/1.1\r\nHost: Example.com:8443\r\n",
		"GET //double HTTP/1.1\r\nHost: example.com\r\nX-Forwarded-Proto: https\r\nForwarded: for=1.2.3.4;proto=https\r\n",
		"HEAD / HTTP/1.1\r\nHost: example.com\r\nAccept: a\r\nAccept: b\r\naccept-language: de\r\nUser-Agent: test\r\n",
		"POST /form HTTP/1.1\r\nHost: example.com\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n",
	} {
		var got [2]string
		for i, url := range []string{v.url, server.URL} {
			config := v.tlsConfig()
			config.RootCAs.AddCert(server.Certificate())
			conn, err := tls.Dial("tcp", strings.TrimPrefix(url, "https://"), config)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(conn, head+"Cookie: x=1; y=2\r\n\r\na=b")
			r, _ := http.NewRequest(strings.Fields(head)[0], url, nil)
			res, err := http.ReadResponse(bufio.NewReader(conn), r)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			_ = conn.Close()
			got[i] = seen
		}
		if got[0] != got[1] {
			t.Errorf("%q is\n%s, and of net/http\n%s", head, got[0], got[1])
		}
	}
}

func TestAnAddressThatNetHTTPRefusesIsFibersMatter(t *testing.T) {
	app := newLogin(t)
	app.Get("/%zz", func(c fiber.Ctx) error { return c.SendString(strings.Repeat("x", 1+fibersession.From(c).Len())) })
	conn, err := net.Dial("tcp", serve(t, app))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "GET /%zz HTTP/1.1\r\nHost: example.com\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, res); got != "x" {
		t.Errorf("answers %d %q", res.StatusCode, got)
	}
}

func TestTheRequestOutlivesItsHandler(t *testing.T) {
	var kept []context.Context
	var values []*session.Session
	app := newLogin(t)
	app.Use(func(c fiber.Ctx) error {
		kept, values = append(kept, c.Context()), append(values, fibersession.From(c))
		username.Get(fibersession.From(c))
		return nil
	})
	v := visit(t, app)
	v.get("/login")
	v.get("/keep")
	v.another().get("/keep")
	if name, _ := username.Get(values[0]); name != "ada" || session.FromContext(kept[0]) != values[0] {
		t.Errorf("the first visitor is now %q", name)
	}
	if name, _ := username.Get(values[1]); name != "" {
		t.Errorf("the second visitor is %q", name)
	}
}
