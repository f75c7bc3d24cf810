package fibersession_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"
	"github.com/wafer-go/wafer/adapter/fibersession"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// FuzzCookieHeader looks for a Cookie header that is somebody to Fiber and
// nobody to net/http, or the other way round. TOKEN stands for a cookie's value.
func FuzzCookieHeader(f *testing.F) {
	m := newManager(f, session.Signed(secret.New()))
	app := fiber.New()
	app.Use(fibersession.Middleware(m))
	app.Get("/login", login)
	app.Get("/", who)
	handler := app.Handler()
	token := token(f, app)
	f.Fuzz(func(t *testing.T, line string) {
		if strings.ContainsAny(line, "\r\n\x00") {
			return // is no header
		}
		line = strings.ReplaceAll(line, "TOKEN", token)
		var ctx fasthttp.RequestCtx
		ctx.Request.Header.SetMethod("GET")
		ctx.Request.SetRequestURI("/")
		ctx.Request.Header.Add("Cookie", line)
		handler(&ctx)

		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
		r.Header["Cookie"] = []string{line}
		m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			name, _ := username.Get(session.From(r))
			_, _ = w.Write([]byte(name))
		})).ServeHTTP(w, r)

		// fasthttp takes quotes off a value and spaces off a name. No browser
		// sends either: it trims a name before it looks at its prefix (RFC
		// 6265bis, section 5.6).
		odd := strings.ContainsAny(line, `"`) || strings.Contains(line, " =")
		if ours, theirs := string(ctx.Response.Body()), w.Body.String(); ours != theirs && !odd {
			t.Errorf("%q is %q to Fiber and %q to net/http", line, ours, theirs)
		}
	})
}
