package hold_test

import (
	"context"
	"net/http"
	"strconv"
	"testing"

	"github.com/wafer-go/wafer/session/internal/hold"
	"github.com/wafer-go/wafer/session/internal/hold/holdtest"
)

// silent is a Committer that changes nothing.
type silent struct{ r *http.Request }

func (silent) Commit(http.Header, int) error         { return nil }
func (silent) Fail(w http.ResponseWriter, err error) { http.Error(w, err.Error(), 500) }
func (silent) Resume()                               {}
func (silent) Hijacked()                             {}
func (silent) Superfluous(int, int)                  {}
func (s silent) Context() context.Context            { return s.r.Context() }

// held serves with a Writer that buffers size bytes.
func held(size int, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var p hold.Writer
		p.Init(w, silent{r}, size)
		returned := false
		defer func() { p.Finish(returned) }()
		next.ServeHTTP(p.ResponseWriter(), r)
		returned = true
	})
}

func TestWriter_SendsWhatNetHTTPSends(t *testing.T) {
	if n := len(holdtest.Handlers()); n < 100 {
		t.Errorf("compared are %d handlers, want at least 100", n)
	}
	if n := holdtest.Requests(); n < 10 {
		t.Errorf("each is asked by %d requests, want at least 10", n)
	}
	holdtest.Compare(t, func(next http.Handler) http.Handler { return held(64<<10, next) })
}

// The buffering ends at another place in almost every handler.
func TestWriter_SendsWhatNetHTTPSends_WithLittleBuffer(t *testing.T) {
	for _, size := range []int{3, -1} {
		t.Run(strconv.Itoa(size), func(t *testing.T) {
			holdtest.Compare(t, func(next http.Handler) http.Handler { return held(size, next) }, "GET", "HEAD", "POST")
		})
	}
}
