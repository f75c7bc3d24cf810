package hold

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// Unwrap lets http.ResponseController reach the writer beneath.
func (p *Writer) Unwrap() http.ResponseWriter { return p.under }

// Header returns the header of the writer beneath. If the response was discarded, it returns an
// empty one, so that nothing the handler sets can reach the error page.
func (p *Writer) Header() http.Header {
	if p.failed != nil {
		return make(http.Header)
	}
	h := p.under.Header()
	if p.pending != nil && !p.exposed {
		p.pending.header.take(h)
	}
	p.exposed = true
	return h
}

// WriteHeader sets the status, and what is sent of the header: what the handler changes later
// counts for trailers only. The checks have the order of net/http.
func (p *Writer) WriteHeader(status int) {
	switch {
	case p.failed != nil:
	case p.status != 0:
		p.c.Superfluous(int(p.status), status)
	case p.sent:
		p.under.WriteHeader(status) // after Hijack, which net/http logs, or after Finish
	case status < 100 || status > 999:
		panic(fmt.Sprintf("invalid WriteHeader code %v", status))
	case status < 200 && (status != http.StatusSwitchingProtocols || !canHijack(p.under)):
		p.under.WriteHeader(status) // informational: another one follows, as after a 101 in HTTP/2
	default:
		p.stated = true
		p.begin(status)
		if p.size < 0 {
			p.send(int(p.status))
		}
	}
}

// begin gives the response its status, and what is sent of the header.
func (p *Writer) begin(status int) {
	p.status = int16(status) // #nosec G115 -- at most 999
	if p.size < 0 {
		return
	}
	h := p.under.Header()
	p.pending = newPending(declaredLength(h))
	if p.exposed {
		p.pending.header.take(h)
	}
}

// Write buffers b if it fits. It copies b, as every io.Writer must.
func (p *Writer) Write(b []byte) (int, error) {
	if buffer, err := p.buffers(len(b)); err != nil {
		return 0, err
	} else if !buffer {
		return p.under.Write(b)
	}
	buf := p.pending.buffer()
	buf.B = append(buf.B, b...)
	return len(b), nil
}

// WriteString spares io.WriteString and templates a copy.
func (p *Writer) WriteString(s string) (int, error) {
	if buffer, err := p.buffers(len(s)); err != nil {
		return 0, err
	} else if !buffer {
		return io.WriteString(p.under, s)
	}
	buf := p.pending.buffer()
	buf.B = append(buf.B, s...)
	return len(s), nil
}

// buffers reports whether n more bytes are to be buffered. If not, they are to be written to the
// writer beneath, unless there is an error.
func (p *Writer) buffers(n int) (bool, error) {
	if p.sent {
		return false, p.failed
	}
	if p.status == 0 {
		if n > p.size {
			p.status = http.StatusOK // begin would copy the header for nothing
			p.send(int(p.status))
			return false, p.failed
		}
		p.begin(http.StatusOK)
	}
	if n == 0 {
		return true, nil
	}
	if !bodyAllowed(int(p.status)) {
		return false, http.ErrBodyNotAllowed
	}
	if p.pending.fits(n, p.size) {
		return true, nil
	}
	p.send(int(p.status))
	return false, p.failed
}

func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// declaredLength returns the Content-Length as net/http understands it, or -1.
func declaredLength(h http.Header) int64 {
	if lines := h["Content-Length"]; len(lines) > 0 {
		if n, err := strconv.ParseInt(lines[0], 10, 64); err == nil && n >= 0 {
			return n
		}
	}
	return -1
}
