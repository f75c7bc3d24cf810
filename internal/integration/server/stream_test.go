package server

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session"
)

// nextLine is the file and line after the call.
func nextLine() string {
	_, file, line, _ := runtime.Caller(1)
	return fmt.Sprintf("%s:%d", file, line+1)
}

func TestFlushBeforeTheFirstWriteTakesTheCookieAlong(t *testing.T) {
	for what, flush := range map[string]func(http.ResponseWriter) error{
		"Flusher":            func(w http.ResponseWriter) error { w.(http.Flusher).Flush(); return nil },
		"ResponseController": func(w http.ResponseWriter) error { return http.NewResponseController(w).Flush() },
	} {
		t.Run(what, func(t *testing.T) {
			onBoth(t, func(t *testing.T, serve func(*testing.T, http.Handler) *visitor) {
				p := newProgram(t, session.Options{})
				goOn := make(chan struct{})
				v := serve(t, p.handle(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
					username.Set(s, "ada")
					if err := flush(w); err != nil {
						t.Error(err)
					}
					await(r, goOn)
					_, _ = io.WriteString(w, "done")
				}))
				res := v.get("/") // returns with the header, while the handler waits
				wantCookie(t, res)
				close(goOn)
				if body := v.body(res); body != "done" {
					t.Errorf("the body is %q", body)
				}
				wantNoLog(t, p.log)
			})
		})
	}
}

func TestEventsArriveOneByOneAndALateChangeIsReportedWithItsCall(t *testing.T) {
	onBoth(t, func(t *testing.T, serve func(*testing.T, http.Handler) *visitor) {
		told := make(chan error, 10)
		p := newProgram(t, session.Options{ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, "this must go nowhere", http.StatusTeapot)
			told <- err
		}})
		next := make(chan string)
		calls := make(chan string, 1)
		v := serve(t, p.handle(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
			s.Set("seen", true)
			w.Header().Set("Content-Type", "text/event-stream")
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			for range 3 {
				select {
				case text := <-next:
					_, _ = fmt.Fprintf(w, "data: %s\n\n", text)
					_ = http.NewResponseController(w).Flush()
				case <-r.Context().Done():
				}
			}
			call := nextLine()
			username.Set(s, "ada")
			calls <- call
		}))
		res := v.get("/")
		wantCookie(t, res)
		events := bufio.NewReader(res.Body)
		for i := range 3 {
			next <- fmt.Sprint(i)
			if line, err := events.ReadString('\n'); err != nil || line != fmt.Sprintf("data: %d\n", i) {
				t.Fatalf("event %d is %q (%v)", i, line, err)
			}
			_, _ = events.ReadString('\n')
		}
		if rest, err := io.ReadAll(events); err != nil || len(rest) != 0 {
			t.Errorf("the stream ends with %q (%v)", rest, err)
		}
		call, err := receive(t, calls), receive(t, told)
		if !errors.Is(err, session.ErrTooLate) || !strings.Contains(err.Error(), "set username at "+call) {
			t.Errorf("the ErrorHandler is told %v, want ErrTooLate at %s", err, call)
		}
		wantLog(t, p.log, "after the response header was sent", "name=username", "call="+call)
	})
}

func TestAnHTTP2StreamIsReadAndWrittenAtOnce(t *testing.T) {
	p := newProgram(t, session.Options{})
	v := serveHTTP2(t, p.handle(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		username.Set(s, "ada")
		_ = http.NewResponseController(w).Flush()
		lines := bufio.NewReader(r.Body)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			_, _ = io.WriteString(w, "you said "+line)
			_ = http.NewResponseController(w).Flush()
		}
	}))
	body, write := io.Pipe()
	res := v.do(v.request(http.MethodPost, "/", body))
	wantCookie(t, res)
	if res.ProtoMajor != 2 {
		t.Errorf("the protocol is %s", res.Proto)
	}
	answers := bufio.NewReader(res.Body)
	for _, word := range []string{"one\n", "two\n"} {
		_, _ = io.WriteString(write, word)
		if answer, err := answers.ReadString('\n'); answer != "you said "+word || err != nil {
			t.Errorf("the answer is %q (%v)", answer, err)
		}
	}
	_ = write.Close()
	if rest, err := io.ReadAll(answers); len(rest) != 0 || err != nil {
		t.Errorf("the stream ends with %q (%v)", rest, err)
	}
}
