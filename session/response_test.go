package session_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// Writers that have some of the interfaces that libraries ask for.
type (
	bare     struct{ http.ResponseWriter }
	flushes  struct{ bare }
	hijacks  struct{ bare }
	readsAll struct{ bare }
	both     struct{ flushes }
	wrapper  struct{ inner http.ResponseWriter }
)

func (flushes) Flush()                                       {}
func (hijacks) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, nil }
func (both) Hijack() (net.Conn, *bufio.ReadWriter, error)    { return nil, nil, nil }
func (readsAll) ReadFrom(src io.Reader) (int64, error)       { return io.Copy(io.Discard, src) }
func (w wrapper) Header() http.Header                        { return w.inner.Header() }
func (w wrapper) Write(p []byte) (int, error)                { return w.inner.Write(p) }
func (w wrapper) WriteHeader(status int)                     { w.inner.WriteHeader(status) }
func (w wrapper) Unwrap() http.ResponseWriter                { return w.inner }

type (
	flushesReads struct{ flushes }
	hijacksReads struct{ hijacks }
	allThree     struct{ both }
)

func (flushesReads) ReadFrom(src io.Reader) (int64, error) { return io.Copy(io.Discard, src) }
func (hijacksReads) ReadFrom(src io.Reader) (int64, error) { return io.Copy(io.Discard, src) }
func (allThree) ReadFrom(src io.Reader) (int64, error)     { return io.Copy(io.Discard, src) }

func TestTheWriterHasTheInterfacesOfTheOneBeneath(t *testing.T) {
	base := bare{httptest.NewRecorder()}
	v := newVisitor(t, session.Options{})
	for _, tt := range []struct {
		beneath               http.ResponseWriter
		flush, hijack, reader bool
	}{
		{base, false, false, false},
		{flushes{base}, true, false, false},
		{hijacks{base}, false, true, false},
		{readsAll{base}, false, false, true},
		{both{flushes{base}}, true, true, false},
		{flushesReads{flushes{base}}, true, false, true},
		{hijacksReads{hijacks{base}}, false, true, true},
		{allThree{both{flushes{base}}}, true, true, true},
		{wrapper{base}, false, false, false},
		{wrapper{both{flushes{base}}}, true, true, false},
	} {
		v.m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, flush := w.(http.Flusher)
			_, hijack := w.(http.Hijacker)
			_, reader := w.(io.ReaderFrom)
			if flush != tt.flush || hijack != tt.hijack || reader != tt.reader {
				t.Errorf("%T: Flusher %v, Hijacker %v, ReaderFrom %v", tt.beneath, flush, hijack, reader)
			}
			if _, ok := w.(io.StringWriter); !ok {
				t.Errorf("%T: no StringWriter", tt.beneath)
			}
			if err := http.NewResponseController(w).Flush(); (err == nil) != tt.flush {
				t.Errorf("%T: Flush gives %v", tt.beneath, err)
			}
		})).ServeHTTP(tt.beneath, httptest.NewRequest("GET", "/", nil))
	}
}

func TestAllWaysToSendTheHeaderTakeTheCookieAlong(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	for what, write := range map[string]func(w http.ResponseWriter){
		"nothing written":    func(http.ResponseWriter) {},
		"Write":              func(w http.ResponseWriter) { _, _ = w.Write([]byte("x")) },
		"WriteString":        func(w http.ResponseWriter) { _, _ = io.WriteString(w, "x") },
		"a long Write":       func(w http.ResponseWriter) { _, _ = w.Write([]byte(long)) },
		"a long WriteString": func(w http.ResponseWriter) { _, _ = io.WriteString(w, long) },
		"WriteHeader":        func(w http.ResponseWriter) { w.WriteHeader(http.StatusTeapot) },
		"WriteHeader 204":    func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) },
		"Flush":              func(w http.ResponseWriter) { w.(http.Flusher).Flush() },
		"FlushError":         func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() },
	} {
		for _, size := range []int{0, -1, 10} {
			v := newVisitor(t, session.Options{BufferSize: size})
			res := v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
				username.Set(s, "ada")
				write(w)
			})
			if len(res.Header["Set-Cookie"]) != 1 {
				t.Errorf("%s with BufferSize %d: Set-Cookie is %q", what, size, res.Header["Set-Cookie"])
			}
		}
	}
}

