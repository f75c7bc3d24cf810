package session_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// onEachBackend runs a test with a visitor of every kind of backend.
func onEachBackend(t *testing.T, o session.Options, test func(t *testing.T, v *visitor)) {
	key := secret.New()
	for name, backend := range map[string]session.Backend{
		"signed": session.Signed(key), "sealed": session.Sealed(key), "Flask": flaskCookies(t),
		"stored": session.Stored(&fullStore{}), "least store": session.Stored(&fakeStore{}), "forgetful store": session.Stored(&fakeStore{forgets: true}),
		"overflow": session.Overflow(session.Signed(key), &fullStore{}),
		"migrated": session.Migrate(session.Stored(&fullStore{}), session.Signed(key)),
	} {
		t.Run(name, func(t *testing.T) { test(t, newVisitorOf(t, backend, o)) })
	}
}

// request sends a request with some headers.
func (v *visitor) request(method string, headers map[string]string, handler func(w http.ResponseWriter, s *session.Session)) *http.Response {
	r := httptest.NewRequest(method, "https://example.com/", nil)
	r.Header["Cookie"] = v.cookies
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	v.m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler(w, session.From(r)) })).ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if v.cookies = []string{c.Name + "=" + c.Value}; c.MaxAge < 0 {
			v.cookies = nil
		}
	}
	return w.Result()
}

// part answers a request for a part of a page.
func part(bytes string) func(http.ResponseWriter, *session.Session) {
	r := &http.Request{Method: "GET", Header: http.Header{"Range": {bytes}}}
	return func(w http.ResponseWriter, s *session.Session) {
		page := strings.NewReader("a page with " + texts(s.Flashes()))
		http.ServeContent(w, r, "page.html", time.Time{}, page)
	}
}

func TestFlashes_StayIfTheResponseShowsNothing(t *testing.T) {
	status := func(code int) func(http.ResponseWriter, *session.Session) {
		return func(w http.ResponseWriter, s *session.Session) { s.Flashes(); w.WriteHeader(code) }
	}
	for what, tt := range map[string]struct {
		method  string
		headers map[string]string
		handler func(w http.ResponseWriter, s *session.Session)
	}{
		"304":             {"GET", nil, status(http.StatusNotModified)},
		"204":             {"GET", nil, status(http.StatusNoContent)},
		"205":             {"GET", nil, status(http.StatusResetContent)},
		"206":             {"GET", nil, part("bytes=3-")},
		"206, all of it":  {"GET", nil, part("bytes=0-")},
		"416":             {"GET", nil, part("bytes=900-")},
		"HEAD":            {"HEAD", nil, status(200)},
		"OPTIONS":         {"OPTIONS", nil, status(200)},
		"prefetch":        {"GET", map[string]string{"Sec-Purpose": "prefetch"}, status(200)},
		"prerender":       {"GET", map[string]string{"Sec-Purpose": "prefetch;prerender"}, status(200)},
		"older WebKit":    {"GET", map[string]string{"Purpose": "prefetch"}, status(200)},
		"older Firefox":   {"GET", map[string]string{"X-Moz": "prefetch"}, status(200)},
		"image's 404":     {"GET", map[string]string{"Sec-Fetch-Dest": "image"}, status(404)},
		"script":          {"GET", map[string]string{"Sec-Fetch-Dest": "script"}, status(200)},
		"service worker":  {"GET", map[string]string{"Sec-Fetch-Dest": "serviceworker"}, status(404)},
		"rules":           {"GET", map[string]string{"Sec-Fetch-Dest": "speculationrules"}, status(404)},
		"font":            {"GET", map[string]string{"Sec-Fetch-Dest": "font"}, status(200)},
		"failed commit":   {"GET", nil, func(_ http.ResponseWriter, s *session.Session) { s.Flashes(); s.Set("x", func() {}) }},
		"panic":           {"GET", nil, func(_ http.ResponseWriter, s *session.Session) { s.Flashes(); panic("a bug") }},
		"kept":            {"GET", nil, func(_ http.ResponseWriter, s *session.Session) { s.Flashes(); s.KeepFlashes() }},
		"kept before":     {"GET", nil, func(_ http.ResponseWriter, s *session.Session) { s.KeepFlashes(); s.Flashes() }},
		"a change beside": {"GET", nil, func(w http.ResponseWriter, s *session.Session) { s.Flashes(); s.Set("x", 1); w.WriteHeader(304) }},
	} {
		t.Run(what, func(t *testing.T) {
			onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
				v.with(func(s *session.Session) { s.Flash("one"); s.FlashAs("info", "two"); s.Set("kept", 1) })
				func() {
					defer func() { _ = recover() }()
					v.request(tt.method, tt.headers, tt.handler)
				}()
				v.with(func(s *session.Session) { wantFlashes(t, s, "message:one info:two") })
				v.with(func(s *session.Session) { wantFlashes(t, s, "") })
			})
		})
	}
}

