// Package hold buffers the start of a response until the session is committed.
//
// A handler that uses a session may change it after its first Write, in the middle of a template
// for example, and the session's cookie is part of the header. So [Writer] buffers the header and
// the first bytes of the body. The buffering ends, and a [Committer] commits the session, when
//
//   - the handler returns,
//   - more is written than the buffer may have, or more than the Content-Length allows,
//   - the handler flushes the response or takes over its connection,
//   - the handler copies a reader to it that has 512 bytes or more (see [io.ReaderFrom]).
//
// What was buffered is then sent as net/http would have sent it without Writer: with the status of
// the first WriteHeader, and with the header as it was at that moment. Package holdtest checks
// that.
//
// These differences from an unbuffered response remain:
//
//   - The chunks of a chunked body have other lengths.
//   - A handler that panics has sent nothing of what was buffered. net/http alone sends what went
//     over its own buffer of 2 KiB.
//   - A handler can read the request body after it wrote more than 2 KiB, and a client that waits
//     for "100 Continue" is asked for the body even after WriteHeader.
//   - A handler that takes over the connection has sent all that was buffered if it is more than
//     2 KiB. net/http alone discards the part that is left in its own buffer.
//   - A write that fails, for example because the client closed the connection, tells the handler
//     later.
//   - [http.MaxBytesReader] finds the writer of net/http only if it is not wrapped. So the
//     connection may stay open after a body that is too large; net/http still reads at most 256 KiB
//     of it.
package hold

import (
	"context"
	"errors"
	"net/http"
)

// A Committer decides what a response becomes. All methods are called by the goroutine that uses
// the [Writer], never at the same time.
type Committer interface {
	// Commit is called just before the header is sent with status. It is called once, and again
	// only after Resume.
	//
	//   - It may change header, which has what the handler set before its WriteHeader or first
	//     Write. Its changes are sent.
	//   - status is 200 if the handler returned without a WriteHeader or Write. It is 0 if Hijack
	//     took over the connection before them: then only the handler can send the header.
	//   - An error means that this response must not be sent. Writer then discards what was
	//     buffered and all headers that belong to it, and calls Fail.
	//   - A panic has the same effect, and goes on. Fail is then called only if the handler
	//     recovers it and returns.
	Commit(header http.Header, status int) error

	// Fail writes the error page for err, with its status, to w: the writer beneath. It must call
	// WriteHeader or Write, or the visitor would get an empty page with status 200. The header that
	// it finds has what [Writer] keeps: what was set outside of the handler, and what cannot act on
	// the page. So it should add a Cache-Control. All that the handler writes later is discarded.
	Fail(w http.ResponseWriter, err error)

	// Resume reports that the header was not sent after all, because Hijack failed after
	// Commit(header, 0). Commit will be called again.
	Resume()

	// Hijacked reports that the connection was taken over before any response was sent.
	Hijacked()

	// Superfluous reports a call of WriteHeader(ignored) after the response got its status, by
	// WriteHeader, Write or Flush. The first status counts.
	Superfluous(status, ignored int)

	// Context returns the context of the request. CloseNotify reports when it is done.
	Context() context.Context
}

// Writer is an [http.ResponseWriter] that buffers the start of a response. Call Init before its
// first use, pass what ResponseWriter returns to the handler, and call Finish after it.
//
// Writer has no lock: like the writer beneath, only one goroutine may use it at a time.
type Writer struct {
	under   http.ResponseWriter
	c       Committer
	failed  error     // why what the handler writes is discarded
	before  *snapshot // the header before the handler ran, or nil if it was empty
	pending *pending  // what was buffered, between WriteHeader and sending
	size    int       // the maximal length of the buffered body in bytes; less than 0: no buffering
	status  int16     // of WriteHeader, Write or Flush; 0 before them
	sent    bool      // Commit was called, or the handler panicked: nothing is buffered any more
	stated  bool      // status was set by WriteHeader
	exposed bool      // the handler has the map of the header and may change it at any time
}

var (
	errPanicked  = errors.New("hold: Commit panicked, so the response was discarded")
	errDiscarded = errors.New("hold: the handler panicked, so its response was discarded")
)

// Init makes p ready for one response to under. It buffers at most size bytes of the body, or
// nothing, not even the header, if size is less than 0.
func (p *Writer) Init(under http.ResponseWriter, c Committer, size int) {
	*p = Writer{under: under, c: c, size: size}
	if h := under.Header(); len(h) > 0 {
		p.before = takeSnapshot(h)
	}
}

// Finish ends the response after the handler returned, or panicked. If it returned, what is
// buffered is committed and sent. If it panicked, what is buffered is discarded, and so are the
// headers that the handler set, so that a middleware outside can recover and send a page of its
// own.
//
// If the handler did not write or call WriteHeader, the code outside decides the status.
func (p *Writer) Finish(returned bool) {
	switch {
	case p.failed != nil:
		dropTrailers(p.under.Header())
		if returned && p.failed == errPanicked {
			p.c.Fail(p.under, p.failed)
		}
	case p.sent:
	case !returned:
		p.sent, p.failed = true, errDiscarded
		p.discard()
	case p.status == 0:
		p.send(http.StatusOK)
	default:
		p.send(int(p.status))
	}
	if p.before != nil {
		p.before.free()
		p.before = nil
	}
}

// Sent reports whether the header, or an error page in its place, was sent. It is true as well if
// Hijack took over the connection, and after Finish(true).
func (p *Writer) Sent() bool { return p.sent && p.failed != errDiscarded }

// Failed returns why the error page was sent in place of the response, or nil.
func (p *Writer) Failed() error {
	if p.failed == errDiscarded {
		return nil
	}
	return p.failed
}