func TestTheBodyIsTheSameHoweverMuchIsHeld(t *testing.T) {
	for _, size := range []int{0, -1, 1, 10, 11} {
		v := newVisitor(t, session.Options{BufferSize: size})
		res := v.do(func(w http.ResponseWriter, _ *http.Request, _ *session.Session) {
			for i := range 10 {
				if i%2 == 0 {
					_, _ = fmt.Fprint(w, i, " ")
				} else {
					_, _ = io.WriteString(w, fmt.Sprint(i, " "))
				}
			}
		})
		if body, _ := io.ReadAll(res.Body); string(body) != "0 1 2 3 4 5 6 7 8 9 " {
			t.Errorf("with BufferSize %d the body is %q", size, body)
		}
	}
}

func TestHoldingEndsWithTheByteOverBufferSize(t *testing.T) {
	for _, tt := range []struct {
		written int
		late    bool
	}{{100, false}, {101, true}} {
		v := newVisitor(t, session.Options{BufferSize: 100})
		v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			_, _ = w.Write(make([]byte, tt.written-1))
			_, _ = w.Write([]byte("x"))
			username.Set(s, "ada")
		})
		if late := strings.Contains(v.log.String(), "after the response header was sent"); late != tt.late || late == (v.cookies != nil) {
			t.Errorf("after %d bytes: late %v, cookies %q", tt.written, late, v.cookies)
		}
	}
}

func TestInformationalResponsesCommitNothing(t *testing.T) {
	v := newVisitor(t, session.Options{})
	server := httptest.NewServer(v.m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		username.Set(session.From(r), "ada")
	})))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	all, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	hints, final, ok := strings.Cut(string(all), "\r\n\r\n")
	if !ok || !strings.HasPrefix(hints, "HTTP/1.1 103") || strings.Contains(hints, "Set-Cookie") || !strings.Contains(final, "Set-Cookie: __Host-session=") {
		t.Errorf("the server sends %s", all)
	}
}

func TestAHandlerThatPanicsSavesNothingAndLogsIt(t *testing.T) {
	for what, end := range map[string]func(){"panic": func() { panic("boom") }, "abort": func() { panic(http.ErrAbortHandler) }, "Goexit": runtime.Goexit} {
		v := newVisitor(t, session.Options{})
		v.with(func(s *session.Session) { s.Flash("still here") })
		before := v.cookies[0]
		w := httptest.NewRecorder()
		done := make(chan any)
		go func() {
			defer func() { done <- recover() }()
			r := httptest.NewRequest("GET", "/", nil)
			r.Header["Cookie"] = v.cookies
			v.m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s := session.From(r)
				s.Flashes()
				username.Set(s, "ada")
				w.Header().Set("Location", "/next")
				_, _ = w.Write([]byte("half a page"))
				end()
			})).ServeHTTP(w, r)
		}()
		if got := <-done; (got == nil) != (what == "Goexit") {
			t.Errorf("%s: recovered %v", what, got)
		}
		if w.Body.Len() != 0 || len(w.Header()["Set-Cookie"]) != 0 || w.Header().Get("Location") != "" {
			t.Errorf("%s: the visitor gets %q with %v", what, w.Body, w.Header())
		}
		if !strings.Contains(v.log.String(), `level=WARN msg="session: the handler panicked, its changes are dropped" request="GET /" changes="[take flashes set username]"`) {
			t.Errorf("%s: the log does not tell: %s", what, v.log)
		}
		v.cookies = []string{before}
		v.with(func(s *session.Session) { wantFlashes(t, s, "message:still here") })
	}
}

func TestAPanicRecoveredInsideIsAResponseLikeAnother(t *testing.T) {
	v := newVisitor(t, session.Options{})
	res := v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		defer func() {
			_ = recover()
			http.Error(w, "sorry", 500)
		}()
		username.Set(s, "ada")
		panic("boom")
	})
	if res.StatusCode != 500 || len(res.Cookies()) != 1 {
		t.Errorf("answered %d with %v", res.StatusCode, res.Header)
	}
}

func TestAPanicRecoveredOutsideLeavesACleanPage(t *testing.T) {
	v := newVisitor(t, session.Options{})
	inner := v.m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		username.Set(session.From(r), "ada")
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte("half a page"))
		panic("boom")
	}))
	w := httptest.NewRecorder()
	func() {
		defer func() {
			_ = recover()
			http.Error(w, "sorry", 500)
		}()
		inner.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	}()
	if w.Code != 500 || w.Body.String() != "sorry\n" || len(w.Result().Cookies()) != 0 || w.Header().Get("Content-Length") != "" {
		t.Errorf("answered %d %q with %v", w.Code, w.Body, w.Header())
	}
}

