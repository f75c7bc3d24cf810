package debug

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
)

// answer looks at a response's status, and leaves all else to the writer
// beneath. Streams and WebSockets ask that for what it can do beyond
// http.ResponseWriter, so it shows as much and no more.
type answer struct {
	http.ResponseWriter
	status int
	taken  bool // the connection was
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader notes the status of the response proper, not that of a 1xx
// before it; 101 is one proper.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) statusCode() int {
	switch {
	case a.status != 0:
		return a.status
	case a.taken:
		return http.StatusSwitchingProtocols
	}
	return http.StatusOK
}

func (a *answer) flush() {
	// A writer that cannot flush is not asked, and http.Flusher has no error.
	_ = http.NewResponseController(a.ResponseWriter).Flush()
}

func (a *answer) hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(a.ResponseWriter).Hijack()
	a.taken = a.taken || err == nil
	return conn, rw, err
}

func (a *answer) readFrom(src io.Reader) (int64, error) {
	r, ok := a.ResponseWriter.(io.ReaderFrom)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	return r.ReadFrom(src)
}

type (
	flusher  struct{ a *answer }
	hijacker struct{ a *answer }
	reader   struct{ a *answer }
)

func (f flusher) Flush()                                        { f.a.flush() }
func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) { return h.a.hijack() }
func (r reader) ReadFrom(src io.Reader) (int64, error)          { return r.a.readFrom(src) }

func (a *answer) withInterfaces() http.ResponseWriter {
	_, flushes := a.ResponseWriter.(http.Flusher)
	_, hijacks := a.ResponseWriter.(http.Hijacker)
	_, reads := a.ResponseWriter.(io.ReaderFrom)
	f, h, r := flusher{a}, hijacker{a}, reader{a}
	switch {
	case flushes && hijacks && reads:
		return struct {
			*answer
			flusher
			hijacker
			reader
		}{a, f, h, r}
	case flushes && hijacks:
		return struct {
			*answer
			flusher
			hijacker
		}{a, f, h}
	case flushes && reads:
		return struct {
			*answer
			flusher
			reader
		}{a, f, r}
	case hijacks && reads:
		return struct {
			*answer
			hijacker
			reader
		}{a, h, r}
	case flushes:
		return struct {
			*answer
			flusher
		}{a, f}
	case hijacks:
		return struct {
			*answer
			hijacker
		}{a, h}
	case reads:
		return struct {
			*answer
			reader
		}{a, r}
	}
	return a
}
