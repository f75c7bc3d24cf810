package hold

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
)

// ResponseWriter returns p with each of [http.Flusher], [http.Hijacker] and [io.ReaderFrom] that
// the writer beneath has, because libraries for streams and WebSockets use type assertions. Flush
// and Hijack also count if [http.ResponseController] finds them by Unwrap: otherwise it would call
// them beneath p, and send the header before the session is committed.
func (p *Writer) ResponseWriter() http.ResponseWriter {
	_, reads := p.under.(io.ReaderFrom)
	switch flushes, hijacks := canFlush(p.under), canHijack(p.under); {
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
	for {
		switch t := w.(type) {
		case http.Flusher, interface{ FlushError() error }:
			return true
		case interface{ Unwrap() http.ResponseWriter }:
			w = t.Unwrap()
		default:
			return false
		}
	}
}

func canHijack(w http.ResponseWriter) bool {
	for {
		switch t := w.(type) {
		case http.Hijacker:
			return true
		case interface{ Unwrap() http.ResponseWriter }:
			w = t.Unwrap()
		default:
			return false
		}
	}
}

// Each of these is a pointer in another type, so making one allocates nothing.
type (
	flusher                 struct{ *Writer }
	hijacker                struct{ *Writer }
	reader                  struct{ *Writer }
	hijackingFlusher        struct{ flusher }
	readingFlusher          struct{ flusher }
	readingHijacker         struct{ hijacker }
	readingHijackingFlusher struct{ hijackingFlusher }
)

func (w flusher) Flush() { _ = w.FlushError() }

// CloseNotify is for Gin's Stream, which calls it without asking. The channel receives a value when
// the request's context is done.
func (w flusher) CloseNotify() <-chan bool {
	gone := make(chan bool, 1)
	context.AfterFunc(w.c.Context(), func() { gone <- true })
	return gone
}

func (w hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) { return w.hijack() }

func (w hijackingFlusher) Hijack() (net.Conn, *bufio.ReadWriter, error) { return w.hijack() }

func (w reader) ReadFrom(src io.Reader) (int64, error) { return w.readFrom(src) }

func (w readingFlusher) ReadFrom(src io.Reader) (int64, error) { return w.readFrom(src) }

func (w readingHijacker) ReadFrom(src io.Reader) (int64, error) { return w.readFrom(src) }

func (w readingHijackingFlusher) ReadFrom(src io.Reader) (int64, error) { return w.readFrom(src) }
