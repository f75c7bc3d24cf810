package adaptertest

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

var headerRules = []rule{
	{name: "ResponseHeader", says: "the response header is that of Manager.Handler", run: responseHeader},
	{name: "Request", says: "callbacks receive the request that they would receive of net/http", run: requestHead},
	{name: "Cookies", says: "a Cookie header means the same as under net/http", run: cookieHeader},
}

// onHTTP serves what a program of the framework does, with Manager.Handler.
func (c *checker) onHTTP(m *session.Manager, h http.HandlerFunc) Visitor {
	c.Helper()
	return c.serve(&http.Server{Handler: m.Handler(h)}, false) // #nosec G112 -- a test's server on loopback
}

// headers are what a handler may set, a line each.
var headers = [][]string{
	{},
	{"Vary: Accept"},
	{"Vary: Accept, Cookie"},
	{"Vary: *"},
	{"Vary: cookie"},
	{"Vary: Cookie"},
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

// touches are what a handler may do with its session.
var touches = map[string]func(s *session.Session){
	"nothing":  nil,
	"reads":    func(s *session.Session) { s.Has("x") },
	"changes":  func(s *session.Session) { username.Set(s, "ada") },
	"destroys": func(s *session.Session) { s.Destroy() },
	"fails":    func(s *session.Session) { s.Set("x", func() {}) },
	"lasts":    func(s *session.Session) { username.Set(s, "ada"); s.SetPermanent(true) },
}

func responseHeader(c *checker) {
	for _, refresh := range []bool{false, true} {
		m := c.manager(session.Signed(secret.New()), &session.Options{
			RefreshEachRequest: refresh, IdleTimeout: session.DefaultLifetime, ClearSiteData: []string{"storage"},
		})
		var said []string               // by the handler
		var do func(s *session.Session) // with its session
		ours := c.visit(c.through(m, get("/", func(c Ctx) error {
			for _, line := range said {
				name, value, _ := strings.Cut(line, ": ")
				c.AddHeader(name, value)
			}
			if do != nil {
				do(c.Session())
			}
			return say(c, "page")
		})))
		theirs := c.onHTTP(m, func(w http.ResponseWriter, r *http.Request) {
			for _, line := range said {
				name, value, _ := strings.Cut(line, ": ")
				w.Header().Add(name, value)
			}
			if do != nil {
				do(session.From(r))
			}
			_, _ = io.WriteString(w, "page")
		})
		for touch := range touches {
			do = touches[touch]
			for _, said = range headers {
				got, want := compared(c, m, ours, theirs)
				for range 3 { // because the answer depends on the second in which it is made
					if got != want {
						got, want = compared(c, m, ours, theirs)
					}
				}
				if got != want {
					c.broken("A handler says %q and does this with its session: %s (RefreshEachRequest: %v). The answer is\n%s\nand of net/http\n%s",
						said, touch, refresh, got, want)
				}
			}
		}
	}
}

// compared asks both for the page, as a visitor of a new permanent session.
func compared(c *checker, m *session.Manager, ours, theirs Visitor) (got, want string) {
	c.Helper()
	cookie := permanent(c, m)
	return comparable(ours.Another().Get("/", "Cookie", cookie)), comparable(theirs.Another().Get("/", "Cookie", cookie))
}

// permanent returns what the visitor of a new permanent session sends.
func permanent(c *checker, m *session.Manager) string {
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "https://example.com/", nil)
	m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { session.From(r).SetPermanent(true) })).ServeHTTP(w, r)
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		c.Fatalf("net/http sets the cookies %v", cookies)
	}
	return cookies[0].Name + "=" + cookies[0].Value
}

var (
	sessionValue = regexp.MustCompile(`__Host-session=[\w.~-]{20,}`)
	cookieTime   = regexp.MustCompile(`(?i)expires=([^;]+)`)
)

// comparable writes an answer without what differs from one to the next. The lines of Vary are one,
// as RFC 9110 has them, and others are sorted on a page that is not the handler's.
func comparable(a Answer) string {
	h := a.Header
	for _, name := range []string{"Date", "Server", "Content-Length", "Connection"} {
		delete(h, name)
	}
	if vary := h["Vary"]; vary != nil {
		h.Set("Vary", strings.Join(vary, ", "))
	}
	for i, line := range h["Set-Cookie"] {
		line = sessionValue.ReplaceAllString(line, "__Host-session=TOKEN")
		h["Set-Cookie"][i] = cookieTime.ReplaceAllStringFunc(line, func(s string) string {
			t, err := http.ParseTime(s[len("expires="):])
			if err != nil {
				return s
			}
			if left := time.Until(t).Round(time.Hour); left > 0 {
				return "expires=" + left.String() + " from now"
			}
			return "expires=past"
		})
	}
	var lines []string
	for name, values := range h {
		if a.StatusCode == http.StatusInternalServerError {
			slices.Sort(values)
		}
		lines = append(lines, fmt.Sprintf("%s: %q", name, values))
	}
	slices.Sort(lines)
	return fmt.Sprintf("%d\n%s\n%s", a.StatusCode, strings.Join(lines, "\n"), a.Body)
}

