package fibersession

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"
)

// newRequest returns a copy of the request's head. It shares no bytes with fasthttp, which writes
// the next visitor's request over this one's. The copy is one text, whose parts are the strings.
func newRequest(c fiber.Ctx, ctx context.Context) *http.Request {
	head, conn := &c.RequestCtx().Request.Header, c.RequestCtx()
	s := newScratch()
	defer s.free()
	s.text = append(s.text, head.RequestURI()...)
	s.part()
	s.text = appendAddr(s.text, conn.RemoteAddr())
	s.part()
	s.text = appendCookies(s.text, head)
	s.part()
	s.lines(head.All(), "Cookie")
	parts := s.strings()

	r := new(http.Request).WithContext(ctx)
	r.Method, r.RequestURI, r.RemoteAddr = c.Method(), parts[0], parts[1]
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.1", 1, 1
	if !head.IsHTTP11() {
		r.Proto, r.ProtoMinor = "HTTP/1.0", 0
	}
	r.Body, r.TLS = http.NoBody, conn.TLSConnectionState()
	if r.Header = headerOf(parts[3:]); r.Header == nil {
		r.Header = make(http.Header)
	}
	if parts[2] != "" {
		r.Header["Cookie"] = parts[2:3:3]
	}
	if hosts := r.Header["Host"]; len(hosts) > 0 {
		r.Host = hosts[0]
		delete(r.Header, "Host") // as in net/http
	}
	var err error
	if r.URL, err = url.ParseRequestURI(r.RequestURI); err != nil {
		r.URL = &url.URL{Path: string(conn.Path())} // fasthttp accepts what net/http refuses
	}
	return r
}

// appendAddr appends an address as its String is.
func appendAddr(text []byte, addr net.Addr) []byte {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || tcp.IP.To4() == nil {
		return append(text, addr.String()...)
	}
	a := tcp.AddrPort()
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()).AppendTo(text)
}

// appendCookies appends the cookies as one line. Those without a name are left out: fasthttp writes
// "=name=value" and "name=value" alike, so that anyone who can plant a cookie without a name could
// plant one of any name, even with the prefix __Host- (RFC 6265bis, section 5.7).
func appendCookies(text []byte, h *fasthttp.RequestHeader) []byte {
	begin := len(text)
	for name, value := range h.Cookies() {
		if len(name) == 0 {
			continue
		}
		if len(text) > begin {
			text = append(text, "; "...)
		}
		text = append(append(append(text, name...), '='), value...)
	}
	return text
}