// A page of any other status is shown, also if it says that something is wrong.
func TestFlashes_AreShownWithAnyOtherStatus(t *testing.T) {
	for _, code := range []int{200, 201, 202, 203, 207, 300, 303, 400, 401, 403, 404, 409, 410, 413, 422, 429, 451, 500, 503} {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
				v.with(func(s *session.Session) { s.Flash("one"); s.Set("kept", 1) })
				v.request("GET", nil, func(w http.ResponseWriter, s *session.Session) {
					wantFlashes(t, s, "message:one")
					w.WriteHeader(code)
				})
				v.with(func(s *session.Session) { wantFlashes(t, s, "") })
			})
		})
	}
}

func TestFlashes_AFetchAndAServiceWorkersNavigationShow(t *testing.T) {
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		v.with(func(s *session.Session) { s.Flash("one") })
		v.request("GET", map[string]string{"Sec-Fetch-Dest": "empty"}, func(_ http.ResponseWriter, s *session.Session) { wantFlashes(t, s, "message:one") })
		v.with(func(s *session.Session) { wantFlashes(t, s, "") })
	})
}

func TestFlashes_APrefetchGetsNoneAndIsNotCached(t *testing.T) {
	for _, header := range []string{"Sec-Purpose", "Purpose", "X-Moz"} {
		onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
			v.with(func(s *session.Session) { s.Flash("one") })
			res := v.request("GET", map[string]string{header: "prefetch"}, func(_ http.ResponseWriter, s *session.Session) { wantFlashes(t, s, "") })
			if res.Header.Get("Cache-Control") != "no-store" || len(res.Cookies()) != 0 {
				t.Errorf("%s: the header is %v", header, res.Header)
			}
		})
	}
}

func TestFlashes_AVisitorWhoHasLeftTakesNone(t *testing.T) {
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		v.with(func(s *session.Session) { s.Flash("one") })
		ctx, cancel := context.WithCancel(context.Background())
		r := httptest.NewRequest("GET", "https://example.com/", nil).WithContext(ctx)
		r.Header["Cookie"] = v.cookies
		v.m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			session.From(r).Flashes()
			cancel()
		})).ServeHTTP(httptest.NewRecorder(), r)
		v.with(func(s *session.Session) { wantFlashes(t, s, "message:one") })
	})
}

func TestFlashes_OfRequestsAtOnceOneShowsEach(t *testing.T) {
	onEachStore(t, session.Options{MaxFlashes: 1000, MaxFlashBytes: 1 << 20}, func(t *testing.T, v *visitor, _ *fakeStore) {
		v.with(func(s *session.Session) { s.Set("kept", 1) })
		var shown sync.Map
		var made, twice atomic.Int32
		together(v, 200, func(_ http.ResponseWriter, r *http.Request) {
			s := session.From(r)
			if n := made.Add(1); n%2 == 0 {
				s.Flash(fmt.Sprint("message ", n))
				return
			}
			for _, m := range s.Flashes() {
				if _, again := shown.LoadOrStore(m.Text, true); again {
					twice.Add(1)
				}
			}
		})
		v.with(func(s *session.Session) {
			for _, m := range s.Flashes() {
				if _, again := shown.LoadOrStore(m.Text, true); again {
					twice.Add(1)
				}
			}
		})
		count := 0
		shown.Range(func(any, any) bool { count++; return true })
		if count != 100 || twice.Load() != 0 {
			t.Errorf("%d of 100 messages were shown, %d of them twice", count, twice.Load())
		}
	})
}

func TestFlashes_OneOfEqualTextsIsNotLostWhileAnotherIsShown(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, f *fakeStore) {
		v.with(func(s *session.Session) { s.Flash("Saved"); s.Set("kept", 1) })
		other := v.beside()
		v.with(func(s *session.Session) {
			wantFlashes(t, s, "message:Saved")
			other.with(func(s *session.Session) { s.Flash("Saved") })
			s.Set("x", 1)
		})
		v.with(func(s *session.Session) { wantFlashes(t, s, "message:Saved") })
	})
}

