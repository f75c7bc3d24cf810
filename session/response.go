package session

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
)

// response is the http.ResponseWriter that a manager's handlers write to. It
// holds back the header and the first bytes until the session can no longer
// change, or has to be committed.
//
// It has no lock: like the writer beneath it, one goroutine uses it at a time.
type response struct {
	w http.ResponseWriter
	s *Session

	status   int         // as WriteHeader said, 0 before
	length   int         // of the body, as a Content-Length declares it; -1 if none does
	before   http.Header // what stood in the header before the handler ran
	held     *buffer
	sent     bool  // the header has left, or the error page in its place
	failed   error // why the error page was sent: the handler's own is discarded
	returned bool  // the handler returned, rather than panicked
}

// Unwrap lets http.ResponseController reach the writer beneath.
func (p *response) Unwrap() http.ResponseWriter { return p.w }

func (p *response) Header() http.Header { return p.w.Header() }

func (p *response) WriteHeader(status int) {
	switch {
	case status < 100 || status > 999:
		panic(fmt.Sprintf("invalid WriteHeader code %v", status)) // as net/http does
	case p.failed != nil:
	case p.sent:
		p.w.WriteHeader(status) // which net/http will complain about
	case status < 200 && status != http.StatusSwitchingProtocols:
		p.w.WriteHeader(status) // informational: it commits nothing
	case p.status != 0:
		p.s.m.o.logger().LogAttrs(p.s.r.Context(), slog.LevelWarn, "session: superfluous WriteHeader call, the first one counts",
			slog.Int("status", p.status), slog.Int("ignored", status), slog.String("call", caller()))
	default:
		p.status = status
		p.length = declaredLength(p.w.Header())
		if p.s.m.o.BufferSize < 0 || status == http.StatusSwitchingProtocols {
			p.send()
		}
	}
}

func (p *response) Write(b []byte) (int, error) {
	if hold, err := p.hold(len(b)); !hold {
		if err != nil {
			return 0, err
		}
		return p.w.Write(b)
	}
	p.held.b = append(p.held.b, b...)
	return len(b), nil
}

// WriteString spares io.WriteString and templates a copy.
func (p *response) WriteString(s string) (int, error) {
	if hold, err := p.hold(len(s)); !hold {
		if err != nil {
			return 0, err
		}
		return io.WriteString(p.w, s)
	}
	p.held.b = append(p.held.b, s...)
	return len(s), nil
}

// hold reports whether n more bytes are to be held back. If not, they may be
// written through unless there is an error.
func (p *response) hold(n int) (bool, error) {
	if p.sent {
		return false, p.failed
	}
	if p.status == 0 {
		p.WriteHeader(http.StatusOK)
		if p.sent {
			return false, p.failed
		}
	}
	if !bodyAllowed(p.status) {
		return false, http.ErrBodyNotAllowed
	}
	held := 0
	if p.held != nil {
		held = len(p.held.b)
	}
	if p.length >= 0 && held+n > p.length {
		p.length = 0 // so that what follows is refused as well
		return false, http.ErrContentLength
	}
	if held+n > p.s.m.o.BufferSize {
		p.send()
		return false, p.failed
	}
	if p.held == nil {
		p.held = getBuffer()
	}
	return true, nil
}

// declaredLength is the length of the body that the header declares, or -1.
// net/http refuses a write that goes over it, and so must the holding: held
// back and sent in one piece, all of the body would be refused.
func declaredLength(h http.Header) int {
	if lines := h["Content-Length"]; len(lines) > 0 {
		if n, err := strconv.Atoi(lines[0]); err == nil && n >= 0 {
			return n
		}
	}
	return -1
}

func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// send commits the session and lets out what was held back, or, where the
// commit fails, the error page in its place. It is called once.
func (p *response) send() {
	if _, err := p.commit(); err != nil {
		return
	}
	if p.status != 0 {
		restore := p.hideTrailers()
		p.w.WriteHeader(p.status)
		restore()
	}
	if p.held != nil {
		// A failed write means that the visitor has gone. The next Write, if
		// any, tells the handler, as it would without us.
		_, _ = p.w.Write(p.held.b)
		p.release()
	}
}

// commit commits the session as the header is about to leave. It reports
// whether there is a cookie for the header to take along.
func (p *response) commit() (cookie bool, err error) {
	p.sent = true
	cookie, err = p.s.m.commit(p.s.r.Context(), p.w.Header(), p.s, true)
	if err != nil {
		p.failed = err
		p.release()
		discardHeaders(p.w.Header(), p.before)
		p.s.m.sendKeptCookie(p.w.Header(), p.s)
		p.s.m.fail(p.w, p.s, err)
		return false, err
	}
	return cookie, nil
}

func (p *response) release() {
	if p.held != nil {
		p.held.free()
		p.held = nil
	}
}

// hideTrailers keeps the trailers that were set while the body was held back
// out of the header. net/http sends a declared trailer's value as a header
// too where it is set before the header leaves.
func (p *response) hideTrailers() (restore func()) {
	h := p.w.Header()
	declared := h["Trailer"]
	if declared == nil {
		return func() {}
	}
	hidden := make(http.Header)
	for _, name := range headerElements(declared) {
		if values, ok := h[name]; ok {
			hidden[name] = values
			delete(h, name)
		}
	}
	return func() {
		for name, values := range hidden {
			h[name] = values
		}
	}
}

