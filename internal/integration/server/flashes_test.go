package server

import (
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session"
)

// flashing is a program that flashes one message at /flash, tells its flashes
// at /flashes, and serves a handler at all other paths.
func flashing(p *program, h func(w http.ResponseWriter, r *http.Request, s *session.Session)) http.Handler {
	return p.handle(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		switch r.URL.Path {
		case "/flash":
			s.Flash("one")
		case "/flashes":
			_, _ = io.WriteString(w, texts(s))
		default:
			h(w, r, s)
		}
	})
}

func (v *visitor) wantFlashes(want string) {
	v.t.Helper()
	if _, got := v.page("/flashes"); got != want {
		v.t.Errorf("the flashes are %q, want %q", got, want)
	}
}

// layout reads the flashes in the middle of the page, after part of it was
// written.
var layout = template.Must(template.New("layout").Funcs(session.Funcs).Parse(
	`<!doctype html><body>{{.Filler}}{{range flashes .Session}}<p role="status">{{.Text}}</p>{{end}}{{.Filler}}</body>`))

func TestAFlashReadInTheMiddleOfATemplateIsGoneAtTheNextRequest(t *testing.T) {
	onBoth(t, func(t *testing.T, serve func(*testing.T, http.Handler) *visitor) {
		p := newProgram(t, session.Options{})
		v := serve(t, flashing(p, func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			if err := layout.Execute(w, map[string]any{"Session": s, "Filler": strings.Repeat("-", 20_000)}); err != nil {
				t.Error(err)
			}
		}))
		v.get("/flash")
		for _, want := range []int{1, 0} {
			if _, page := v.page("/"); strings.Count(page, `<p role="status">one</p>`) != want || !strings.HasSuffix(page, "-</body>") {
				t.Errorf("%d flashes in a page of %d bytes, want %d", strings.Count(page, "one"), len(page), want)
			}
		}
		wantNoLog(t, p.log)
	})
}

func TestFlashesReadBeforeALongBodyAreGoneAtTheNextRequest(t *testing.T) {
	onBoth(t, func(t *testing.T, serve func(*testing.T, http.Handler) *visitor) {
		p := newProgram(t, session.Options{})
		v := serve(t, flashing(p, func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			_, _ = io.WriteString(w, texts(s))
			_, _ = w.Write(make([]byte, (64<<10)+1))
		}))
		v.get("/flash")
		if _, page := v.page("/"); !strings.HasPrefix(page, "one\x00") {
			t.Errorf("the page begins %q", shortened(page))
		}
		v.wantFlashes("")
		wantNoLog(t, p.log)
	})
}

func TestFlashesReadAfterALongBodyAreShownReportedAndStay(t *testing.T) {
	onBoth(t, func(t *testing.T, serve func(*testing.T, http.Handler) *visitor) {
		p := newProgram(t, session.Options{})
		calls := make(chan string, 1)
		v := serve(t, flashing(p, func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			_, _ = w.Write(make([]byte, (64<<10)+1))
			call := nextLine()
			all := s.Flashes()
			calls <- call
			_, _ = fmt.Fprint(w, all[0].Text)
		}))
		v.get("/flash")
		if _, page := v.page("/"); !strings.HasSuffix(page, "\x00one") {
			t.Errorf("the page of %d bytes lacks the flash", len(page))
		}
		wantLog(t, p.log, "after the response header was sent", `change="take flashes"`, "call="+receive(t, calls))
		v.wantFlashes("one")
	})
}

func TestABodyUpToBufferSizeIsHeldAndOneByteMoreIsNot(t *testing.T) {
	const size = 1000
	for _, tt := range []struct {
		buffer, body int
		late         bool
	}{
		{size, size, false},
		{size, size + 1, true},
		{0, (64 << 10), false},
		{0, (64 << 10) + 1, true},
		{-1, 0, false},
		{-1, 1, true},
	} {
		t.Run(fmt.Sprintf("BufferSize %d, body %d", tt.buffer, tt.body), func(t *testing.T) {
			p := newProgram(t, session.Options{BufferSize: tt.buffer})
			v := serve(t, p.handle(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
				for range tt.body {
					_, _ = io.WriteString(w, "x")
				}
				username.Set(s, "ada")
			}))
			res, body := v.page("/")
			if late := cookies(res) == 0; late != tt.late || late != (p.log.String() != "") {
				t.Errorf("late: %v, want %v; header %v, log %s", late, tt.late, res.Header, p.log)
			}
			if len(body) != tt.body {
				t.Errorf("the body has %d bytes, want %d", len(body), tt.body)
			}
		})
	}
}

func TestWithoutHoldingBackWriteHeaderEndsWhatCanChange(t *testing.T) {
	onBoth(t, func(t *testing.T, serve func(*testing.T, http.Handler) *visitor) {
		p := newProgram(t, session.Options{BufferSize: -1})
		v := serve(t, p.handle(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			username.Set(s, "ada")
			w.WriteHeader(http.StatusAccepted)
			s.Set("late", true)
		}))
		res := v.get("/")
		wantCookie(t, res)
		if res.StatusCode != http.StatusAccepted {
			t.Errorf("answered %s", res.Status)
		}
		wantLog(t, p.log, "name=late")
	})
}
