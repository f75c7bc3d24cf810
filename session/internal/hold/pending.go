package hold

import (
	"net/http"
	"sync"

	"github.com/wafer-go/wafer/session/internal/buffer"
)

// pending is a response that has a status and is not sent yet.
type pending struct {
	body   *buffer.Buffer // nil as long as nothing was written
	length int64          // of the body, as the Content-Length declares it; -1 if there is none
	header snapshot       // as WriteHeader found it; empty if the handler never had the header
}

var pendings = sync.Pool{New: func() any { return new(pending) }}

func newPending(length int64) *pending {
	w := pendings.Get().(*pending)
	w.length = length
	return w
}

func (w *pending) buffer() *buffer.Buffer {
	if w.body == nil {
		w.body = buffer.Get()
	}
	return w.body
}

func (w *pending) bytes() []byte {
	if w.body == nil {
		return nil
	}
	return w.body.B
}

// fits reports whether n more bytes can be buffered. What is over the declared length is for
// net/http to refuse: in one write with what came before, it would refuse all of the body.
func (w *pending) fits(n, size int) bool {
	n += len(w.bytes())
	return n <= size && (w.length < 0 || int64(n) <= w.length)
}

func (w *pending) free() {
	if w.body != nil {
		w.body.Free()
		w.body = nil
	}
	w.header.clear()
	pendings.Put(w)
}

// send commits the session and sends what was buffered or, if the commit fails, the error page. It
// is called once, with the response's status, which is 0 if the connection is taken over before.
//
// A status that WriteHeader did not set is left to the first Write or Flush beneath, as the handler
// left it: some writers guess the Content-Type only then.
func (p *Writer) send(status int) {
	h := p.under.Header()
	var late []change
	if p.pending != nil && p.exposed {
		late = p.pending.header.restore(h)
	}
	p.sent, p.failed = true, errPanicked // until Commit returns
	defer func() {
		if p.failed == errPanicked {
			p.discard()
		}
	}()
	if p.failed = p.c.Commit(h, status); p.failed != nil {
		p.discard()
		p.c.Fail(p.under, p.failed)
		return
	}
	if p.stated {
		p.under.WriteHeader(status)
	}
	if w := p.pending; w != nil && (w.body != nil || !p.stated) {
		// A failed write means that the client closed the connection. The next Write or Flush tells
		// the handler, as with net/http alone.
		_, _ = p.under.Write(w.bytes())
	}
	for _, c := range late {
		c.apply(h) // trailers, which net/http reads in the end
	}
	p.release()
}

// discard removes the response that will not be sent, so that only the response that replaces it is
// sent.
func (p *Writer) discard() {
	p.release()
	clean(p.under.Header(), p.before)
}

func (p *Writer) release() {
	if p.pending != nil {
		p.pending.free()
		p.pending = nil
	}
}

var _ http.ResponseWriter = (*Writer)(nil)