// finish ends the response after the handler has returned, or panicked.
func (p *response) finish() {
	switch {
	case p.sent && p.returned && p.failed == nil:
		p.s.m.saveLate(p.s)
	case p.sent && p.failed == nil:
		p.s.m.reportDropped(p.s)
	case p.sent:
	case p.returned:
		p.send()
	default:
		p.sent = true
		p.release()
		discardHeaders(p.w.Header(), p.before)
		p.s.m.sendKeptCookie(p.w.Header(), p.s)
		p.s.m.reportDropped(p.s)
		p.s.headerLeft()
	}
}

// FlushError is what http.ResponseController calls.
func (p *response) FlushError() error {
	if !p.sent {
		if !canFlush(p.w) {
			return http.ErrNotSupported // and the header stays
		}
		p.send()
	}
	err := http.NewResponseController(p.w).Flush()
	if p.failed != nil {
		return p.failed // the error page has gone out
	}
	return err
}

func (p *response) flush() { _ = p.FlushError() }

// hijack commits before the connection is taken over. The header then leaves
// only if whoever takes it sends it, as WebSocket libraries do if asked. Where
// the connection cannot be taken over, the response goes on as it was.
func (p *response) hijack() (net.Conn, *bufio.ReadWriter, error) {
	if p.failed != nil {
		return nil, nil, p.failed
	}
	if p.sent {
		return http.NewResponseController(p.w).Hijack()
	}
	cookie, err := p.commit()
	if err != nil {
		return nil, nil, err
	}
	conn, rw, err := http.NewResponseController(p.w).Hijack()
	if err != nil {
		p.sent = false
		p.s.headerStays()
		return nil, nil, err
	}
	p.release()
	if cookie {
		p.s.m.warn(p.s, takenOver)
	}
	return conn, rw, nil
}

// readFrom lets net/http send a file without copying it through the program.
func (p *response) readFrom(src io.Reader) (int64, error) {
	if !p.sent {
		if p.status == 0 && p.s.m.o.BufferSize < 0 {
			p.status = http.StatusOK
		}
		p.send()
	}
	if p.failed != nil {
		return 0, p.failed
	}
	return p.w.(io.ReaderFrom).ReadFrom(src)
}

// withInterfaces returns the writer with those of http.Flusher, http.Hijacker
// and io.ReaderFrom that the writer beneath has, since libraries for streams
// and WebSockets ask for them by type assertion. Flush and Hijack count as
// there if http.ResponseController finds them: it would otherwise pass by us
// and take the header away before the session is committed.
func (p *response) withInterfaces() http.ResponseWriter {
	_, reads := p.w.(io.ReaderFrom)
	switch flushes, hijacks := canFlush(p.w), canHijack(p.w); {
	case flushes && hijacks && reads:
		return readingHijackingFlusher{hijackingFlusher{flusher{p}}}
	case flushes && hijacks:
		return hijackingFlusher{flusher{p}}
	case flushes && reads:
		return readingFlusher{flusher{p}}
	case hijacks && reads:
		return readingHijacker{hijacker{p}}
	case flushes:
		return flusher{p}
	case hijacks:
		return hijacker{p}
	case reads:
		return reader{p}
	}
	return p
}

func canFlush(w http.ResponseWriter) bool {
	switch t := w.(type) {
	case http.Flusher, interface{ FlushError() error }:
		return true
	case interface{ Unwrap() http.ResponseWriter }:
		return canFlush(t.Unwrap())
	}
	return false
}

func canHijack(w http.ResponseWriter) bool {
	switch t := w.(type) {
	case http.Hijacker:
		return true
	case interface{ Unwrap() http.ResponseWriter }:
		return canHijack(t.Unwrap())
	}
	return false
}

// Each of these is a pointer in another type, so making one costs nothing.
type (
	flusher                 struct{ *response }
	hijacker                struct{ *response }
	reader                  struct{ *response }
	hijackingFlusher        struct{ flusher }
	readingFlusher          struct{ flusher }
	readingHijacker         struct{ hijacker }
	readingHijackingFlusher struct{ hijackingFlusher }
)

func (w flusher) Flush() { w.flush() }

// CloseNotify is for gin's Stream, which calls it without asking. The channel
// gets a value when the visitor has gone.
func (w flusher) CloseNotify() <-chan bool {
	gone := make(chan bool, 1)
	context.AfterFunc(w.s.r.Context(), func() { gone <- true })
	return gone
}

func (w hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) { return w.hijack() }

func (w hijackingFlusher) Hijack() (net.Conn, *bufio.ReadWriter, error) { return w.hijack() }

func (w reader) ReadFrom(src io.Reader) (int64, error) { return w.readFrom(src) }

func (w readingFlusher) ReadFrom(src io.Reader) (int64, error) { return w.readFrom(src) }

func (w readingHijacker) ReadFrom(src io.Reader) (int64, error) { return w.readFrom(src) }

func (w readingHijackingFlusher) ReadFrom(src io.Reader) (int64, error) { return w.readFrom(src) }
