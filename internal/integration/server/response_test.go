package server

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session"
)

// unwrapping is a middleware's writer that has Unwrap and nothing else, as
// many have.
type unwrapping struct{ w http.ResponseWriter }

func (u unwrapping) Header() http.Header         { return u.w.Header() }
func (u unwrapping) Write(p []byte) (int, error) { return u.w.Write(p) }
func (u unwrapping) WriteHeader(status int)      { u.w.WriteHeader(status) }
func (u unwrapping) Unwrap() http.ResponseWriter { return u.w }

func unwraps(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(unwrapping{w}, r) })
}

func TestResponseControllerWorksThroughAllWriters(t *testing.T) {
	for what, with := range map[string]setup{
		"alone": {}, "outside": {outside: unwraps}, "inside": {inside: unwraps}, "both": {outside: unwraps, inside: unwraps},
	} {
		s := start(t, with, func(w http.ResponseWriter, r *http.Request) {
			username.Set(session.From(r), "ada")
			c := http.NewResponseController(w)
			for call, err := range map[string]error{
				"SetReadDeadline":  c.SetReadDeadline(time.Now().Add(time.Minute)),
				"SetWriteDeadline": c.SetWriteDeadline(time.Now().Add(time.Minute)),
				"EnableFullDuplex": c.EnableFullDuplex(),
				"Flush":            c.Flush(),
			} {
				if err != nil {
					t.Errorf("%s: %s gives %v", what, call, err)
				}
			}
			if len(w.Header()["Set-Cookie"]) != 1 {
				t.Errorf("%s: Flush passed by the session", what)
			}
		})
		if res, _ := s.get(t, "/"); len(res.Cookies()) != 1 {
			t.Errorf("%s: header %v", what, res.Header)
		}
		s.wantName(t, "ada")
	}
}

func TestHijackingIsCommittedThroughAllWriters(t *testing.T) {
	for what, with := range map[string]setup{"alone": {}, "outside": {outside: unwraps}, "inside": {inside: unwraps}, "both": {outside: unwraps, inside: unwraps}} {
		s := start(t, with, func(w http.ResponseWriter, r *http.Request) {
			username.Set(session.From(r), "ada")
			c, rw, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Errorf("%s: %v", what, err)
				return
			}
			defer func() { _ = c.Close() }()
			_, _ = rw.WriteString("HTTP/1.1 200 OK\r\nConnection: close\r\n")
			_ = w.Header().Write(rw)
			_, _ = rw.WriteString("\r\nraw")
			_ = rw.Flush()
		})
		if res, body := s.get(t, "/"); body != "raw" || len(res.Cookies()) != 1 {
			t.Errorf("%s: %q with %v", what, body, res.Header)
		}
	}
}

func TestAFlashReadInTheMiddleOfATemplateIsGoneAtTheNext(t *testing.T) {
	page := template.Must(template.New("").Funcs(session.Funcs).Parse(`<html>{{range flashes .}}{{.Text}}{{end}}</html>`))
	for _, http2 := range []bool{false, true} {
		s := start(t, setup{http2: http2}, func(w http.ResponseWriter, r *http.Request) { _ = page.Execute(w, session.From(r)) })
		s.get(t, "/flash")
		for _, want := range []string{"<html>one</html>", "<html></html>"} {
			if _, body := s.get(t, "/"); body != want {
				t.Errorf("the page is %q, want %q", body, want)
			}
		}
	}
}

func TestFlashesReadAtTheEndOfALongPageAreReportedAndStay(t *testing.T) {
	s := start(t, setup{}, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", 100_000))
		for _, m := range session.From(r).Flashes() {
			_, _ = io.WriteString(w, m.Text)
		}
	})
	s.get(t, "/flash")
	if _, body := s.get(t, "/"); !strings.HasSuffix(body, "xone") {
		t.Error("the flash is not shown")
	}
	s.wantLate(t, "response_test.go")
	if _, body := s.get(t, "/flashes"); body != "page one" {
		t.Errorf("the next page is %q", body)
	}
}

