package hold

import (
	"bufio"
	"io"
	"net"
	"net/http"

	"github.com/wafer-go/wafer/session/internal/buffer"
)

// FlushError is what http.ResponseController calls.
func (p *Writer) FlushError() error {
	if !p.sent {
		if !canFlush(p.under) {
			return http.ErrNotSupported // and the buffering goes on
		}
		if p.status == 0 {
			p.status = http.StatusOK
		}
		p.send(int(p.status))
	}
	if p.failed == errPanicked || p.failed == errDiscarded {
		return p.failed
	}
	err := http.NewResponseController(p.under).Flush()
	if p.failed != nil {
		return p.failed // and the error page was sent
	}
	return err
}

// hijack takes over the connection. If the response has a status, it is sent before, as net/http
// does. If not, the session is committed and only the handler can send the header, as WebSocket
// libraries do if they are asked to. If the connection cannot be taken over, the response goes on.
func (p *Writer) hijack() (net.Conn, *bufio.ReadWriter, error) {
	if !p.sent && !canHijack(p.under) {
		return nil, nil, http.ErrNotSupported // and the buffering goes on
	}
	first := !p.sent && p.status == 0
	if !p.sent {
		p.send(int(p.status))
	}
	if p.failed != nil {
		return nil, nil, p.failed
	}
	conn, rw, err := http.NewResponseController(p.under).Hijack()
	switch {
	case first && err != nil:
		p.sent = false
		p.c.Resume()
	case first:
		p.c.Hijacked()
	}
	return conn, rw, err
}

// sniffed is the number of bytes that net/http copies before it hands a reader to the connection.
// The header is not sent before they are read, so a handler can still send an error if the reader
// fails.
const sniffed = 512

// readFrom lets net/http send a file without copying it through the program. A reader of less than
// 512 bytes is buffered.
func (p *Writer) readFrom(src io.Reader) (n int64, err error) {
	if !p.sent {
		if n, err = p.copyStart(src); n < sniffed || err != nil {
			return n, err
		}
		if !p.sent {
			p.send(int(p.status))
		}
		if canFlush(p.under) {
			_ = p.FlushError() // net/http sends the header at this point
		}
	}
	if p.failed != nil {
		return n, p.failed
	}
	m, err := p.under.(io.ReaderFrom).ReadFrom(src)
	return n + m, err
}

// copyStart writes the first bytes of src, which may be its last.
func (p *Writer) copyStart(src io.Reader) (int64, error) {
	buf := buffer.Get()
	defer buf.Free()
	return io.CopyBuffer(struct{ io.Writer }{p}, io.LimitReader(src, sniffed), buf.B[:sniffed])
}
