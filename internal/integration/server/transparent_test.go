package server

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session"
)

// answers are handlers of which the visitor must get the same, byte for byte
// and header for header, with a session as without one.
var answers = map[string]http.HandlerFunc{
	"nothing": func(http.ResponseWriter, *http.Request) {},
	"text":    func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page") },
	"html in two": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<!doc")
		_, _ = io.WriteString(w, "type html>")
	},
	"png": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("\x89PNG\x0D\x0A\x1A\x0A")) },
	"no type": func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		_, _ = io.WriteString(w, "page")
	},
	"empty write": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(nil) },
	"3000 bytes":  func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 3000)) },
	"64 KiB in lines": func(w http.ResponseWriter, _ *http.Request) {
		for i := range 8 << 10 {
			_, _ = fmt.Fprintf(w, "%7d\n", i)
		}
	},
	"100 KiB in lines": func(w http.ResponseWriter, _ *http.Request) {
		for i := range 100 << 7 {
			_, _ = fmt.Fprintf(w, "%7d\n", i)
		}
	},
	"404":      http.NotFound,
	"500":      func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "sorry", 500) },
	"redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/next", http.StatusSeeOther) },
	"204":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
	"204, body": func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(204)
		wantNotAllowed(io.WriteString(w, "x"))
	},
	"304, body": func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(304)
		wantNotAllowed(io.WriteString(w, "x"))
	},
	"Content-Length": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "4")
		_, _ = io.WriteString(w, "page")
	},
	"Content-Length alone": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(201)
	},
	"flush": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "one ")
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, "two")
	},
	"copy": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<html>")
		_, _ = io.Copy(w, io.MultiReader(strings.NewReader("a"), strings.NewReader("b")))
		_, _ = io.WriteString(w, "</html>")
	},
	"status, then copy": func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.Copy(w, io.MultiReader(strings.NewReader("a"), strings.NewReader("b")))
	},
	"request body": func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) },
	"close":        func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") },
	"a superfluous WriteHeader": func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "page")
		w.WriteHeader(http.StatusTeapot)
	},
	"own Vary and cookie": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Vary", "Accept-Encoding")
		http.SetCookie(w, &http.Cookie{Name: "other", Value: "1"})
	},
	"trailers": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		_, _ = io.WriteString(w, "body")
		w.Header().Set("X-Sum", "42")
		w.Header().Set(http.TrailerPrefix+"X-More", "yes")
	},
	"trailers, WriteHeader and no body": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		w.WriteHeader(http.StatusOK)
		w.Header().Set("X-Sum", "42")
	},
	"trailers after a flush": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		_ = http.NewResponseController(w).Flush()
		w.Header().Set("X-Sum", "42")
		w.Header().Set(http.TrailerPrefix+"X-More", "yes")
	},
	"trailers after 100 KiB": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		_, _ = w.Write(make([]byte, 100<<10))
		w.Header().Set("X-Sum", "42")
	},
	"trailers without notice": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 3000)) // more than net/http would put a Content-Length to
		w.Header().Set(http.TrailerPrefix+"X-More", "yes")
	},
}

func wantNotAllowed(_ int, err error) {
	if err != http.ErrBodyNotAllowed {
		panic(fmt.Sprintf("writing a body that is not allowed gives %v", err))
	}
}

// exchange is all that a visitor sees of a response.
type exchange struct {
	status  string
	header  http.Header
	length  int64
	chunked bool
	body    string
	err     error
	trailer http.Header
}

func exchangeOf(res *http.Response) exchange {
	body, err := io.ReadAll(res.Body)
	e := exchange{res.Status, maps.Clone(res.Header), res.ContentLength, len(res.TransferEncoding) > 0, string(body), err, res.Trailer}
	delete(e.header, "Date")
	return e
}

func (e exchange) String() string {
	return fmt.Sprintf("%s, %v, length %d, chunked %v, %d bytes %q, error %v, trailer %v",
		e.status, e.header, e.length, e.chunked, len(e.body), shortened(e.body), e.err, e.trailer)
}

// untouched are the uses of a session that add no cookie.
var untouched = map[string]func(*session.Manager, http.Handler) http.Handler{
	"left alone": (*session.Manager).Handler,
	"read": func(m *session.Manager, h http.Handler) http.Handler {
		return m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(w, r)
			session.From(r).Has("username")
		}))
	},
}

