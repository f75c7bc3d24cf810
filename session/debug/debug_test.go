package debug_test

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/debug"
)

func manager(t *testing.T, backend session.Backend, opts session.Options) *session.Manager {
	t.Helper()
	opts.Logger = slog.New(slog.DiscardHandler)
	m, err := session.New(backend, &opts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func signed(t *testing.T) *session.Manager {
	t.Helper()
	return manager(t, session.Signed(secret.New()), session.Options{})
}

// cookieOf returns the Cookie header of a visitor whose session f has filled.
func cookieOf(t *testing.T, m *session.Manager, f func(s *session.Session)) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { f(session.From(r)) })).
		ServeHTTP(w, httptest.NewRequest("GET", "https://localhost/", nil))
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("answered %d with %d cookies: %s", w.Code, len(cookies), w.Body)
	}
	return cookies[0].Name + "=" + cookies[0].Value
}

// ask returns a request of this machine's browser, for the page or another target.
func ask(method, cookie string, target ...string) *http.Request {
	r := httptest.NewRequest(method, append(target, "/debug/session")[0], nil)
	r.Host, r.RemoteAddr = "localhost:8080", "127.0.0.1:40000"
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	return r
}

// opened returns the inspector's page in a browser that has used its link.
func opened(t *testing.T, m *session.Manager, opts *debug.Options) http.Handler {
	t.Helper()
	if opts == nil {
		opts = &debug.Options{}
	}
	opts.Logger = slog.New(slog.DiscardHandler)
	i := debug.New(m, opts)
	cookie := admitted(t, i, i)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Add("Cookie", cookie)
		i.ServeHTTP(w, r)
	})
}

// admitted uses the link, and returns the Cookie header of the browser that did.
func admitted(t *testing.T, i *debug.Inspector, h http.Handler) string {
	t.Helper()
	w := serve(h, ask("GET", "", i.Link("/debug/session")))
	cookies := w.Result().Cookies()
	if w.Code != http.StatusSeeOther || len(cookies) != 1 {
		t.Fatalf("the link is answered %d with %d cookies: %s", w.Code, len(cookies), w.Body)
	}
	return cookies[0].Name + "=" + cookies[0].Value
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// page returns what the inspector shows of a cookie.
func page(t *testing.T, m *session.Manager, cookie string) string {
	t.Helper()
	w := serve(m.Handler(opened(t, m, nil)), ask("GET", cookie))
	if w.Code != http.StatusOK {
		t.Fatalf("answered %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// want looks for texts in a page, and for the absence of those after "not ".
func want(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if no, absent := strings.CutPrefix(text, "not "); absent == strings.Contains(page, no) {
			t.Errorf("want %s in %.3000s", text, page[strings.Index(page, "<body>")+1:])
		}
	}
}

func TestThePageShowsTheSession(t *testing.T) {
	key := secret.New()
	m := manager(t, session.Signed(key), session.Options{AbsoluteTimeout: time.Hour})
	cookie := cookieOf(t, m, func(s *session.Session) {
		s.Set("username", "ada")
		s.Set("cart", []any{map[string]any{"sku": "W-1", "count": 3}, true, nil})
		s.SetOwner("user:42")
		s.SetPermanent(true)
		s.FlashAs("info", "a message that waits")
	})
	want(
		t, page(t, m, cookie), "This browser has a session of 6 values", "“ada”", `<code class="key">cart</code> <span class="kind">list, 3 items</span>`,
		`<code class="key">count</code> <span class="kind">number</span> <code>3</code>`, "<td>info</td><td>a message that waits</td>",
		"user:42", "key "+key.ID(), `class="good">current<`, "Begun", "Expires in 60 minutes", "by AbsoluteTimeout in any case", "of 4,096 bytes", "SameSite=<wbr>Lax", "not warning</h2>",
	)
}

func TestThePageOfNobodySaysSo(t *testing.T) {
	want(t, page(t, signed(t), ""), "This browser sent no session cookie", "no session came with this request", "This request has no cookie")
}

func TestThePageHoldsNoTokenAndNoKey(t *testing.T) {
	key := secret.New()
	m := manager(t, session.Signed(key), session.Options{})
	cookie := cookieOf(t, m, func(s *session.Session) { s.Set("username", "ada") })
	token := strings.TrimPrefix(cookie, "__Host-session=")
	for _, sent := range []string{cookie, cookie[:len(cookie)-4] + "AAAA"} {
		shown := page(t, m, sent)
		if strings.Contains(shown, token[:20]) || strings.Contains(shown, token[len(token)-24:len(token)-4]) || strings.Contains(shown, key.Reveal()) {
			t.Errorf("the page has the token or the key: %s", shown)
		}
	}
}

func TestLookingChangesNothing(t *testing.T) {
	m := signed(t)
	cookie := cookieOf(t, m, func(s *session.Session) { s.Flash("a message that waits") })
	w := serve(m.Handler(opened(t, m, nil)), ask("GET", cookie))
	for _, set := range w.Result().Cookies() {
		if set.Name == session.DefaultCookieName {
			t.Errorf("the session's cookie is set: %v", set)
		}
	}
	want(t, page(t, m, cookie), "a message that waits")
}

func TestThePageWorksOutsideTheManagersHandler(t *testing.T) {
	m := signed(t)
	cookie := cookieOf(t, m, func(s *session.Session) { s.Set("username", "ada") })
	want(t, serve(opened(t, m, nil), ask("GET", cookie)).Body.String(), "“ada”")
}

func TestWhatThisRequestHasDoneIsShown(t *testing.T) {
	m := signed(t)
	i := opened(t, m, nil)
	w := serve(m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session.From(r).Set("step", 1)
		i.ServeHTTP(w, r)
	})), ask("GET", ""))
	want(t, w.Body.String(), "<dt>This request</dt><dd>set step</dd>", "this request has begun one of 1 value")
}