func TestAFailedCommitDiscardsAllThatTheHandlerWrites(t *testing.T) {
	for what, write := range map[string]func(w http.ResponseWriter) error{
		"before": func(w http.ResponseWriter) error { _, err := io.WriteString(w, "page"); return err },
		"after a flush": func(w http.ResponseWriter) error {
			_ = http.NewResponseController(w).Flush()
			w.WriteHeader(http.StatusTeapot)
			_, err := io.WriteString(w, "page")
			return err
		},
		"more than is held": func(w http.ResponseWriter) error { _, err := w.Write(make([]byte, 1<<20)); return err },
		"a second flush": func(w http.ResponseWriter) error {
			w.(http.Flusher).Flush()
			return http.NewResponseController(w).Flush()
		},
	} {
		v := newVisitor(t, session.Options{})
		var err error
		res := v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			s.Set("bad", func() {})
			err = write(w)
		})
		if body, _ := io.ReadAll(res.Body); res.StatusCode != 500 || string(body) != "Internal Server Error\n" {
			t.Errorf("%s: answered %d %q", what, res.StatusCode, body)
		}
		if (err == nil) != (what == "before") {
			t.Errorf("%s: the handler is told %v", what, err)
		}
	}
}

func TestBodiesThatAreNotAllowedAreRefusedAtOnce(t *testing.T) {
	for _, status := range []int{204, 304} {
		v := newVisitor(t, session.Options{})
		v.do(func(w http.ResponseWriter, _ *http.Request, _ *session.Session) {
			w.WriteHeader(status)
			if _, err := w.Write([]byte("x")); err != http.ErrBodyNotAllowed {
				t.Errorf("%d: Write gives %v", status, err)
			}
		})
	}
}

func TestASuperfluousWriteHeaderIsLogged(t *testing.T) {
	v := newVisitor(t, session.Options{})
	res := v.do(func(w http.ResponseWriter, _ *http.Request, _ *session.Session) {
		w.WriteHeader(201)
		w.WriteHeader(500)
	})
	if res.StatusCode != 201 || !strings.Contains(v.log.String(), "superfluous WriteHeader") || !strings.Contains(v.log.String(), "response_test.go:") {
		t.Errorf("answered %d, log %s", res.StatusCode, v.log)
	}
}

func TestAnInvalidStatusPanicsWhereItIsGiven(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.do(func(w http.ResponseWriter, _ *http.Request, _ *session.Session) {
		defer func() {
			if recover() == nil {
				t.Error("WriteHeader(99) does not panic")
			}
		}()
		w.WriteHeader(99)
	})
}

func TestReadFromEndsTheHoldingAndReachesTheWriterBeneath(t *testing.T) {
	v := newVisitor(t, session.Options{})
	w := &counting{ResponseRecorder: httptest.NewRecorder()}
	v.m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		username.Set(session.From(r), "ada")
		_, _ = io.WriteString(w, "head ")
		if n, err := io.Copy(w, io.LimitReader(strings.NewReader(strings.Repeat("file", 1000)), 4000)); n != 4000 || err != nil {
			t.Errorf("io.Copy gives %d, %v", n, err)
		}
	})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.reads != 1 || w.Body.String() != "head "+strings.Repeat("file", 1000) || len(w.Result().Cookies()) != 1 {
		t.Errorf("%d reads, body %q, header %v", w.reads, w.Body, w.Result().Header)
	}
}

type counting struct {
	*httptest.ResponseRecorder
	reads int
}

func (w *counting) ReadFrom(src io.Reader) (int64, error) {
	w.reads++
	return io.Copy(w.ResponseRecorder, src)
}

