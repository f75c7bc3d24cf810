package hold_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
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

// respond runs a handler over under. It returns the Writer after Finish and what the handler panicked
// with.
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
		c := new(committer)
		_, _ = respond(httptest.NewRecorder(), c, 100, func(w http.ResponseWriter) {
			for range n {
				_, _ = w.Write([]byte("x"))
			}
			if len(c.calls) != commits {
				t.Errorf("after %d bytes of 100 the committer is called %q", n, c.calls)
			}
		})
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

func TestWriter_Fail_DiscardsWhatTheHandlerWrites(t *testing.T) {
	for name, tt := range map[string]struct {
		h    func(w http.ResponseWriter) error
		told bool // the handler is told of the error
	}{
		"a short page": {func(w http.ResponseWriter) error { _, err := io.WriteString(w, "page"); return err }, false},
		"a long page":  {func(w http.ResponseWriter) error { _, err := w.Write(make([]byte, 1000)); return err }, true},
		"after a flush": {func(w http.ResponseWriter) error {
			w.(http.Flusher).Flush()
			w.WriteHeader(http.StatusTeapot)
			w.WriteHeader(http.StatusEarlyHints)
			w.Header().Set("Location", "/next")
			_, err := io.WriteString(w, "page")
			return err
		}, true},
		"a flush": {func(w http.ResponseWriter) error { return http.NewResponseController(w).Flush() }, true},
		"two flushes": {func(w http.ResponseWriter) error {
			w.(http.Flusher).Flush()
			return http.NewResponseController(w).Flush()
		}, true},
		"a takeover": {func(w http.ResponseWriter) error {
			_, _, err := http.NewResponseController(w).Hijack()
			return err
		}, true},
		"a status and a takeover": {func(w http.ResponseWriter) error {
			w.WriteHeader(200)
			_, _, err := http.NewResponseController(w).Hijack()
			return err
		}, true},
		"a file": {func(w http.ResponseWriter) error {
			_, err := w.(io.ReaderFrom).ReadFrom(zeros(1000))
			return err
		}, true},
		"a file after a flush": {func(w http.ResponseWriter) error {
			w.(http.Flusher).Flush()
			_, err := w.(io.ReaderFrom).ReadFrom(zeros(1000))
			return err
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			w, c := &full{ResponseRecorder: httptest.NewRecorder()}, &committer{commit: refuse}
			var err error
			p, _ := respond(w, c, 100, func(w http.ResponseWriter) {
				w.Header().Set("Content-Length", "1000")
				err = tt.h(w)
			})
			res := w.Result()
			if res.StatusCode != 503 || w.Body.String() != "sorry\n" || res.Header["Content-Length"] != nil || w.Header()["Location"] != nil {
				t.Errorf("sent is %s %q with %v", res.Status, w.Body, res.Header)
			}
			if errors.Is(err, errStore) != tt.told || p.Failed() != errStore || !p.Sent() {
				t.Errorf("the handler is told %v; Failed %v, Sent %v", err, p.Failed(), p.Sent())
			}
			if len(c.calls) != 2 {
				t.Errorf("the committer is called %q", c.calls)
			}
			if w.hijacked || w.read != 0 {
				t.Errorf("the response went on beneath: hijacked %v, read %d bytes", w.hijacked, w.read)
			}
		})
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

func TestWriter_Finish_AfterAPanicLeavesACleanHeader(t *testing.T) {
	w, c := httptest.NewRecorder(), new(committer)
	w.Header().Set("X-Outside", "1")
	p, panicked := respond(w, c, 100, func(w http.ResponseWriter) {
		w.Header().Set("X-Accel-Redirect", "/secret")
		w.Header().Set("X-Outside", "2")
		_, _ = io.WriteString(w, "half a page")
		panic("boom")
	})
	http.Error(w, "sorry", 500)
	if panicked != "boom" || p.Sent() || p.Failed() != nil {
		t.Errorf("panicked %v, Sent %v, Failed %v", panicked, p.Sent(), p.Failed())
	}
	if w.Code != 500 || w.Body.String() != "sorry\n" || w.Header()["X-Accel-Redirect"] != nil || w.Header().Get("X-Outside") != "1" {
		t.Errorf("sent is %d %q with %v", w.Code, w.Body, w.Header())
	}
	c.want(t)
	if _, err := p.Write([]byte("late")); err == nil {
		t.Error("a goroutine that the handler left can write into the page")
	}
}

func TestWriter_Commit_Panics(t *testing.T) {
	boom := func(http.Header, int) error { panic("boom") }
	t.Run("recovered outside", func(t *testing.T) {
		for name, h := range map[string]func(w http.ResponseWriter){
			"in Finish": func(w http.ResponseWriter) { w.Header().Set("Location", "/next") },
			"in Flush":  func(w http.ResponseWriter) { w.Header().Set("Location", "/next"); w.(http.Flusher).Flush() },
		} {
			w, c := httptest.NewRecorder(), &committer{commit: boom}
			_, panicked := respond(w, c, 100, h)
			if panicked != "boom" || len(w.Header()) != 0 || w.Body.Len() != 0 {
				t.Errorf("%s: panicked %v, the header is %v", name, panicked, w.Header())
			}
		}
	})
	t.Run("recovered inside", func(t *testing.T) {
		w, c := httptest.NewRecorder(), &committer{commit: boom}
		p, _ := respond(w, c, 100, func(w http.ResponseWriter) {
			defer func() {
				_ = recover()
				_, _ = io.WriteString(w, "all is well")
			}()
			w.(http.Flusher).Flush()
		})
		if w.Code != 503 || w.Body.String() != "sorry\n" || p.Failed() == nil {
			t.Errorf("sent is %d %q, Failed %v", w.Code, w.Body, p.Failed())
		}
	})
}

func TestWriter_Header_ReachesNoTrailerOfAnErrorPage(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c := &committer{commit: refuse, fail: func(w http.ResponseWriter, _ error) {
			w.WriteHeader(503)
			_, _ = w.Write(make([]byte, 5000)) // in chunks
		}}
		_, _ = respond(w, c, 100, func(w http.ResponseWriter) {
			h := w.Header()
			w.(http.Flusher).Flush()
			h.Set(http.TrailerPrefix+"X-Leak", "1")
		})
	}))
	defer server.Close()
	res, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if n, err := io.Copy(io.Discard, res.Body); n != 5000 || err != nil || len(res.Trailer) != 0 {
		t.Errorf("got %d bytes, %v, trailers %v", n, err, res.Trailer)
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
