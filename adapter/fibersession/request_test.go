package fibersession_test

import (
	"net"
	"net/http"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"
	"github.com/wafer-go/wafer/adapter/fibersession"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

func TestRequest_HeadIsAsInNetHTTP(t *testing.T) {
	var seen *http.Request
	m, err := session.New(session.Signed(secret.New()), &session.Options{
		ErrorHandler: func(_ http.ResponseWriter, r *http.Request, _ error) { seen = r },
	})
	if err != nil {
		t.Fatal(err)
	}
	app := fiber.New()
	app.Use(fibersession.Middleware(m))
	app.Get("/", func(c fiber.Ctx) error { fibersession.From(c).Set("bad", func() {}); return nil })
	for _, from := range []net.Addr{
		&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80},
		&net.TCPAddr{IP: net.IP{192, 0, 2, 1}, Port: 65535},
		&net.TCPAddr{IP: net.ParseIP("2001:db8::1"), Port: 443},
		&net.TCPAddr{IP: net.ParseIP("fe80::1"), Port: 443, Zone: "eth0"},
		&net.TCPAddr{Port: 80},
		&net.UnixAddr{Name: "/run/app.sock", Net: "unix"},
	} {
		for _, proto := range []string{"HTTP/1.0", "HTTP/1.1"} {
			var request fasthttp.Request
			request.SetRequestURI("/?x=1")
			request.Header.Set("Cookie", "a=b; c=d")
			request.Header.SetProtocol(proto)
			var ctx fasthttp.RequestCtx
			ctx.Init(&request, from, nil)
			app.Handler()(&ctx)
			if seen.RemoteAddr != from.String() || seen.Proto != proto || !seen.ProtoAtLeast(1, int(proto[len(proto)-1]-'0')) ||
				seen.Header.Get("Cookie") != "a=b; c=d" || seen.URL.RawQuery != "x=1" {
				t.Errorf("of %s from %v the manager gets %s of %v from %s, and the header %v", proto, from, seen.Proto, seen.URL, seen.RemoteAddr, seen.Header)
			}
		}
	}
}