func TestFlash_TenThousandThatNothingShowsFailNoSignIn(t *testing.T) {
	key := secret.New()
	for name, backend := range map[string]session.Backend{
		"signed": session.Signed(key), "sealed": session.Sealed(key), "Flask": flaskCookies(t), "stored": session.Stored(&fullStore{}),
		"overflow": session.Overflow(session.Signed(key), &fullStore{}),
	} {
		dropped := 0
		v := newVisitorOf(t, backend, session.Options{Observe: func(_ context.Context, e session.Event) {
			if e.Kind == session.EventFlashesDropped {
				dropped += e.Count
			}
		}})
		for i := 0; i < tenThousand; i += 10 {
			res := v.with(func(s *session.Session) {
				for j := range 10 {
					s.FlashAs("error", fmt.Sprintf("Wrong password, for the %dth time; please ask the administrator for a new one.", i+j))
				}
				if i == tenThousand-10 {
					s.SignIn("ada")
				}
			})
			if res.StatusCode != http.StatusOK {
				t.Fatalf("%s: the %dth is answered %d", name, i, res.StatusCode)
			}
		}
		v.with(func(s *session.Session) {
			messages := s.Flashes()
			if s.Owner() != "ada" || len(messages) == 0 || len(messages) > 64 || !strings.Contains(messages[len(messages)-1].Text, fmt.Sprintf("%dth", tenThousand-1)) {
				t.Errorf("%s: owner %q, %d messages", name, s.Owner(), len(messages))
			}
			if dropped != tenThousand-len(messages) {
				t.Errorf("%s: %d messages wait, %d were reported as dropped", name, len(messages), dropped)
			}
		})
		if n := strings.Count(v.log.String(), "flash messages were dropped"); n != 1 {
			t.Errorf("%s: warned %d times", name, n)
		}
	}
}

func TestFlash_MessagesGiveWayBeforeValues(t *testing.T) {
	for name, backend := range map[string]session.Backend{"signed": session.Signed(secret.New()), "sealed": session.Sealed(secret.New()), "Flask": flaskCookies(t)} {
		v := newVisitorOf(t, backend, session.Options{})
		for i := range 40 {
			res := v.with(func(s *session.Session) {
				s.Set(fmt.Sprint("value", i), randomText(45))
				s.Flash(randomText(200))
			})
			if res.StatusCode != http.StatusOK {
				t.Fatalf("%s: the %dth is answered %d: %s", name, i, res.StatusCode, v.log)
			}
		}
		v.with(func(s *session.Session) {
			if s.Len() < 40 {
				t.Errorf("%s: there are %d values", name, s.Len())
			}
		})
	}
}

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestFlash_ManyInOneRequestCostLinearMemory(t *testing.T) {
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		bytes := allocated(func() {
			v.with(func(s *session.Session) {
				for i := range 16_000 {
					s.Flash(fmt.Sprintf("line %d could not be read", i))
				}
			})
		})
		if perMessage := bytes / 16_000; perMessage > 1500 {
			t.Errorf("each message costs %d bytes", perMessage)
		}
		v.with(func(s *session.Session) {
			if n := len(s.Flashes()); n == 0 || n > 64 {
				t.Errorf("%d messages wait", n)
			}
		})
	})
}

func TestFlashes_TheSameTextOverAndOverIsCheapToRead(t *testing.T) {
	for name, backend := range map[string]session.Backend{"signed": session.Signed(secret.New()), "Flask": flaskCookies(t)} {
		v := newVisitorOf(t, backend, session.Options{MaxFlashes: 1 << 20, MaxFlashBytes: 1 << 20})
		v.with(func(s *session.Session) {
			for range 20_000 {
				s.Flash("Saved")
			}
		})
		if bytes := allocated(func() { v.with(func(s *session.Session) { s.Flashes() }) }); bytes > 1<<20 {
			t.Errorf("%s: reading the messages takes %d bytes", name, bytes)
		}
	}
}

func TestFlashMessage_KeepsTitleAndData(t *testing.T) {
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		v.with(func(s *session.Session) {
			s.FlashMessage(session.Message{Title: "Deleted", Text: "3 files <b>", Data: json.RawMessage(`{"undo":"/undo/7"}`)})
		})
		v.with(func(s *session.Session) {
			got := s.Flashes()
			if len(got) != 1 || got[0].Category != "message" || got[0].Title != "Deleted" || got[0].Text != "3 files <b>" || string(got[0].Data) != `{"undo":"/undo/7"}` {
				t.Errorf("the messages are %+v", got)
			}
		})
	})
}

