package ginsession

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/gin-gonic/gin"
)

// unwritten is the size of a response whose header is not written.
const unwritten = -1

var errHijackLate = errors.New("ginsession: Hijack: a body has been written already; call Hijack before Write")

// writer is what the handlers after the middleware write to. It does what Gin's own writer does, on
// top of the manager's, which buffers the response: Written is true once a handler has written,
// though nothing may have been sent.
type writer struct {
	w      http.ResponseWriter // the manager's
	outer  *outer
	status int
	size   int // bytes of the body, or unwritten
}

var _ gin.ResponseWriter = (*writer)(nil)

// Unwrap lets http.ResponseController reach the writer beneath.
func (w *writer) Unwrap() http.ResponseWriter { return w.w }

func (w *writer) Header() http.Header { return w.w.Header() }

func (w *writer) Status() int { return w.status }

func (w *writer) Size() int { return w.size }

func (w *writer) Written() bool { return w.size != unwritten }

// WriteHeader keeps the status until something is written. Until then another status can replace
// it, as c.Status does.
func (w *writer) WriteHeader(status int) {
	switch {
	case status <= 0 || status == w.status: // c.Redirect and others pass -1
	case w.Written():
		if gin.IsDebugging() {
			_, _ = fmt.Fprintf(gin.DefaultWriter, "[ginsession] status %d is written already, %d is ignored\n", w.status, status)
		}
	default:
		w.status = status
	}
}

func (w *writer) WriteHeaderNow() {
	if !w.Written() {
		w.size = 0
		w.w.WriteHeader(w.status)
	}
}

func (w *writer) Write(b []byte) (int, error) {
	w.WriteHeaderNow()
	n, err := w.w.Write(b)
	w.size += n
	return n, err
}

func (w *writer) WriteString(s string) (int, error) {
	w.WriteHeaderNow()
	n, err := io.WriteString(w.w, s)
	w.size += n
	return n, err
}

func (w *writer) Flush() {
	w.WriteHeaderNow()
	_ = http.NewResponseController(w.w).Flush()
}

// Hijack gives the connection to the caller. The header may be written before: WebSocket libraries
// write status 101 and then hijack.
func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if w.size > 0 {
		return nil, nil, errHijackLate
	}
	conn, rw, err := http.NewResponseController(w.w).Hijack()
	if err == nil {
		w.size = 0
	}
	return conn, rw, err
}

// CloseNotify is what c.Stream calls.
func (w *writer) CloseNotify() <-chan bool { return w.outer.w.CloseNotify() }

func (w *writer) Pusher() http.Pusher { return w.outer.w.Pusher() }