func TestOnlyGETAndHEADAreAnswered(t *testing.T) {
	m := signed(t)
	for method, status := range map[string]int{"GET": 200, "HEAD": 200, "POST": 405, "PUT": 405, "DELETE": 405, "OPTIONS": 405, "TRACE": 405} {
		w := serve(opened(t, m, nil), ask(method, ""))
		if w.Code != status || status == 405 && w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: answered %d, Allow %q", method, w.Code, w.Header().Get("Allow"))
		}
	}
}

func TestHEADHasTheHeaderAloneAndSetsNoCookie(t *testing.T) {
	w := serve(debug.New(signed(t), &debug.Options{InsecureAllowRemote: true}), ask("HEAD", ""))
	if w.Body.Len() > 0 || w.Header().Get("Set-Cookie") != "" || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("%v, %d bytes", w.Header(), w.Body.Len())
	}
}

func TestEveryAnswerIsForNoCacheNoFrameAndNoScript(t *testing.T) {
	h := opened(t, signed(t), nil)
	remote := ask("GET", "")
	remote.RemoteAddr = "192.0.2.1:1"
	for name, r := range map[string]*http.Request{"page": ask("GET", ""), "method": ask("POST", ""), "refused": remote} {
		header := serve(h, r).Header()
		for field, value := range map[string]string{
			"Cache-Control": "no-store", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
			"Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if header.Get(field) != value {
				t.Errorf("%s: %s is %q", name, field, header.Get(field))
			}
		}
		policy := header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'", "style-src 'sha256-"} {
			if !strings.Contains(policy, part) || strings.Contains(policy, "unsafe") || strings.Contains(policy, "script-src") {
				t.Errorf("%s: the policy is %q", name, policy)
			}
		}
	}
}

func TestARefusedCookieIsExplained(t *testing.T) {
	m := signed(t)
	other := cookieOf(t, signed(t), func(s *session.Session) { s.Set("username", "ada") })
	want(
		t, page(t, m, other), "The cookie was refused", "the signature does not match", "not “ada”",
		"troubleshooting.md#cookie-refused\"",
	)
	mine := cookieOf(t, m, func(s *session.Session) { s.Set("n", 1) })
	second := cookieOf(t, m, func(s *session.Session) { s.Set("n", 2) })
	want(t, page(t, m, mine+"; "+second), "there are several of its name", "troubleshooting.md#a-visitor-has-several-cookies-of-the-sessions-name", "There are 2 cookies")
}

func TestAnAcceptedKeyIsToldFromTheCurrentOne(t *testing.T) {
	older := secret.New()
	cookie := cookieOf(t, manager(t, session.Signed(older), session.Options{}), func(s *session.Session) { s.Set("n", 1) })
	want(t, page(t, manager(t, session.Signed(secret.New(), older), session.Options{}), cookie), "key "+older.ID(), "only accepted")
}

func TestTheLogsWarningsAreShownWithTheirLinks(t *testing.T) {
	m := manager(t, session.Signed(secret.New()), session.Options{Cookie: session.Cookie{Name: "s", Domain: "example.com", Insecure: true}})
	want(
		t, page(t, m, ""), "1 warning", "#the-requests-host-is-not-in-cookiedomain",
		"no Secure", "no prefix in the name", "The host of this request is not in the domain",
	)
}

func TestACookieTooLargeIsShownAsSuch(t *testing.T) {
	m := manager(t, session.Signed(secret.New()), session.Options{MaxCookieSize: 9000})
	for keys, texts := range map[int][]string{
		90: {"Too large", `<line class="limit"`, "#would-be--bytes-over-the-limit-of-4096"},
		70: {"Nearly full", `not class="limit"`, "The cookie is nearly full"},
		10: {"not Too large", "not Nearly full"},
	} {
		cookie := cookieOf(t, m, func(s *session.Session) {
			for range keys {
				s.Set(secret.New().ID(), secret.New().Reveal())
			}
		})
		want(t, page(t, m, cookie), texts...)
	}
}

func TestOverHTTPSSecureIsGood(t *testing.T) {
	m := signed(t)
	r := ask("GET", "")
	want(t, serve(opened(t, m, nil), r).Body.String(), "Safari does not")
	r.TLS = &tls.ConnectionState{}
	want(t, serve(opened(t, m, nil), r).Body.String(), "not Safari does not")
}

func TestThePageHasTheSameBytesAsItsPolicysHash(t *testing.T) {
	w := serve(opened(t, signed(t), nil), ask("GET", ""))
	_, rest, _ := bytes.Cut(w.Body.Bytes(), []byte("<style>"))
	style, _, _ := bytes.Cut(rest, []byte("</style>"))
	if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "'sha256-"+sum(style)+"'") {
		t.Errorf("the style's hash is %s, the policy %s", sum(style), policy)
	}
	want(t, w.Body.String(), "not <script", "not style=", "not <form", "not <img")
}