func TestFlashMessage_DataThatIsNotJSONIsLeftOut(t *testing.T) {
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		res := v.with(func(s *session.Session) {
			s.FlashMessage(session.Message{Text: "bad", Data: json.RawMessage(`{`)})
			s.FlashMessage(session.Message{Text: "large", Data: json.RawMessage(`"` + strings.Repeat("x", 20_000) + `"`)})
		})
		if res.StatusCode != http.StatusOK || strings.Count(v.log.String(), "data is not kept") != 2 {
			t.Errorf("answered %d, log %s", res.StatusCode, v.log)
		}
		v.with(func(s *session.Session) { wantFlashes(t, s, "message:bad message:large") })
	})
}

func TestKeepFlashes_OfACategory(t *testing.T) {
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		v.with(func(s *session.Session) { s.FlashAs("a", "one"); s.FlashAs("b", "two") })
		v.with(func(s *session.Session) {
			wantFlashes(t, s, "a:one b:two")
			s.KeepFlashes("b")
		})
		v.with(func(s *session.Session) { wantFlashes(t, s, "b:two") })
		v.with(func(s *session.Session) { wantFlashes(t, s, "") })
	})
}

func TestDiscardFlashes_OfACategoryOrAll(t *testing.T) {
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		flash := func(s *session.Session) { s.FlashAs("a", "one"); s.FlashAs("b", "two"); s.Set("kept", 1) }
		v.with(flash)
		v.with(func(s *session.Session) { s.DiscardFlashes("a") })
		v.with(func(s *session.Session) { wantFlashes(t, s, "b:two") })
		v.with(flash)
		v.with(func(s *session.Session) { s.DiscardFlashes("b"); wantFlashes(t, s, "a:one") })
		v.with(flash)
		v.with(func(s *session.Session) { s.DiscardFlashes() })
		v.with(func(s *session.Session) { wantFlashes(t, s, "") })
	})
}

func TestFieldFlash_IsForTheNextRequestOnly(t *testing.T) {
	form := session.Field[map[string]string]("form")
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		v.with(func(s *session.Session) {
			form.Flash(s, map[string]string{"mail": "ada@"})
			if got, ok := form.Get(s); !ok || got["mail"] != "ada@" {
				t.Errorf("in the same request it is %v", got)
			}
		})
		v.request("GET", map[string]string{"Sec-Fetch-Dest": "image"}, func(_ http.ResponseWriter, s *session.Session) { form.Get(s) })
		v.request("GET", nil, func(w http.ResponseWriter, s *session.Session) { form.Get(s); w.WriteHeader(304) })
		v.with(func(s *session.Session) {
			if got, ok := form.Get(s); !ok || got["mail"] != "ada@" {
				t.Errorf("in the next request it is %v", got)
			}
		})
		v.with(func(s *session.Session) {
			if got, ok := form.Get(s); ok || s.Len() != 0 {
				t.Errorf("in the one after that it is %v, keys %q", got, s.Keys())
			}
		})
	})
}

func TestFieldFlash_SetAgainStaysForTheNext(t *testing.T) {
	form := session.Field[string]("form")
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		v.with(func(s *session.Session) { form.Flash(s, "one") })
		v.with(func(s *session.Session) { form.Get(s); form.Flash(s, "two") })
		v.with(func(s *session.Session) {
			if got, _ := form.Get(s); got != "two" {
				t.Errorf("it is %q", got)
			}
		})
	})
}

func TestFlash_ACrossSitePostThatBeginsASessionIsWarnedOf(t *testing.T) {
	v := newVisitor(t, session.Options{})
	for range 2 {
		v.cookies = nil
		v.request("POST", map[string]string{"Sec-Fetch-Site": "cross-site"}, func(_ http.ResponseWriter, s *session.Session) { s.Flash("Paid") })
	}
	if n := strings.Count(v.log.String(), "a form of another site began a new session"); n != 1 {
		t.Errorf("warned %d times: %s", n, v.log)
	}
}

func TestFlashes_ThePageThatShowsThemCannotBeRevalidated(t *testing.T) {
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		page := func(w http.ResponseWriter, s *session.Session) {
			s.Flashes()
			w.Header().Set("Cache-Control", "no-cache")
			w.Header().Set("Etag", `"the text"`)
			w.Header().Set("Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
		}
		v.with(func(s *session.Session) { s.Flash("one"); s.Set("kept", 1) })
		if h := v.request("GET", nil, page).Header; h.Get("Etag")+h.Get("Last-Modified") != "" {
			t.Errorf("with the message, a 304 would show it again: %v", h)
		}
		if h := v.request("GET", nil, page).Header; h.Get("Etag") == "" || h.Get("Last-Modified") == "" {
			t.Errorf("without a message: %v", h)
		}
	})
}