func TestATakenOverConnectionIsCommittedBefore(t *testing.T) {
	v := newVisitor(t, session.Options{})
	done := make(chan struct{})
	server := httptest.NewServer(v.m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(done)
		s := session.From(r)
		username.Set(s, "ada")
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\n")
		_ = w.Header().Write(rw)
		_, _ = rw.WriteString("\r\n")
		_ = rw.Flush()
		s.Set("late", 1)
	})))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	var got bytes.Buffer
	_, _ = got.ReadFrom(conn)
	if !strings.HasPrefix(got.String(), "HTTP/1.1 101") || !strings.Contains(got.String(), "Set-Cookie: __Host-session=") {
		t.Errorf("the server sends %s", got.String())
	}
	<-done
	for _, want := range []string{"the connection was taken over", "changed after the response header was sent"} {
		if !strings.Contains(v.log.String(), want) {
			t.Errorf("the log lacks %q: %s", want, v.log)
		}
	}
}

func TestATrailerSetWhileTheBodyIsHeldIsNoHeader(t *testing.T) {
	v := newVisitor(t, session.Options{})
	server := httptest.NewServer(v.m.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum, x-other")
		_, _ = io.WriteString(w, "body")
		w.Header().Set("X-Sum", "42")
		w.Header().Set(http.TrailerPrefix+"X-More", "yes")
	})))
	defer server.Close()
	res, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if _, ok := res.Header["X-Sum"]; ok {
		t.Errorf("header is %v", res.Header)
	}
	_, _ = io.ReadAll(res.Body)
	if res.Trailer.Get("X-Sum") != "42" || res.Trailer.Get("X-More") != "yes" {
		t.Errorf("trailer is %v", res.Trailer)
	}
}

// noHijack is a writer whose Hijack fails, as that of HTTP/2 would.
type noHijack struct{ *httptest.ResponseRecorder }

func (noHijack) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, http.ErrNotSupported
}

func TestAConnectionThatCannotBeTakenOverGoesOn(t *testing.T) {
	v := newVisitor(t, session.Options{})
	w := noHijack{httptest.NewRecorder()}
	v.m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		s.Set("early", 1)
		if _, _, err := http.NewResponseController(w).Hijack(); err != http.ErrNotSupported {
			t.Errorf("Hijack gives %v", err)
		}
		username.Set(s, "ada")
		_, _ = io.WriteString(w, "page")
	})).ServeHTTP(w, httptest.NewRequest("GET", "https://example.com/", nil))
	res := w.Result()
	if w.Body.String() != "page" || len(res.Cookies()) != 1 || strings.Contains(v.log.String(), "ERROR") {
		t.Fatalf("answered %q with %v, log %s", w.Body, res.Header, v.log)
	}
	v.cookies = []string{res.Cookies()[0].Name + "=" + res.Cookies()[0].Value}
	v.with(func(s *session.Session) {
		if name, _ := username.Get(s); name != "ada" || !s.Has("early") {
			t.Errorf("the session has %q", s.Keys())
		}
	})
}

func TestAFlushAfterAFailedCommitSendsTheErrorPageAtOnce(t *testing.T) {
	m, err := session.New(session.Signed(secret.New()), nil)
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	server := httptest.NewServer(m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session.From(r).Set("x", func() {})
		if err := http.NewResponseController(w).Flush(); err == nil {
			t.Error("the handler is not told that the session cannot be kept")
		}
		<-read // a stream that goes on for long
	})))
	defer server.Close()
	res, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	line, err := bufio.NewReader(res.Body).ReadString('\n')
	close(read)
	if res.StatusCode != http.StatusInternalServerError || line != "Internal Server Error\n" || err != nil {
		t.Errorf("answered %d %q, %v", res.StatusCode, line, err)
	}
}

func TestCloseNotifyTellsWhenTheVisitorHasGone(t *testing.T) {
	m, err := session.New(session.Signed(secret.New()), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	m.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		gone := w.(interface{ CloseNotify() <-chan bool }).CloseNotify()
		select {
		case <-gone:
			t.Error("it tells of one who is there")
		default:
		}
		leave()
		if !<-gone {
			t.Error("it does not tell")
		}
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/", nil))
}

func TestHijack_OfARequestThatLeavesTheSessionAlone(t *testing.T) {
	m := quiet(t, session.Signed(secret.New()), session.Options{})
	server := httptest.NewServer(m.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = rw.WriteString("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\ntaken")
		_ = rw.Flush()
		_ = conn.Close()
	})))
	t.Cleanup(server.Close)
	ends(t, "the request", func() {
		res, err := http.Get(server.URL)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = res.Body.Close() }()
		if body, err := io.ReadAll(res.Body); string(body) != "taken" || err != nil {
			t.Errorf("sent is %q, %v", body, err)
		}
	})
}
