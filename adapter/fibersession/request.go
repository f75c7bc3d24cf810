package fibersession

import (
	"net/http"
	"net/url"

	"github.com/gofiber/fiber/v3"
)

// newRequest returns a copy of the request's head. It shares no bytes with
// fasthttp, which writes the next visitor's request over this one's.
func newRequest(c fiber.Ctx) *http.Request {
	ctx := c.RequestCtx()
	head := &ctx.Request.Header
	r := &http.Request{
		Method:     c.Method(),
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Header:     copyHeader(head.All(), "Cookie"),
		Body:       http.NoBody,
		RemoteAddr: ctx.RemoteAddr().String(),
		RequestURI: string(head.RequestURI()),
		TLS:        ctx.TLSConnectionState(),
	}
	if r.Header == nil {
		r.Header = make(http.Header)
	}
	if line := cookieLine(head); line != "" {
		r.Header["Cookie"] = []string{line}
	}
	if hosts := r.Header["Host"]; len(hosts) > 0 {
		r.Host = hosts[0]
		delete(r.Header, "Host") // as in net/http
	}
	if !head.IsHTTP11() {
		r.Proto, r.ProtoMinor = "HTTP/1.0", 0
	}
	var err error
	if r.URL, err = url.ParseRequestURI(r.RequestURI); err != nil {
		r.URL = &url.URL{Path: string(ctx.Path())} // fasthttp takes what net/http refuses
	}
	return r
}
