package ginsession

import (
	"bufio"
	"net"
	"net/http"

	"github.com/gin-gonic/gin"
)

// outer is what the manager writes to: the writer that c.Writer was before the middleware, which is
// Gin's own or that of a middleware outside.
//
// Gin's writers send a header late, with the first byte, and a compressor decides then what is in
// it. So the header is written at once only if the manager relies on it.
type outer struct {
	w      gin.ResponseWriter
	used   bool // a final status or more was written through us
	wrote  bool // bytes of a body were
	closed bool // what the manager has buffered is dropped
}

// Unwrap lets http.ResponseController reach the writer beneath.
func (o *outer) Unwrap() http.ResponseWriter { return o.w }

func (o *outer) Header() http.Header { return o.w.Header() }

func (o *outer) WriteHeader(status int) {
	if status < 200 && status != http.StatusSwitchingProtocols {
		// Gin counts 103 as the final status. The server does not.
		if beneath := o.beneath(); beneath != nil {
			beneath.WriteHeader(status)
		}
		return
	}
	if o.closed {
		return
	}
	o.used = true
	o.w.WriteHeader(status)
	// The connection is about to be taken over, or the manager hides the trailers from the header
	// for this call.
	if status == http.StatusSwitchingProtocols || o.w.Header()["Trailer"] != nil {
		o.w.WriteHeaderNow()
	}
}

func (o *outer) Write(b []byte) (int, error) {
	if o.closed {
		return len(b), nil
	}
	o.used, o.wrote = true, true
	return o.w.Write(b)
}

func (o *outer) WriteString(s string) (int, error) {
	if o.closed {
		return len(s), nil
	}
	o.used, o.wrote = true, true
	return o.w.WriteString(s)
}

func (o *outer) Flush() {
	o.used = true
	o.w.Flush()
}

// Hijack returns http.ErrNotSupported for a connection of HTTP/2, for which Gin's own writer
// panics.
func (o *outer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if beneath := o.beneath(); beneath != nil {
		if _, ok := beneath.(http.Hijacker); !ok {
			return nil, nil, http.ErrNotSupported
		}
	}
	o.used = true
	return o.w.Hijack()
}

// beneath returns the writer that Gin was given, or nil if a middleware's writer has no Unwrap.
func (o *outer) beneath() http.ResponseWriter {
	var w http.ResponseWriter = o.w
	for {
		if _, ok := w.(gin.ResponseWriter); !ok {
			return w
		}
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return nil
		}
		w = u.Unwrap()
	}
}