func TestAResponseIsTheSameWithASessionAsWithout(t *testing.T) {
	onBoth(t, func(t *testing.T, serve func(*testing.T, http.Handler) *visitor) {
		p := newProgram(t, session.Options{})
		for use, with := range untouched {
			mux := http.NewServeMux()
			for name, h := range answers {
				mux.Handle("/bare/"+strings.ReplaceAll(name, " ", "_"), h)
				mux.Handle("/ours/"+strings.ReplaceAll(name, " ", "_"), with(p.Manager, h))
			}
			v := serve(t, mux)
			for name := range answers {
				for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
					var got [2]exchange
					for i, side := range []string{"/bare/", "/ours/"} {
						var body io.Reader
						if method == http.MethodPost {
							body = strings.NewReader("sent")
						}
						got[i] = exchangeOf(v.do(v.request(method, side+strings.ReplaceAll(name, " ", "_"), body)))
					}
					if use == "read" {
						withoutOurVary(got[1].header)
					}
					if got[0].String() != got[1].String() {
						t.Errorf("%s %s, session %s:\n   bare: %v\n   ours: %v", method, name, use, got[0], got[1])
					}
				}
			}
		}
	})
}

// withoutOurVary removes the one header that reading a session adds.
func withoutOurVary(h http.Header) {
	var lines []string
	for _, line := range h["Vary"] {
		if line != "Cookie" {
			lines = append(lines, line)
		}
	}
	if lines == nil {
		delete(h, "Vary")
	} else {
		h["Vary"] = lines
	}
}

func TestAnHTTP10ResponseIsTheSameWithASessionAsWithout(t *testing.T) {
	p := newProgram(t, session.Options{})
	for name, h := range answers {
		var got [2]string
		for i, h := range []http.Handler{h, p.Handler(h)} {
			answer := serve(t, h).raw("GET / HTTP/1.0\r\n\r\n")
			res, err := http.ReadResponse(answer, nil)
			if err != nil {
				t.Fatal(err)
			}
			got[i] = exchangeOf(res).String()
		}
		if got[0] != got[1] {
			t.Errorf("%s:\n   bare: %v\n   ours: %v", name, got[0], got[1])
		}
	}
}

func TestASuperfluousWriteHeaderIsLoggedWithItsCall(t *testing.T) {
	p := newProgram(t, session.Options{})
	calls := make(chan string, 1)
	v := serve(t, p.handle(func(w http.ResponseWriter, _ *http.Request, _ *session.Session) {
		w.WriteHeader(http.StatusAccepted)
		calls <- nextLine()
		w.WriteHeader(http.StatusTeapot)
	}))
	if res := v.get("/"); res.StatusCode != http.StatusAccepted {
		t.Errorf("answered %s", res.Status)
	}
	wantLog(t, p.log, "superfluous WriteHeader", "call="+receive(t, calls))
}

func TestAConnectionStaysAliveFromOneResponseToTheNext(t *testing.T) {
	p := newProgram(t, session.Options{MaxCookieSize: 200})
	v := serve(t, p.handle(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		if r.URL.Path == "/large" {
			s.Set("large", strings.Repeat("x", 300))
		}
		_, _ = io.WriteString(w, "page")
	}))
	var requests strings.Builder
	paths := []string{"/", "/large", "/", "/large", "/"}
	for _, path := range paths {
		fmt.Fprintf(&requests, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path)
	}
	answers := v.raw(requests.String())
	for _, path := range paths {
		want := "page"
		if path == "/large" {
			want = "Internal Server Error\n"
		}
		res, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		if body := v.body(res); body != want || res.ContentLength != int64(len(want)) || res.Close {
			t.Errorf("%s: answered %q with %v", path, body, res.Header)
		}
	}
}

// The rest of the body must not suffer. Over HTTP/2 this is better than what
// net/http alone does, which finds out too late and breaks the stream.
func TestAWriteOverContentLengthIsRefusedAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, serve func(*testing.T, http.Handler) *visitor) {
		p := newProgram(t, session.Options{})
		v := serve(t, p.handle(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			username.Set(s, "ada")
			w.Header().Set("Content-Length", "4")
			_, _ = io.WriteString(w, "page")
			if _, err := io.WriteString(w, "\n"); err != http.ErrContentLength {
				t.Errorf("the write too many gives %v", err)
			}
		}))
		res, body := v.page("/")
		wantCookie(t, res)
		if body != "page" {
			t.Errorf("the body is %q", body)
		}
	})
}
