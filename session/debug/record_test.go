package debug_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/debug"
	"github.com/wafer-go/wafer/store/memstore"
)

// app is a program with the inspector, and what its browsers ask it.
type app struct {
	t *testing.T
	http.Handler
	i *debug.Inspector
}

func newApp(t *testing.T) app {
	t.Helper()
	m := signed(t)
	i := debug.New(m, nil)
	mux := http.NewServeMux()
	mux.Handle("/debug/session", i)
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		session.From(r).Set("username", "hush")
		session.From(r).Flash("hush")
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/bad", func(_ http.ResponseWriter, r *http.Request) { session.From(r).Set("f", func() {}) })
	mux.HandleFunc("/late", func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		session.From(r).Set("username", "hush")
		session.From(r).Delete("username")
	})
	mux.HandleFunc("/once", func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		session.From(r).Set("username", "hush")
	})
	mux.HandleFunc("/many", func(w http.ResponseWriter, r *http.Request) {
		for n := range 15 {
			session.From(r).Set(fmt.Sprint("n", n), n)
		}
		w.WriteHeader(http.StatusOK)
		w.WriteHeader(http.StatusTeapot)
	})
	mux.HandleFunc("/half", func(_ http.ResponseWriter, r *http.Request) {
		session.From(r).Set("username", "hush")
		panic(http.ErrAbortHandler)
	})
	return app{t, m.Handler(i.Record(mux)), i}
}

// open opens the page with a browser's cookie, or with the link if it has none, and returns the
// page and the cookie.
func (a app) open(cookie string) (page, used string) {
	a.t.Helper()
	if cookie == "" {
		cookie = admitted(a.t, a.i, a)
	}
	return serve(a, ask("GET", cookie)).Body.String(), cookie
}

func (a app) do(method, target, cookie string) {
	r := httptest.NewRequest(method, target, nil)
	r.Header.Set("Cookie", cookie)
	serve(a, r)
}

func TestWhatTheLastRequestsDidIsShown(t *testing.T) {
	a := newApp(t)
	_, cookie := a.open("")
	a.do("POST", "/login?password=hush", cookie)
	a.do("GET", "/missing/<b>", cookie)
	page, _ := a.open(cookie)
	want(
		t, page, "<code>POST /login</code>", "303", "<li>set username</li><li>flash</li>", "<code>GET /missing/&lt;b&gt;</code>", "404",
		"not hush", "not GET /debug/session",
	)
	if strings.Index(page, "/missing") > strings.Index(page, "/login") {
		t.Error("the newest request is not the first")
	}
}

func TestNothingIsRecordedBeforeThePageIsOpened(t *testing.T) {
	a := newApp(t)
	a.do("POST", "/login", "")
	_, cookie := a.open("")
	page, _ := a.open(cookie)
	want(t, page, "not <code>POST /login</code>", "None since this page was first opened")
}

func TestOneBrowserNeverSeesAnothersRequests(t *testing.T) {
	a := newApp(t)
	_, ada := a.open("")
	_, eve := a.open("")
	if ada == eve {
		t.Fatal("two browsers have one id")
	}
	a.do("POST", "/login", ada)
	a.do("GET", "/nobodys", "")
	page, _ := a.open(eve)
	want(t, page, "not /login", "not /nobodys")
	page, _ = a.open(ada)
	want(t, page, "/login", "not /nobodys")
}

func TestTwentyRequestsAreKept(t *testing.T) {
	a := newApp(t)
	_, cookie := a.open("")
	for i := range 30 {
		a.do("GET", fmt.Sprintf("/n%02d/%s", i, strings.Repeat("x", 5000)), cookie)
	}
	page, _ := a.open(cookie)
	if n := strings.Count(page, "GET /n"); n != 20 || !strings.Contains(page, "/n29/") || strings.Contains(page, "/n09/") || strings.Contains(page, strings.Repeat("x", 200)) {
		t.Errorf("%d requests are shown", n)
	}
}

func TestSixteenBrowsersAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t)
		var cookies []string
		for range 17 {
			_, cookie := a.open("")
			cookies = append(cookies, cookie)
			time.Sleep(time.Second)
			a.open(cookies[0]) // it is used, so another is forgotten
		}
		for i, cookie := range cookies {
			a.do("GET", "/visited", cookie)
			if page, _ := a.open(cookie); strings.Contains(page, "/visited") != (i != 1) {
				t.Errorf("browser %d: %.2000s", i, page)
			}
			if i == 1 {
				return
			}
		}
	})
}

func TestABrowserIsForgottenAnHourAfterItLookedLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newApp(t)
		_, cookie := a.open("")
		time.Sleep(50 * time.Minute)
		a.open(cookie)
		time.Sleep(50 * time.Minute)
		a.do("GET", "/kept", cookie)
		page, _ := a.open(cookie)
		want(t, page, "/kept")
		time.Sleep(time.Hour)
		a.do("GET", "/an-hour-later", cookie)
		page, _ = a.open(cookie)
		want(t, page, "/an-hour-later")
		time.Sleep(61 * time.Minute)
		a.do("GET", "/late", cookie)
		page, _ = a.open(cookie)
		want(t, page, "not /kept", "not /late", "From now on")
	})
}

func TestAPanicIsNotedAndPassesOn(t *testing.T) {
	a := newApp(t)
	_, cookie := a.open("")
	func() {
		defer func() {
			if p := recover(); p != http.ErrAbortHandler {
				t.Errorf("recovered %v", p)
			}
		}()
		a.do("GET", "/panic", cookie)
	}()
	page, _ := a.open(cookie)
	want(t, page, "GET /panic", ">panic</span>", "not the changes are dropped")
}

func TestAValueThatWasNotKeptIsNoted(t *testing.T) {
	a := newApp(t)
	_, cookie := a.open("")
	a.do("GET", "/bad", cookie)
	page, _ := a.open(cookie)
	want(t, page, "the value of f cannot be kept")
}

func TestAChangeThatCameTooLateIsNotedAsLost(t *testing.T) {
	a := newApp(t)
	_, cookie := a.open("")
	a.do("GET", "/late", cookie)
	page, _ := a.open(cookie)
	want(t, page, "set username and 1 more change came after the response header was sent, and is lost", "troubleshooting.md#changed-after-the-response-header-was-sent")
	a = newApp(t)
	_, cookie = a.open("")
	a.do("GET", "/once", cookie)
	page, _ = a.open(cookie)
	want(t, page, "set username came after the response header was sent")
	a = newApp(t)
	_, cookie = a.open("")
	a.do("POST", "/login", cookie)
	page, _ = a.open(cookie)
	want(t, page, "set username", "not is lost", "not more change")
}

func TestTwelveChangesOfARequestAreShown(t *testing.T) {
	a := newApp(t)
	_, cookie := a.open("")
	a.do("GET", "/many", cookie)
	page, _ := a.open(cookie)
	want(t, page, "<li>set n11</li>", "not <li>set n12</li>", `<li class="soft">3 more changes</li>`, `<td class="answer">200<br>`)
}

func TestChangesThatAPanicDroppedAreNotedAsSuch(t *testing.T) {
	a := newApp(t)
	_, cookie := a.open("")
	func() {
		defer func() { _ = recover() }()
		a.do("GET", "/half", cookie)
	}()
	page, _ := a.open(cookie)
	want(t, page, "the changes are dropped", "troubleshooting.md#the-handler-panicked-its-changes-are-dropped")
}

func TestRecordOutsideTheManagersHandlerIsSaid(t *testing.T) {
	m := signed(t)
	i := debug.New(m, nil)
	mux := http.NewServeMux()
	mux.Handle("/debug/session", i)
	a := app{t, i.Record(m.Handler(mux)), i}
	_, cookie := a.open("")
	a.do("GET", "/x", cookie)
	page, _ := a.open(cookie)
	want(t, page, "Record is outside the manager's Handler")
	page, _ = newApp(t).open("")
	want(t, page, "not is outside the manager")
}