func TestAFailedCommitShowsTheErrorPageAlone(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		s := start(t, setup{http2: http2, options: session.Options{MaxCookieSize: 200}}, func(w http.ResponseWriter, r *http.Request) {
			session.From(r).Set("large", strings.Repeat("x", 300))
			w.Header().Set("Content-Length", "5")
			w.Header().Set("Location", "/next")
			w.WriteHeader(http.StatusSeeOther)
			_, _ = io.WriteString(w, "page!")
		})
		s.CheckRedirect = func(*http.Request, []*http.Request) error { return errors.New("redirected") }
		res, body := s.get(t, "/")
		if res.StatusCode != 500 || body != "error page\n" || res.Header.Get("Location") != "" || len(res.Cookies()) != 0 || res.ContentLength != int64(len(body)) {
			t.Errorf("HTTP/%d: answered %d %q with %v", res.ProtoMajor, res.StatusCode, body, res.Header)
		}
		if err := <-s.events; !errors.Is(err, session.ErrTooLarge) {
			t.Errorf("ErrorHandler was told %v", err)
		}
	}
}

func TestAPanicAbortsTheResponseAndKeepsTheFlash(t *testing.T) {
	for what, end := range map[string]func(){"panic": func() { panic("boom") }, "abort": func() { panic(http.ErrAbortHandler) }, "Goexit": runtime.Goexit} {
		s := start(t, setup{}, func(w http.ResponseWriter, r *http.Request) {
			session.From(r).Flashes()
			_, _ = io.WriteString(w, "half a page")
			if r.Header.Get("Panic") != "" {
				end()
			}
		})
		s.get(t, "/flash")
		r, _ := http.NewRequest("GET", s.URL, nil)
		r.Header.Set("Panic", "yes")
		if what == "Goexit" {
			s.Timeout = time.Second // net/http leaves the connection open
		}
		if res, err := s.Do(r); err == nil {
			body, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			t.Errorf("%s: answered %d %q", what, res.StatusCode, body)
		}
		s.Timeout = 0
		if _, body := s.get(t, "/flashes"); body != "page one" {
			t.Errorf("%s: the next page is %q", what, body)
		}
	}
}

func recovers(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				http.Error(w, "recovered", http.StatusInternalServerError)
			}
		}()
		h.ServeHTTP(w, r)
	})
}

func TestWhoRecoversDecidesWhatIsSaved(t *testing.T) {
	for what, tt := range map[string]struct {
		with setup
		name string
	}{"inside": {setup{inside: recovers}, "ada"}, "outside": {setup{outside: recovers}, ""}} {
		s := start(t, tt.with, func(w http.ResponseWriter, r *http.Request) {
			username.Set(session.From(r), "ada")
			w.Header().Set("Location", "/next")
			panic("boom")
		})
		if res, body := s.get(t, "/"); res.StatusCode != 500 || body != "recovered\n" {
			t.Errorf("%s: answered %d %q", what, res.StatusCode, body)
		}
		s.wantName(t, tt.name)
	}
}

func TestAVisitorWhoGoesAwayLosesNoSave(t *testing.T) {
	left := make(chan bool)
	header := make(chan http.Header, 1)
	s := start(t, setup{outside: func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(w, r)
			if r.URL.Path == "/" {
				header <- w.Header()
			}
		})
	}}, func(w http.ResponseWriter, r *http.Request) {
		username.Set(session.From(r), "ada")
		left <- true
		<-r.Context().Done()
	})
	go func() {
		r, _ := http.NewRequest("GET", s.URL, nil)
		s.Timeout = 200 * time.Millisecond
		if res, err := s.Do(r); err == nil {
			_ = res.Body.Close()
			t.Error("the visitor did not go away")
		}
	}()
	<-left
	if h := <-header; len(h["Set-Cookie"]) != 1 {
		t.Errorf("the header is %v", h)
	}
	s.wg.Wait()
	if len(s.events) != 0 {
		t.Errorf("ErrorHandler was told %v", <-s.events)
	}
}

func compresses(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		z := gzip.NewWriter(w)
		w.Header().Set("Content-Encoding", "gzip")
		h.ServeHTTP(compressing{w, z}, r)
		_ = z.Close()
	})
}

type compressing struct {
	http.ResponseWriter
	z *gzip.Writer
}

