package hold_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/wafer-go/wafer/session/internal/hold"
)

// A committer notes what Writer asks of it, and does what its fields say.
type committer struct {
	calls  []string
	commit func(h http.Header, status int) error
	fail   func(w http.ResponseWriter, err error)
	ctx    context.Context
}

func (c *committer) note(format string, args ...any) {
	c.calls = append(c.calls, fmt.Sprintf(format, args...))
}

func (c *committer) Commit(h http.Header, status int) error {
	c.note("Commit %d", status)
	if c.commit != nil {
		return c.commit(h, status)
	}
	h.Set("Set-Cookie", "session=1")
	return nil
}

func (c *committer) Fail(w http.ResponseWriter, err error) {
	c.note("Fail %v", err)
	if c.fail != nil {
		c.fail(w, err)
		return
	}
	http.Error(w, "sorry", http.StatusServiceUnavailable)
}

func (c *committer) Resume()                         { c.note("Resume") }
func (c *committer) Hijacked()                       { c.note("Hijacked") }
func (c *committer) Superfluous(status, ignored int) { c.note("Superfluous %d %d", status, ignored) }
func (c *committer) Context() context.Context        { return c.ctx }

func (c *committer) want(t *testing.T, calls ...string) {
	t.Helper()
	if !slices.Equal(c.calls, calls) {
		t.Errorf("the committer is called %q, want %q", c.calls, calls)
	}
}

var errStore = errors.New("the store is down")

func refuse(http.Header, int) error { return errStore }

// respond runs a handler over under. It returns the Writer after Finish and what the handler
// panicked with.
func respond(under http.ResponseWriter, c *committer, size int, h func(w http.ResponseWriter)) (p *hold.Writer, panicked any) {
	p = new(hold.Writer)
	p.Init(under, c, size)
	returned := false
	defer func() { panicked = recover() }()
	defer func() { p.Finish(returned) }()
	h(p.ResponseWriter())
	returned = true
	return p, nil
}

func TestWriter_Init(t *testing.T) {
	if n := unsafe.Sizeof(hold.Writer{}); n > 80 {
		t.Errorf("a Writer has %d bytes, and every request has one", n)
	}
}

func TestWriter_Commit_GetsTheStatusAndTheHeaderOfThatMoment(t *testing.T) {
	for name, tt := range map[string]struct {
		h      func(w http.ResponseWriter)
		status int
	}{
		"nothing":     {func(http.ResponseWriter) {}, 200},
		"Write":       {func(w http.ResponseWriter) { _, _ = w.Write([]byte("x")) }, 200},
		"long Write":  {func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, 1000)) }, 200},
		"WriteString": {func(w http.ResponseWriter) { _, _ = io.WriteString(w, "x") }, 200},
		"WriteHeader": {func(w http.ResponseWriter) { w.WriteHeader(404) }, 404},
		"204":         {func(w http.ResponseWriter) { w.WriteHeader(204) }, 204},
		"Flush":       {func(w http.ResponseWriter) { w.(http.Flusher).Flush() }, 200},
		"201, Flush":  {func(w http.ResponseWriter) { w.WriteHeader(201); w.(http.Flusher).Flush() }, 201},
		"103, 404":    {func(w http.ResponseWriter) { w.WriteHeader(103); w.WriteHeader(404) }, 404},
	} {
		for _, size := range []int{100, 0, -1} {
			t.Run(fmt.Sprint(name, " ", size), func(t *testing.T) {
				c := new(committer)
				c.commit = func(h http.Header, _ int) error {
					if h.Get("X-Early") != "1" || h["X-Late"] != nil {
						t.Errorf("Commit gets %v", h)
					}
					h.Set("Set-Cookie", "session=1")
					return nil
				}
				w := &final{ResponseRecorder: httptest.NewRecorder()}
				p, _ := respond(w, c, size, func(w http.ResponseWriter) {
					header := w.Header()
					header.Set("X-Early", "1")
					tt.h(w)
					if name != "nothing" {
						header.Set("X-Late", "1")
					}
				})
				c.want(t, fmt.Sprintf("Commit %d", tt.status))
				res := w.Result()
				if res.StatusCode != tt.status || res.Header.Get("Set-Cookie") == "" || res.Header["X-Late"] != nil {
					t.Errorf("sent is %s with %v", res.Status, res.Header)
				}
				if !p.Sent() || p.Failed() != nil {
					t.Errorf("Sent %v, Failed %v", p.Sent(), p.Failed())
				}
			})
		}
	}
}

// final is a recorder that takes an informational status for what it is.
type final struct{ *httptest.ResponseRecorder }

func (w *final) WriteHeader(status int) {
	if status >= 200 {
		w.ResponseRecorder.WriteHeader(status)
	}
}