func TestARecordedResponseKeepsItsInterfaces(t *testing.T) {
	m := signed(t)
	i := debug.New(m, nil)
	var flushes, hijacks, reads bool
	record := i.Record(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, flushes = w.(http.Flusher)
		_, hijacks = w.(http.Hijacker)
		_, reads = w.(io.ReaderFrom)
		if u, ok := w.(interface{ Unwrap() http.ResponseWriter }); !ok || u.Unwrap() == nil {
			t.Error("there is no Unwrap")
		}
	}))
	cookie := admitted(t, i, i)
	plain := httptest.NewRecorder()
	type w = http.ResponseWriter
	for n, under := range []http.ResponseWriter{
		struct{ w }{plain},
		struct {
			w
			http.Flusher
		}{plain, plain},
		struct {
			w
			http.Hijacker
		}{plain, taken{}},
		struct {
			w
			http.Flusher
			http.Hijacker
		}{plain, plain, taken{}},
		struct {
			w
			io.ReaderFrom
		}{plain, taken{}},
		struct {
			w
			http.Flusher
			io.ReaderFrom
		}{plain, plain, taken{}},
		struct {
			w
			http.Hijacker
			io.ReaderFrom
		}{plain, taken{}, taken{}},
		struct {
			w
			http.Flusher
			http.Hijacker
			io.ReaderFrom
		}{plain, plain, taken{}, taken{}},
	} {
		record.ServeHTTP(under, ask("GET", cookie))
		if flushes != (n&1 != 0) || hijacks != (n&2 != 0) || reads != (n&4 != 0) {
			t.Errorf("%03b: flushes %v, hijacks %v, reads %v", n, flushes, hijacks, reads)
		}
	}
}

// taken is a connection to be taken over, and to be read into.
type taken struct{}

func (taken) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, nil }
func (taken) ReadFrom(io.Reader) (int64, error)            { return 0, nil }

func TestAStreamAndATakenConnectionPassThrough(t *testing.T) {
	m := signed(t)
	i := debug.New(m, nil)
	mux := http.NewServeMux()
	mux.Handle("/debug/session", i)
	mux.HandleFunc("/stream", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, "first")
		w.(http.Flusher).Flush()
	})
	mux.HandleFunc("/take", func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
		_ = conn.Close()
	})
	handler := m.Handler(i.Record(mux))
	returned := make(chan bool, 9) // a taken connection ends before the handler does
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r)
		returned <- true
	}))
	t.Cleanup(server.Close)
	cookie := admitted(t, i, i)
	var shown []byte
	for _, path := range []string{"/stream", "/take", "/debug/session"} {
		r, _ := http.NewRequest("GET", server.URL+path, nil)
		r.Header.Set("Cookie", cookie)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if path != "/take" {
			shown, _ = io.ReadAll(res.Body)
		}
		_ = res.Body.Close()
		<-returned
	}
	want(t, string(shown), `<code>GET /stream</code>`, `<td class="answer">202<br>`, `<code>GET /take</code>`, `<td class="answer">101<br>`)
}

func TestAStoreThatFailsFailsNoRequestThatLeavesTheSessionAlone(t *testing.T) {
	m := manager(t, session.Stored(down{memstore.New(nil)}), session.Options{})
	i := debug.New(m, nil)
	mux := http.NewServeMux()
	mux.Handle("/debug/session", i)
	mux.HandleFunc("/alone", func(http.ResponseWriter, *http.Request) {})
	a := app{t, m.Handler(i.Record(mux)), i}
	good := cookieOf(t, manager(t, session.Stored(memstore.New(nil)), session.Options{}), func(s *session.Session) { s.Set("n", 1) })
	_, cookie := a.open("")
	cookie += "; " + good
	if w := serve(a, func() *http.Request { r := ask("GET", cookie); r.URL.Path = "/alone"; return r }()); w.Code != http.StatusOK {
		t.Errorf("answered %d", w.Code)
	}
	page, _ := a.open(cookie)
	want(t, page, "GET /alone", "the backend is not available", "troubleshooting.md#the-backend-is-not-available", "not hush-")
}
