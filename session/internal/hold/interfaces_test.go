package hold_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Writers that have some of the interfaces that libraries ask for.
type (
	bare     struct{ http.ResponseWriter }
	flushes  struct{}
	hijacks  struct{}
	reads    struct{}
	unwraps  struct{ http.ResponseWriter }
	flushErr struct{ bare }
)

func (flushes) Flush()                                       {}
func (hijacks) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, nil }
func (reads) ReadFrom(src io.Reader) (int64, error)          { return io.Copy(io.Discard, src) }
func (w unwraps) Unwrap() http.ResponseWriter                { return w.ResponseWriter }
func (flushErr) FlushError() error                           { return nil }

func TestWriter_ResponseWriter_HasWhatTheWriterBeneathHas(t *testing.T) {
	b := bare{httptest.NewRecorder()}
	for name, tt := range map[string]struct {
		beneath               http.ResponseWriter
		flush, hijack, reader bool
	}{
		"nothing": {b, false, false, false},
		"Flush": {struct {
			bare
			flushes
		}{bare: b}, true, false, false},
		"FlushError": {flushErr{b}, true, false, false},
		"Hijack": {struct {
			bare
			hijacks
		}{bare: b}, false, true, false},
		"ReadFrom": {struct {
			bare
			reads
		}{bare: b}, false, false, true},
		"Flush, Hijack": {struct {
			bare
			flushes
			hijacks
		}{bare: b}, true, true, false},
		"Flush, ReadFrom": {struct {
			bare
			flushes
			reads
		}{bare: b}, true, false, true},
		"Hijack, ReadFrom": {struct {
			bare
			hijacks
			reads
		}{bare: b}, false, true, true},
		"all": {struct {
			bare
			flushes
			hijacks
			reads
		}{bare: b}, true, true, true},
		"Unwrap to nothing": {unwraps{b}, false, false, false},
		"Unwrap to Flush, Hijack": {unwraps{struct {
			bare
			flushes
			hijacks
		}{bare: b}}, true, true, false},
		"two Unwraps to all": {unwraps{unwraps{struct {
			bare
			flushes
			hijacks
			reads
		}{bare: b}}}, true, true, false},
	} {
		c := new(committer)
		_, _ = respond(tt.beneath, c, 100, func(w http.ResponseWriter) {
			_, flush := w.(http.Flusher)
			_, hijack := w.(http.Hijacker)
			_, reader := w.(io.ReaderFrom)
			if flush != tt.flush || hijack != tt.hijack || reader != tt.reader {
				t.Errorf("%s: Flusher %v, Hijacker %v, ReaderFrom %v", name, flush, hijack, reader)
			}
			if _, ok := w.(io.StringWriter); !ok {
				t.Errorf("%s: no StringWriter", name)
			}
			if err := http.NewResponseController(w).Flush(); (err == nil) != tt.flush {
				t.Errorf("%s: Flush gives %v", name, err)
			}
			if (len(c.calls) > 0) != tt.flush {
				t.Errorf("%s: after Flush the committer is called %q", name, c.calls)
			}
		})
	}
}