func TestWriter_BuffersExactlySizeBytes(t *testing.T) {
	for n, commits := range map[int]int{0: 0, 99: 0, 100: 0, 101: 1} {
		for what, write := range map[string]func(w http.ResponseWriter){
			"one by one": func(w http.ResponseWriter) {
				for range n {
					_, _ = w.Write([]byte("x"))
				}
			},
			"in one":  func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, n)) },
			"in text": func(w http.ResponseWriter) { _, _ = io.WriteString(w, strings.Repeat("x", n)) },
		} {
			c := new(committer)
			_, _ = respond(httptest.NewRecorder(), c, 100, func(w http.ResponseWriter) {
				if write(w); len(c.calls) != commits {
					t.Errorf("after %d bytes of 100, %s, the committer is called %q", n, what, c.calls)
				}
			})
		}
	}
}

// Without room for a body, the header is buffered all the same.
func TestWriter_WriteHeader_IsSentAtOnceIfNothingIsBuffered(t *testing.T) {
	for size, commits := range map[int][3]int{0: {0, 0, 1}, -1: {1, 1, 1}} {
		c := new(committer)
		_, _ = respond(httptest.NewRecorder(), c, size, func(w http.ResponseWriter) {
			for i, step := range []func(){
				func() { w.WriteHeader(201) },
				func() { _, _ = w.Write(nil) },
				func() { _, _ = w.Write([]byte("x")) },
			} {
				if step(); len(c.calls) != commits[i] {
					t.Errorf("size %d, step %d: the committer is called %q", size, i, c.calls)
				}
			}
		})
	}
}

func TestWriter_WriteHeader_HasThreeDigits(t *testing.T) {
	for status, good := range map[int]bool{99: false, 100: true, 999: true, 1000: false} {
		_, panicked := respond(httptest.NewRecorder(), new(committer), 100, func(w http.ResponseWriter) { w.WriteHeader(status) })
		if (panicked == nil) != good {
			t.Errorf("WriteHeader(%d) panics with %v", status, panicked)
		}
	}
}

func TestWriter_Finish_LeavesTheStatusToOthers(t *testing.T) {
	w, c := httptest.NewRecorder(), new(committer)
	_, _ = respond(w, c, 100, func(http.ResponseWriter) {})
	http.NotFound(w, nil) // as a router outside may
	if w.Code != 404 || w.Header().Get("Set-Cookie") == "" {
		t.Errorf("sent is %d with %v", w.Code, w.Header())
	}
}

// full is a recorder that has all interfaces.
type full struct {
	*httptest.ResponseRecorder
	hijacked bool
	read     int64
	err      error // of Hijack
}

func (w *full) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.hijacked = w.err == nil
	return nil, nil, w.err
}

func (w *full) ReadFrom(src io.Reader) (int64, error) {
	n, err := io.Copy(w.ResponseRecorder, src)
	w.read += n
	return n, err
}

func zeros(n int64) io.Reader { return io.LimitReader(zero{}, n) }

type zero struct{}

func (zero) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// A header of a middleware outside is sent, and what the handler changes too late is not, also if
// the handler first looks at the header after its Write.
func TestWriter_Header_AfterWrite(t *testing.T) {
	w := httptest.NewRecorder()
	w.Header().Set("X-Outside", "1")
	w.Header().Set("X-Changed", "1")
	_, _ = respond(w, new(committer), 100, func(w http.ResponseWriter) {
		_, _ = io.WriteString(w, "page")
		w.Header().Set("X-Late", "1")
		w.Header().Set("X-Changed", "2")
		w.Header()["X-Nil"] = nil
	})
	got := w.Result().Header
	if got.Get("X-Outside") != "1" || got.Get("X-Changed") != "1" || got["X-Late"] != nil || got.Get("Set-Cookie") == "" {
		t.Errorf("sent is %v", got)
	}
	if h := w.Header(); h.Get("X-Late") != "1" || h.Get("X-Changed") != "2" || h.Get("Set-Cookie") == "" {
		t.Errorf("the handler has %v", h)
	}
}

// Pooled memory must not bring one response's header into another.
func TestWriter_Header_HasNothingOfEarlierResponses(t *testing.T) {
	for i := range 20 {
		w := httptest.NewRecorder()
		_, _ = respond(w, new(committer), 100, func(w http.ResponseWriter) {
			w.Header().Set(fmt.Sprint("X-", i), "1")
			_, _ = io.WriteString(w, "page")
			w.Header().Set("X-Late", "1") // so that the header is restored
		})
		want := []string{"Content-Type", "Set-Cookie", fmt.Sprint("X-", i)}
		if got := slices.Sorted(maps.Keys(w.Result().Header)); !slices.Equal(got, want) {
			t.Fatalf("response %d has %q, want %q", i, got, want)
		}
	}
}

