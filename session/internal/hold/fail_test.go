package hold_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

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
