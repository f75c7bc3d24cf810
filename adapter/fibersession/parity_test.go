package fibersession_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"
	"github.com/wafer-go/wafer/adapter/fibersession"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// What a handler says, a line each, is said to Fiber and to net/http, and both
// must answer the same.
func TestTheHeaderIsThatOfNetHTTP(t *testing.T) {
	said := [][]string{
		{},
		{"Vary: Accept"},
		{"Vary: Accept, Cookie"},
		{"Vary: *"},
		{"Vary: cookie"},
		{"Cache-Control: private, max-age=60"},
		{"Cache-Control: public, max-age=60"},
		{"Cdn-Cache-Control: max-age=60"},
		{"Set-Cookie: theme=dark; Path=/"},
		{"Set-Cookie: __Host-session=mine", "Set-Cookie: theme=dark"},
		{"Set-Cookie: theme=dark", "Set-Cookie: __Host-session=mine", "Set-Cookie: size=2"},
		{"Content-Type: text/html", "Content-Encoding: identity", "Content-Language: de", "Etag: \"1\"", "Link: </a>; rel=preload"},
		{"Location: /there", "Refresh: 1", "Content-Location: /here", "Expires: 0", "Last-Modified: never", "X-Other: 1", "X-Other: 2"},
		{"Clear-Site-Data: \"cache\"", "Content-Disposition: inline", "Content-Range: bytes 0-0/1", "Accept-Ranges: none"},
	}
	done := map[string]func(s *session.Session){
		"nothing":  func(*session.Session) {},
		"reads":    func(s *session.Session) { s.Has("x") },
		"changes":  func(s *session.Session) { username.Set(s, "ada") },
		"destroys": func(s *session.Session) { s.Destroy() },
		"fails":    func(s *session.Session) { s.Set("x", func() {}) },
		"lasts":    func(s *session.Session) { username.Set(s, "ada"); s.SetPermanent(true) },
	}
	for _, refresh := range []bool{false, true} {
		for name, do := range done {
			for i, lines := range said {
				synctest.Test(t, func(t *testing.T) {
					m, _ := newManager(t, session.Signed(secret.New()), session.Options{
						RefreshEachRequest: refresh, IdleTimeout: session.DefaultLifetime, ClearSiteData: []string{"storage"},
					})
					cookie := cookieOf(committed(t, m))
					ours := overFiber(t, m, do, lines, cookie)
					theirs := overNetHTTP(m, do, lines, cookie)
					if ours != theirs {
						t.Errorf("refresh %v, %s, %d: the header is\n%s\nand of net/http\n%s", refresh, name, i, ours, theirs)
					}
				})
			}
		}
	}
}

// committed is a response that gives a visitor a permanent session.
func committed(t *testing.T, m *session.Manager) *http.Response {
	t.Helper()
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "https://example.com/", nil)
	s, err := m.Load(r)
	if err != nil {
		t.Fatal(err)
	}
	s.SetPermanent(true)
	if err := m.Commit(w, r, s); err != nil {
		t.Fatal(err)
	}
	return w.Result()
}

func overFiber(t *testing.T, m *session.Manager, do func(*session.Session), lines []string, cookie string) string {
	app := fiber.New()
	app.Use(fibersession.Middleware(m))
	app.Get("/", func(c fiber.Ctx) error {
		for _, line := range lines {
			name, value, _ := strings.Cut(line, ": ")
			c.Response().Header.Add(name, value)
		}
		do(session.FromContext(c.Context())) // From adds to Vary
		return nil
	})
	var ctx fasthttp.RequestCtx
	ctx.Response.Header.SetNoDefaultContentType(true)
	ctx.Request.Header.Set("Cookie", cookie)
	app.Handler()(&ctx)
	h := make(http.Header)
	for name, value := range ctx.Response.Header.All() {
		h.Add(string(name), string(value))
	}
	return comparable(ctx.Response.StatusCode(), h)
}

func overNetHTTP(m *session.Manager, do func(*session.Session), lines []string, cookie string) string {
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Cookie", cookie)
	m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, line := range lines {
			name, value, _ := strings.Cut(line, ": ")
			w.Header().Add(name, value)
		}
		do(session.From(r))
	})).ServeHTTP(w, r)
	return comparable(w.Code, w.Header())
}

// comparable writes a header, with the lines of Vary in one. Those of another
// name are in the order in which they were added only on a page that is the
// handler's own: fasthttp's Del moves them.
func comparable(status int, h http.Header) string {
	if vary := h["Vary"]; vary != nil {
		h.Set("Vary", strings.Join(vary, ", "))
	}
	var lines []string
	for name, values := range h {
		if status == http.StatusInternalServerError {
			slices.Sort(values)
		}
		lines = append(lines, fmt.Sprintf("%s: %q", name, values))
	}
	slices.Sort(lines)
	return fmt.Sprintf("%d\n%s", status, strings.Join(lines, "\n"))
}