// requestHead compares the requests that ErrorHandler receives.
func requestHead(c *checker) {
	st := NewFrailStore()
	st.Down.Store(true)
	seen := make(chan string, 1)
	m := c.manager(session.Stored(st), &session.Options{ErrorHandler: func(_ http.ResponseWriter, r *http.Request, _ error) {
		host, port, _ := strings.Cut(r.RemoteAddr, ":")
		if host != "127.0.0.1" || port == "" || port == "0" || r.Body == nil {
			c.wrong("The request is from %q and has the body %v.", r.RemoteAddr, r.Body)
		}
		h := r.Header.Clone()
		h.Del("Content-Length") // which net/http leaves in if the body is not empty
		seen <- fmt.Sprintf("%s %s %s %d.%d %s %s %v TLS %v", r.Method, r.URL, r.Proto, r.ProtoMajor, r.ProtoMinor, r.Host, r.RequestURI, h, r.TLS != nil)
	}})
	change := func(c Ctx, next func() error) error {
		username.Set(c.Session(), "ada")
		return next()
	}
	ours := c.visit(c.through(m, get("/known", who)).after(link(change)))
	theirs := c.onHTTP(m, func(_ http.ResponseWriter, r *http.Request) { username.Set(session.From(r), "ada") })
	for _, head := range []string{
		"GET /a%20b/c?q=1&q=2 HTTP/1.1\r\nHost: Example.com:8443\r\n",
		"GET /known HTTP/1.1\r\nHost: example.com\r\nX-Forwarded-Proto: https\r\nForwarded: for=1.2.3.4;proto=https\r\n",
		"HEAD /known HTTP/1.1\r\nHost: example.com\r\nAccept: a\r\nAccept: b\r\naccept-language: de\r\nUser-Agent: test\r\n",
		"POST /form HTTP/1.1\r\nHost: example.com\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n",
	} {
		var got [2]string
		for i, v := range []Visitor{ours, theirs} {
			conn := v.Dial()
			_, _ = io.WriteString(conn, head+"Cookie: x=1; y=2\r\n\r\n")
			if strings.Contains(head, "Content-Length: 3") {
				_, _ = io.WriteString(conn, "a=b")
			}
			r, _ := http.NewRequest(strings.Fields(head)[0], v.URL, nil)
			res, err := http.ReadResponse(bufio.NewReader(conn), r)
			if err != nil {
				c.broken("%q gets no answer: %v", head, err)
			}
			_ = res.Body.Close()
			_ = conn.Close()
			select {
			case got[i] = <-seen:
			default:
				c.broken("After %q ErrorHandler was not called.", head)
			}
		}
		if got[0] != got[1] {
			c.broken("ErrorHandler receives\n%s\nand under net/http\n%s", got[0], got[1])
		}
	}
}

func cookieHeader(c *checker) {
	token := func(m *session.Manager) string {
		cookies := c.onHTTP(m, func(_ http.ResponseWriter, r *http.Request) { username.Set(session.From(r), "ada") }).Get("/").Cookies()
		if len(cookies) != 1 {
			c.Fatalf("net/http sets the cookies %v", cookies)
		}
		return cookies[0].Value
	}
	m := c.signed()
	v := c.visit(c.through(m, get("/", who)))
	good, other := token(m), token(c.signed())
	for _, test := range []struct {
		name    string
		cookies []string
		want    string
	}{
		{"alone", []string{"__Host-session=" + good}, "ada"},
		{"among others", []string{"a=b; __Host-session=" + good + "; c=d"}, "ada"},
		{"in a line of its own", []string{"a=b", "__Host-session=" + good}, "ada"},
		{"twice the same", []string{"__Host-session=" + good + "; __Host-session=" + good}, "ada"},
		{"after one that is refused", []string{"__Host-session=" + other + "; __Host-session=" + good}, "ada"},
		{"without a name", []string{"=__Host-session=" + good}, ""},
		{"without a name, in the middle", []string{"a=b; =__Host-session=" + good + "; c=d"}, ""},
		{"with another spelling", []string{"__host-session=" + good}, ""},
		{"encoded", []string{"__Host%2Dsession=" + good}, ""},
		{"cut", []string{"__Host-session=" + good[1:]}, ""},
		{"of another key", []string{"__Host-session=" + other}, ""},
	} {
		r := request(v.URL + "/")
		r.Header["Cookie"] = test.cookies
		if got := v.Another().Send(r).Body; got != test.want {
			c.broken("With the cookie %s, the visitor is %q. It should be %q.", test.name, got, test.want)
		}
	}
}