func TestWriter_Hijack(t *testing.T) {
	hijack := func(w http.ResponseWriter) { _, _, _ = http.NewResponseController(w).Hijack() }
	for name, tt := range map[string]struct {
		h     func(w http.ResponseWriter)
		fails bool
		calls []string
		sent  string
	}{
		"first": {hijack, false, []string{"Commit 0", "Hijacked"}, ""},
		"after WriteHeader": {func(w http.ResponseWriter) {
			w.WriteHeader(201)
			_, _ = io.WriteString(w, "page")
			hijack(w)
		}, false, []string{"Commit 201"}, "page"},
		"twice": {func(w http.ResponseWriter) { hijack(w); hijack(w) }, false, []string{"Commit 0", "Hijacked"}, ""},
		"first, and fails": {func(w http.ResponseWriter) {
			hijack(w)
			_, _ = io.WriteString(w, "page")
		}, true, []string{"Commit 0", "Resume", "Commit 200"}, "page"},
		"after WriteHeader, and fails": {func(w http.ResponseWriter) {
			w.WriteHeader(201)
			hijack(w)
			_, _ = io.WriteString(w, "page")
		}, true, []string{"Commit 201"}, "page"},
	} {
		w, c := &full{ResponseRecorder: httptest.NewRecorder()}, new(committer)
		if tt.fails {
			w.err = http.ErrNotSupported
		}
		_, _ = respond(w, c, 100, tt.h)
		if !slices.Equal(c.calls, tt.calls) || w.Body.String() != tt.sent || w.hijacked == tt.fails {
			t.Errorf("%s: the committer is called %q, sent is %q, hijacked %v", name, c.calls, w.Body, w.hijacked)
		}
	}
}

func TestWriter_WriteHeader_Superfluous(t *testing.T) {
	w, c := httptest.NewRecorder(), new(committer)
	_, _ = respond(w, c, 100, func(w http.ResponseWriter) {
		w.WriteHeader(201)
		w.WriteHeader(500)
		w.WriteHeader(103)
		w.WriteHeader(-1)
		w.(http.Flusher).Flush()
		w.WriteHeader(500)
	})
	c.want(t, "Superfluous 201 500", "Superfluous 201 103", "Superfluous 201 -1", "Commit 201", "Superfluous 201 500")
}

func TestWriter_ReadFrom_ReachesTheWriterBeneath(t *testing.T) {
	for n, beneath := range map[int64]int64{0: 0, 511: 0, 512: 0, 513: 1, 10_000: 10_000 - 512} {
		w, c := &full{ResponseRecorder: httptest.NewRecorder()}, new(committer)
		_, _ = respond(w, c, 1<<20, func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, "head")
			if got, err := io.Copy(w, zeros(n)); got != n || err != nil {
				t.Errorf("io.Copy of %d bytes gives %d, %v", n, got, err)
			}
			if (len(c.calls) > 0) != (n >= 512) {
				t.Errorf("after a copy of %d bytes the committer is called %q", n, c.calls)
			}
		})
		if w.read != beneath || int64(w.Body.Len()) != n+4 {
			t.Errorf("of %d bytes ReadFrom beneath got %d, and %d were sent", n, w.read, w.Body.Len())
		}
	}
}

func TestWriter_CloseNotify(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	_, _ = respond(httptest.NewRecorder(), &committer{ctx: ctx}, 100, func(w http.ResponseWriter) {
		gone := w.(interface{ CloseNotify() <-chan bool }).CloseNotify()
		select {
		case <-gone:
			t.Error("it reports a client that is there")
		default:
		}
		leave()
		if !<-gone {
			t.Error("it does not report that the client has left")
		}
	})
}

// Writers beneath may tell the two apart: httptest.ResponseRecorder, as some compressors, guesses
// the Content-Type only if nobody called WriteHeader.
func TestWriter_CallsWriteHeaderOnlyIfTheHandlerDid(t *testing.T) {
	for name, tt := range map[string]struct {
		h    func(w http.ResponseWriter)
		want int
	}{
		"nothing":                  {func(http.ResponseWriter) {}, 0},
		"Write":                    {func(w http.ResponseWriter) { _, _ = io.WriteString(w, "page") }, 0},
		"empty Write":              {func(w http.ResponseWriter) { _, _ = w.Write(nil) }, 0},
		"long Write":               {func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, 1000)) }, 0},
		"Flush":                    {func(w http.ResponseWriter) { w.(http.Flusher).Flush() }, 0},
		"WriteHeader":              {func(w http.ResponseWriter) { w.WriteHeader(200); _, _ = io.WriteString(w, "page") }, 1},
		"WriteHeader, empty Write": {func(w http.ResponseWriter) { w.WriteHeader(200); _, _ = w.Write(nil) }, 1},
	} {
		for _, size := range []int{100, -1} {
			w := &counting{ResponseRecorder: httptest.NewRecorder()}
			_, _ = respond(w, new(committer), size, tt.h)
			if w.statuses != tt.want {
				t.Errorf("%s, size %d: WriteHeader beneath is called %d times, want %d", name, size, w.statuses, tt.want)
			}
			if strings.HasSuffix(name, "empty Write") && w.writes == 0 {
				t.Errorf("%s, size %d: Write beneath is not called", name, size)
			}
		}
	}
}

// counting counts the calls that it gets.
type counting struct {
	*httptest.ResponseRecorder
	statuses, writes int
}

func (w *counting) WriteHeader(status int) { w.statuses++; w.ResponseRecorder.WriteHeader(status) }

func (w *counting) Write(b []byte) (int, error) { w.writes++; return w.ResponseRecorder.Write(b) }
