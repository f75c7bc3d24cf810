package fibersession

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"syscall"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"
)

// page is what the manager, or the program's ErrorHandler, answers instead of the handlers.
type page struct {
	status int
	body   []byte
}

// Header returns a copy of the response's header, without the mark. It is made when the manager
// asks for it, after the handlers have returned.
func (v *visit) Header() http.Header {
	if v.header == nil {
		v.was = copyHeader(v.response(v.c).Header.All(), "")
		v.header = withoutMark(v.was)
	}
	return v.header
}

func (v *visit) WriteHeader(status int) {
	if v.page.status == 0 && status >= http.StatusOK {
		v.page.status = status
	}
}

func (v *visit) Write(b []byte) (int, error) {
	v.page.body = append(v.page.body, b...)
	return len(b), nil
}

// response is the response that will be sent: if Fiber's timeout middleware has answered for a
// handler that still runs, that is a copy.
func (v *visit) response(c fiber.Ctx) *fasthttp.Response {
	if answered := c.RequestCtx().LastTimeoutErrorResponse(); answered != nil {
		return answered
	}
	return c.Response()
}

// answer adds to Fiber's response what the manager set.
func (v *visit) answer(c fiber.Ctx) {
	res := v.response(c)
	if v.failed {
		res.SkipBody, res.ImmediateHeaderFlush = false, false
		if !c.IsAbandoned() {
			c.RequestCtx().Hijack(nil)
		}
	}
	if !slices.Equal(v.was["Set-Cookie"], v.Header()["Set-Cookie"]) && closed(c.RequestCtx().Conn()) {
		report(v.context, errEnded)
	}
	writeHeader(&res.Header, v.was, v.header)
	if v.outer != nil && !v.outer.returned.Load() {
		markVary(&res.Header)
	}
	if v.failed {
		if v.header["Content-Type"] == nil {
			res.Header.SetContentType(http.DetectContentType(v.page.body)) // as net/http does
		}
		res.SetStatusCode(cmp.Or(v.page.status, http.StatusOK))
		res.SetBody(v.page.body) // which closes a stream
	}
}

// errEnded is reported for a session that is stored in its cookie.
var errEnded = errors.New("fibersession: c.End or c.Drop sent the response before the session was saved, so the visitor does not get its cookie; return from the handler instead")

// closed reports whether this side has closed the connection, as c.End does after it has sent the
// response itself.
func closed(conn net.Conn) bool {
	if wrapped, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = wrapped.NetConn() // TLS
	}
	c, ok := conn.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := c.SyscallConn()
	return err != nil || raw.Control(func(uintptr) {}) != nil
}

// report logs what the visitor cannot be told any more.
func report(ctx context.Context, err error) {
	slog.Default().LogAttrs(ctx, slog.LevelError, err.Error())
}