// A session with more messages than may wait, which another program or an earlier setting left, shows
// the newest, and reports the others once.
func TestFlashes_OfMoreThanMayWaitTheNewestAreShown(t *testing.T) {
	for name, backend := range map[string]session.Backend{"signed": session.Signed(secret.New()), "stored": session.Stored(&fullStore{}), "Flask": flaskCookies(t)} {
		dropped := 0
		writer := newVisitorOf(t, backend, session.Options{MaxFlashes: 100})
		reader := newVisitorOf(t, backend, session.Options{MaxFlashes: 2, Observe: func(_ context.Context, e session.Event) {
			if e.Kind == session.EventFlashesDropped {
				dropped += e.Count
			}
		}})
		writer.clock, reader.clock = time.Now(), time.Now()
		writer.with(func(s *session.Session) {
			for i := range 5 {
				s.Flash(strconv.Itoa(i))
			}
		})
		reader.cookies = writer.cookies
		reader.method("HEAD", func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
			wantFlashes(t, s, "message:3 message:4")
		})
		if dropped != 0 {
			t.Errorf("%s: a response that shows nothing drops %d", name, dropped)
		}
		reader.with(func(s *session.Session) { wantFlashes(t, s, "message:3 message:4") })
		reader.with(func(s *session.Session) { wantFlashes(t, s, "") })
		if dropped != 3 || !strings.Contains(reader.log.String(), "flash messages were dropped") {
			t.Errorf("%s: %d are reported, log %s", name, dropped, reader.log)
		}
	}
}

// A value that is set in the ordinary way after Field.Flash stays, whether it was read before or
// not; one that is deleted is gone.
func TestFieldFlash_EndsWhenTheValueIsSet(t *testing.T) {
	name := session.Field[string]("name")
	for what, set := range map[string]func(s *session.Session){
		"Set":            func(s *session.Session) { name.Set(s, "ada") },
		"Set after Get":  func(s *session.Session) { name.Get(s); name.Set(s, "ada") },
		"Update":         func(s *session.Session) { name.Update(s, func(string) string { return "ada" }) },
		"Delete and Set": func(s *session.Session) { name.Delete(s); name.Set(s, "ada") },
		"Pop and Set":    func(s *session.Session) { name.Pop(s); name.Set(s, "ada") },
		"Session.Set":    func(s *session.Session) { s.Flashes(); s.Set("name", "ada") },
	} {
		t.Run(what, func(t *testing.T) {
			onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
				v.with(func(s *session.Session) { name.Flash(s, "typed") })
				v.with(set)
				for range 3 {
					v.with(func(s *session.Session) {
						if got := name.GetOr(s, "nothing"); got != "ada" {
							t.Errorf("a later request finds %q", got)
						}
					})
				}
			})
		})
	}
}

// A value of Field.Flash waits for the page that is opened, as messages do.
func TestFieldFlash_WaitsDuringAPrefetch(t *testing.T) {
	name := session.Field[string]("name")
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		v.with(func(s *session.Session) { name.Flash(s, "typed") })
		res := v.request("GET", map[string]string{"Sec-Purpose": "prefetch"}, func(_ http.ResponseWriter, s *session.Session) {
			if got, ok := name.Get(s); ok || s.Value("name") != nil {
				t.Errorf("a prefetch finds %q", got)
			}
		})
		if got := res.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("the prefetched page has Cache-Control %q", got)
		}
		v.with(func(s *session.Session) {
			if got, _ := name.Get(s); got != "typed" {
				t.Errorf("the page that is opened finds %q", got)
			}
		})
	})
}

// A page that shows messages is one visitor's alone, also if no cookie goes with it.
func TestFlashes_OnAPageForSharedCachesAreWarnedOf(t *testing.T) {
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		v.with(func(s *session.Session) { s.Flash("hello") })
		v.request("GET", nil, func(w http.ResponseWriter, s *session.Session) {
			w.Header().Set("Cache-Control", "public, max-age=60")
			s.Flashes()
		})
		if !strings.Contains(v.log.String(), "shared caches may keep it") {
			t.Error("nothing warns")
		}
	})
}

// What Flashes removes is a change, in a store too, where it is saved before the page is shown.
func TestModified_CountsTheMessagesThatWereRead(t *testing.T) {
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		v.with(func(s *session.Session) { s.Flash("hello") })
		v.with(func(s *session.Session) {
			if s.Flashes(); !s.Modified() {
				t.Error("the session counts as unchanged")
			}
		})
	})
}
