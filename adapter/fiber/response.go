package fibersession

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"
	"github.com/wafer-go/wafer/session"
)

// page is what the manager, or the program's ErrorHandler, answers in place of
// the handlers.
type page struct {
	status int
	body   []byte
}

func (v *visit) Header() http.Header {
	if v.header == nil {
		v.header = make(http.Header)
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

// response is the response that will be sent: after Fiber's timeout middleware
// has answered for a handler that still runs, that is a copy.
func (v *visit) response(c fiber.Ctx) *fasthttp.Response {
	if answered := c.RequestCtx().LastTimeoutErrorResponse(); answered != nil {
		return answered
	}
	return c.Response()
}

// answer writes what the manager has to say into Fiber's response.
func (v *visit) answer(c fiber.Ctx) {
	res := v.response(c)
	if v.failed {
		res.ResetBody() // which closes a stream
		res.SkipBody, res.ImmediateHeaderFlush = false, false
		if !c.IsAbandoned() {
			c.RequestCtx().Hijack(nil)
			c.RequestCtx().HijackSetNoResponse(false)
		}
	}
	writeHeader(&res.Header, v.was, v.header)
	if v.failed {
		if len(v.page.body) > 0 && v.header["Content-Type"] == nil {
			res.Header.SetContentType(http.DetectContentType(v.page.body)) // as net/http does
		}
		res.SetStatusCode(cmp.Or(v.page.status, http.StatusOK))
		res.SetBody(v.page.body)
	}
}

// reportUnsaved says that what was changed while the response was sent is lost.
// What cannot be kept in a cookie was reported when it was changed.
func reportUnsaved(ctx context.Context, err error) {
	if !errors.Is(err, session.ErrTooLate) {
		slog.Default().LogAttrs(ctx, slog.LevelError, "fibersession: what was changed while the response was sent is not saved", slog.Any("error", err))
	}
}