func (c compressing) Write(p []byte) (int, error) { return c.z.Write(p) }

func limits(h http.Handler) http.Handler { return http.TimeoutHandler(h, time.Minute, "too slow") }

func TestOtherMiddlewareWorksOnEitherSide(t *testing.T) {
	for what, with := range map[string]setup{
		"gzip outside": {outside: compresses}, "gzip inside": {inside: compresses}, "TimeoutHandler outside": {outside: limits}, "TimeoutHandler inside": {inside: limits},
		"recover outside": {outside: recovers}, "recover inside": {inside: recovers},
	} {
		s := start(t, with, func(w http.ResponseWriter, r *http.Request) {
			username.Set(session.From(r), "ada")
			_, _ = io.WriteString(w, strings.Repeat("page", 10))
		})
		if res, body := s.get(t, "/"); body != strings.Repeat("page", 10) || len(res.Cookies()) != 1 {
			t.Errorf("%s: %q with %v", what, body, res.Header)
		}
		s.get(t, "/flash")
		if _, body := s.get(t, "/flashes"); body != "page one" {
			t.Errorf("%s: the flashes are %q", what, body)
		}
		if _, body := s.get(t, "/flashes"); body != "page " {
			t.Errorf("%s: the flashes are then %q", what, body)
		}
	}
}

func TestAStatusWithoutABodyHasNone(t *testing.T) {
	for _, status := range []int{http.StatusNoContent, http.StatusNotModified} {
		s := start(t, setup{}, func(w http.ResponseWriter, r *http.Request) {
			username.Set(session.From(r), "ada")
			w.WriteHeader(status)
			if _, err := io.WriteString(w, "x"); !errors.Is(err, http.ErrBodyNotAllowed) {
				t.Errorf("%d: writing gives %v", status, err)
			}
		})
		if res, body := s.get(t, "/"); res.StatusCode != status || body != "" || len(res.Cookies()) != 1 {
			t.Errorf("%d: answered %d %q with %v", status, res.StatusCode, body, res.Header)
		}
	}
}

func TestHeadHasTheHeaderOfGet(t *testing.T) {
	s := start(t, setup{}, func(w http.ResponseWriter, r *http.Request) {
		username.Set(session.From(r), "ada")
		_, _ = io.WriteString(w, "page")
	})
	res, err := s.Head(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.ContentLength != 4 || len(res.Cookies()) != 1 {
		t.Errorf("the header is %v", res.Header)
	}
}

func TestOneHundredContinueCommitsNothing(t *testing.T) {
	s := start(t, setup{}, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		username.Set(session.From(r), string(body))
		_, _ = w.Write(body)
	})
	r, _ := http.NewRequest("POST", s.URL, strings.NewReader("ada"))
	r.Header.Set("Expect", "100-continue")
	res, err := s.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if len(res.Cookies()) != 1 {
		t.Errorf("the header is %v", res.Header)
	}
	s.wantName(t, "ada")
}

func TestFullDuplexIsPossible(t *testing.T) {
	s := start(t, setup{}, func(w http.ResponseWriter, r *http.Request) {
		username.Set(session.From(r), "ada")
		c := http.NewResponseController(w)
		if err := c.EnableFullDuplex(); err != nil {
			t.Error(err)
		}
		lines := bufio.NewScanner(r.Body)
		for lines.Scan() {
			_, _ = fmt.Fprintf(w, "echo %s\n", lines.Text())
			_ = c.Flush()
		}
	})
	in, out := io.Pipe()
	r, _ := http.NewRequest("POST", s.URL, in)
	go func() { _, _ = io.WriteString(out, "one\n") }()
	res, err := s.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	answers := bufio.NewReader(res.Body)
	for _, word := range []string{"one", "two"} {
		if line, err := answers.ReadString('\n'); line != "echo "+word+"\n" {
			t.Errorf("the answer is %q, %v", line, err)
		}
		if word == "one" {
			go func() { _, _ = io.WriteString(out, "two\n"); _ = out.Close() }()
		}
	}
	if len(res.Cookies()) != 1 {
		t.Errorf("the header is %v", res.Header)
	}
}
