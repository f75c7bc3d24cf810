//go:build !race

package hold_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/wafer-go/wafer/session/internal/hold"
)

// discard is a writer that has all interfaces and allocates nothing.
type discard struct {
	flushes
	hijacks
	h http.Header
}

func (w *discard) Header() http.Header                   { return w.h }
func (w *discard) WriteHeader(int)                       {}
func (w *discard) Write(b []byte) (int, error)           { return len(b), nil }
func (w *discard) WriteString(s string) (int, error)     { return len(s), nil }
func (w *discard) ReadFrom(src io.Reader) (int64, error) { return io.Copy(io.Discard, src) }

func TestWriter_AllocatesNothing(t *testing.T) {
	page := make([]byte, 2000)
	for name, h := range map[string]func(w http.ResponseWriter){
		"nothing": func(http.ResponseWriter) {},
		"status":  func(w http.ResponseWriter) { w.WriteHeader(404) },
		"page":    func(w http.ResponseWriter) { _, _ = w.Write(page) },
		"texts": func(w http.ResponseWriter) {
			for range 10 {
				_, _ = io.WriteString(w, "some text")
			}
		},
		"header and page": func(w http.ResponseWriter) {
			h := w.Header()
			h["Content-Type"] = contentType
			h["X-Other"] = contentType
			w.WriteHeader(200)
			_, _ = w.Write(page)
		},
		"flush": func(w http.ResponseWriter) { w.(http.Flusher).Flush() },
	} {
		for _, before := range []http.Header{{}, {"X-Outside": {"1"}}} {
			request := new(struct {
				w hold.Writer
				c silent
			})
			under := &discard{h: before}
			if n := testing.AllocsPerRun(200, func() {
				request.w.Init(under, request.c, 4096)
				h(request.w.ResponseWriter())
				request.w.Finish(true)
			}); n != 0 {
				t.Errorf("%s, before it %v: %v allocations", name, before, n)
			}
		}
	}
}

var contentType = []string{"text/html"}
