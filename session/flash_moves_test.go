package session_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

func TestKeepFlashes_NoneTwice(t *testing.T) {
	for what, handler := range map[string]func(w http.ResponseWriter, s *session.Session){
		"a category, then 304":     func(w http.ResponseWriter, s *session.Session) { s.KeepFlashes("b"); w.WriteHeader(304) },
		"a category, then all":     func(_ http.ResponseWriter, s *session.Session) { s.KeepFlashes("b"); s.KeepFlashes() },
		"each category":            func(_ http.ResponseWriter, s *session.Session) { s.KeepFlashes("b"); s.KeepFlashes("a", "b") },
		"all, then a category":     func(_ http.ResponseWriter, s *session.Session) { s.KeepFlashes(); s.KeepFlashes("b") },
		"read, category, then all": func(_ http.ResponseWriter, s *session.Session) { s.Flashes(); s.KeepFlashes("b"); s.KeepFlashes() },
	} {
		t.Run(what, func(t *testing.T) {
			onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
				v.with(func(s *session.Session) { s.FlashAs("a", "one"); s.FlashAs("b", "two"); s.Set("kept", 1) })
				v.request("GET", nil, handler)
				v.with(func(s *session.Session) {
					if got := texts(s.Flashes()); got != "a:one b:two" && got != "b:two a:one" {
						t.Errorf("flashes are %q", got)
					}
				})
				v.with(func(s *session.Session) { wantFlashes(t, s, "") })
			})
		})
	}
}

func TestDiscardFlashes_AfterKeepAndBefore(t *testing.T) {
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		flash := func(s *session.Session) { s.FlashAs("a", "one"); s.FlashAs("b", "two"); s.Set("kept", 1) }
		v.with(flash)
		v.with(func(s *session.Session) { s.KeepFlashes(); s.DiscardFlashes("b") })
		v.with(func(s *session.Session) { wantFlashes(t, s, "a:one") })
		v.with(flash)
		v.with(func(s *session.Session) { s.Flashes(); s.DiscardFlashes("b"); s.KeepFlashes() })
		v.with(func(s *session.Session) { wantFlashes(t, s, "a:one") })
		v.with(flash)
		v.with(func(s *session.Session) { s.DiscardFlashes(); s.Flash("new") })
		v.with(func(s *session.Session) { wantFlashes(t, s, "message:new") })
	})
}

func TestKeepFlashes_KeepsValuesOfFlashToo(t *testing.T) {
	form := session.Field[string]("form")
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		v.with(func(s *session.Session) { s.FlashAs("error", "too short"); form.Flash(s, "ada@") })
		v.with(func(s *session.Session) { s.Flashes(); s.KeepFlashes() })
		v.with(func(s *session.Session) {
			wantFlashes(t, s, "error:too short")
			if got, _ := form.Get(s); got != "ada@" {
				t.Errorf("it is %q", got)
			}
		})
		v.with(func(s *session.Session) {
			if form.GetOr(s, "none") != "none" {
				t.Error("it is still there")
			}
		})
	})
}

func TestFlashes_StayWithTheSessionWhateverItBecomes(t *testing.T) {
	for what, change := range map[string]func(s *session.Session){
		"renewed":           func(s *session.Session) { s.Renew() },
		"signed in":         func(s *session.Session) { s.SignIn("ada") },
		"permanent":         func(s *session.Session) { s.SetPermanent(true) },
		"grown":             func(s *session.Session) { s.Set("large", randomText(2000)) },
		"read and given up": func(s *session.Session) { s.Flashes(); s.KeepFlashes(); s.Renew() },
	} {
		t.Run(what, func(t *testing.T) {
			onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
				v.with(func(s *session.Session) { s.Flash("one"); s.Set("kept", 1) })
				v.with(change)
				v.with(func(s *session.Session) { s.Flash("two") })
				v.with(func(s *session.Session) { wantFlashes(t, s, "message:one message:two") })
				v.with(func(s *session.Session) { wantFlashes(t, s, "") })
			})
		})
	}
}

func TestFlashes_MoveWithOverflowIntoTheStoreAndBack(t *testing.T) {
	v := newVisitorOf(t, session.Overflow(session.Signed(secret.New()), &fullStore{}), session.Options{})
	for i, size := range []int{10, 6000, 6000, 10, 6000, 10, 10} {
		v.with(func(s *session.Session) {
			s.Set("cart", randomText(size))
			if i > 0 {
				wantFlashes(t, s, fmt.Sprint("message:", i-1))
			}
			s.Flash(fmt.Sprint(i))
		})
	}
}

func TestFlashes_OfAUserAreNeverTheNextUsers(t *testing.T) {
	for what, change := range map[string]func(s *session.Session){
		"signed out":        func(s *session.Session) { s.SignOut() },
		"destroyed":         func(s *session.Session) { s.Destroy() },
		"cleared":           func(s *session.Session) { s.Clear() },
		"another signed in": func(s *session.Session) { s.SignIn("bob") },
	} {
		for when, handler := range map[string]func(w http.ResponseWriter, s *session.Session){
			"unread":            func(_ http.ResponseWriter, s *session.Session) { change(s) },
			"unread, kept":      func(_ http.ResponseWriter, s *session.Session) { s.KeepFlashes(); change(s) },
			"read":              func(_ http.ResponseWriter, s *session.Session) { s.Flashes(); change(s) },
			"read, 304":         func(w http.ResponseWriter, s *session.Session) { s.Flashes(); change(s); w.WriteHeader(304) },
			"read, kept":        func(_ http.ResponseWriter, s *session.Session) { s.Flashes(); s.KeepFlashes(); change(s) },
			"read, a kind kept": func(_ http.ResponseWriter, s *session.Session) { s.Flashes(); s.KeepFlashes("message"); change(s) },
		} {
			t.Run(what+"/"+when, func(t *testing.T) {
				onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
					v.with(func(s *session.Session) { s.SignIn("ada"); s.Flash("of ada") })
					v.request("GET", nil, func(w http.ResponseWriter, s *session.Session) { handler(w, s); s.Flash("after") })
					v.with(func(s *session.Session) { wantFlashes(t, s, "message:after") })
				})
			})
		}
	}
}

// lossyStore loses the answer to a save that it has done.
type lossyStore struct {
	fullStore
	loses int // how many more
}

func (f *lossyStore) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	version, err := f.fullStore.Save(ctx, id, r)
	if err == nil && f.loses > 0 {
		f.loses--
		return 0, errDown
	}
	return version, err
}

func TestFlashes_AClaimWhoseAnswerIsLostLosesNone(t *testing.T) {
	for what, first := range map[string]func(w http.ResponseWriter, s *session.Session){
		"shown":         func(http.ResponseWriter, *session.Session) {},
		"304":           func(w http.ResponseWriter, _ *session.Session) { w.WriteHeader(304) },
		"failed commit": func(_ http.ResponseWriter, s *session.Session) { s.Set("x", func() {}) },
		"changed":       func(_ http.ResponseWriter, s *session.Session) { s.Set("x", 1); s.Flash("two") },
	} {
		t.Run(what, func(t *testing.T) {
			f := &lossyStore{}
			v := newVisitorOf(t, session.Stored(f), session.Options{})
			v.with(func(s *session.Session) { s.Flash("one"); s.Set("kept", 1) })
			f.loses = 1
			shown := ""
			v.request("GET", nil, func(w http.ResponseWriter, s *session.Session) {
				wantFlashes(t, s, "message:one")
				first(w, s)
			})
			for range 2 {
				v.with(func(s *session.Session) { shown += texts(s.Flashes()) })
			}
			if want := map[string]string{"304": "message:one", "failed commit": "message:one", "changed": "message:two"}[what]; shown != want {
				t.Errorf("then shown is %q, want %q", shown, want)
			}
		})
	}
}

func TestFlashes_AStoreThatFailsAtTheClaimKeepsThem(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, f *fakeStore) {
		v.with(func(s *session.Session) { s.Flash("one"); s.Set("kept", 1) })
		f.before = func(call string) error {
			if call == "save" {
				return errDown
			}
			return nil
		}
		if res := v.with(func(s *session.Session) { wantFlashes(t, s, "") }); res.StatusCode != http.StatusOK {
			t.Errorf("a page without messages is answered %d", res.StatusCode)
		}
		f.before = nil
		v.with(func(s *session.Session) { wantFlashes(t, s, "message:one") })
		v.with(func(s *session.Session) { wantFlashes(t, s, "") })
	})
}

func TestFlashes_AGiveBackThatFailsIsReported(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, f *fakeStore) {
		v.with(func(s *session.Session) { s.Flash("one"); s.Set("kept", 1) })
		v.with(func(s *session.Session) {
			wantFlashes(t, s, "message:one")
			s.Set("x", func() {}) // fails the response, which gives back what it claimed
			f.before = func(call string) error {
				if call == "save" {
					return errDown
				}
				return nil
			}
		})
		f.before = nil
		if !strings.Contains(v.log.String(), "flash messages were dropped") {
			t.Errorf("the log is %s", v.log)
		}
	})
}

func TestFlashes_ManyTabsThatReloadShowEachOnce(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, _ *fakeStore) {
		v.with(func(s *session.Session) { s.Set("kept", 1) })
		shown := make(map[string]int)
		for i := range 20 {
			v.beside().with(func(s *session.Session) { s.Flash(fmt.Sprint(i)) })
			for range 3 {
				r := httptest.NewRequest("GET", "https://example.com/", nil)
				r.Header["Cookie"] = v.cookies
				w := httptest.NewRecorder()
				v.m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					for _, m := range session.From(r).Flashes() {
						shown[m.Text]++
					}
					w.Header().Set("Etag", `"1"`)
				})).ServeHTTP(w, r)
			}
		}
		for text, n := range shown {
			if n != 1 {
				t.Errorf("%s was shown %d times", text, n)
			}
		}
		if len(shown) != 20 {
			t.Errorf("%d were shown", len(shown))
		}
	})
}

func TestKeepFlashes_AfterTheHeaderWasSentKeepsThemInAStore(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, _ *fakeStore) {
		v.with(func(s *session.Session) { s.FlashAs("a", "one"); s.FlashAs("b", "two"); s.Set("kept", 1) })
		v.request("GET", nil, func(w http.ResponseWriter, s *session.Session) {
			wantFlashes(t, s, "a:one b:two")
			_ = http.NewResponseController(w).Flush()
			s.KeepFlashes("b")
			s.KeepFlashes("b")
		})
		v.with(func(s *session.Session) { wantFlashes(t, s, "b:two") })
		v.with(func(s *session.Session) { wantFlashes(t, s, "") })
	})
}

func TestFlashes_AnAlteredCookieHasNone(t *testing.T) {
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		v.with(func(s *session.Session) { s.Flash("one") })
		last := len(v.cookies[0]) - 1
		flipped := "A"
		if v.cookies[0][last] == 'A' {
			flipped = "Q"
		}
		v.cookies[0] = v.cookies[0][:last] + flipped
		if res := v.with(func(s *session.Session) { wantFlashes(t, s, "") }); res.StatusCode != http.StatusOK {
			t.Errorf("answered %d", res.StatusCode)
		}
	})
}

// A session that is too large for the backend that it moves to can still show messages: they never
// fail a request.
func TestFlashes_OfASessionTooLargeToMoveFailNoPage(t *testing.T) {
	key := secret.New()
	signed, sealed := session.Signed(key), session.Sealed(key)
	for name, waiting := range map[string]int{"none waits": 0, "one waits": 1} {
		t.Run(name, func(t *testing.T) {
			v := newVisitorOf(t, signed, session.Options{})
			v.with(func(s *session.Session) {
				s.Set("text", strings.Repeat("all work and no play ", 300)) // Signed compresses it
				for range waiting {
					s.Flash("waiting")
				}
			})
			moved := newVisitorOf(t, session.Migrate(sealed, signed), session.Options{})
			moved.cookies = v.cookies
			for range 2 {
				res := moved.with(func(s *session.Session) {
					if got := len(s.Flashes()); got != waiting {
						t.Errorf("%d messages are shown, want %d", got, waiting)
					}
					s.Flash("another")
				})
				if res.StatusCode != http.StatusOK {
					t.Errorf("the page is answered with %s", res.Status)
				}
			}
			if res := moved.with(func(s *session.Session) { s.Set("a", 1) }); res.StatusCode != http.StatusInternalServerError {
				t.Errorf("a change that does not fit is answered with %s", res.Status)
			}
		})
	}
}

// An entry that another program left, and in which there is nothing to show, is not shown as an
// empty bubble. One whose category alone says something is kept, as Flask keeps it.
func TestFlashes_AnEntryWithNothingToShowIsNotShown(t *testing.T) {
	onEachBackend(t, session.Options{}, func(t *testing.T, v *visitor) {
		v.with(func(s *session.Session) {
			s.Set(driver.FlashesKey, []any{
				nil,
				[]any{},
				map[string]any{},
				"",
				[]any{nil, nil},
				[]any{[]any{}},
				[]any{"message", []any{}},
				[]any{"info", "one"},
				[]any{"saved", ""},
				map[string]any{"words": "two"},
			})
			s.Flash("")
			s.FlashMessage(session.Message{Data: []byte(`{"undo":"/"}`)})
		})
		v.with(func(s *session.Session) { wantFlashes(t, s, "info:one saved: message:two message:") })
		v.with(func(s *session.Session) { wantFlashes(t, s, "") })
		if n := strings.Count(v.log.String(), "level=ERROR"); n != 0 {
			t.Errorf("the log is %s", v.log)
		}
	})
}

// A session of another program's that moves here brings the newest messages along, and what is left
// behind is reported, also if no page asks for them. One that cannot be read fails no session.
func TestFlashes_OfMoreThanMayWaitTheNewestMove(t *testing.T) {
	deep := strings.Repeat("[", 800) + strings.Repeat("]", 800)
	for name, c := range map[string]struct {
		messages string
		want     string
		dropped  int
	}{
		"more than may wait":     {`[{" t":["info","1"]},{" t":["info","2"]},{" t":["info","3"]},{" t":["info","4"]},{" t":["info","5"]}]`, "info:4 info:5", 3},
		"one that is unreadable": {`[{" t":["info","1"]},` + deep + `]`, "info:1", 1},
		"none that is readable":  {`[` + deep + `]`, "", 1},
	} {
		for to, backend := range map[string]session.Backend{"sealed": session.Sealed(secret.New()), "stored": session.Stored(&fullStore{})} {
			t.Run(name+", "+to, func(t *testing.T) {
				ours := flaskCookies(t)
				dropped := 0
				v := newVisitorOf(t, session.Migrate(backend, ours), session.Options{Cookie: session.Cookie{Name: "s"}, MaxFlashes: 2, Observe: func(_ context.Context, e session.Event) {
					if e.Kind == session.EventFlashesDropped {
						dropped += e.Count
					}
				}})
				d, err := ours.Open(driver.Config{CookieName: "s", MaxCookieSize: 4096})
				if err != nil {
					t.Fatal(err)
				}
				token, _, err := d.Save(t.Context(), nil, driver.Write{Payload: []byte(`{"_flashes":` + c.messages + `,"username":"ada"}`), At: v.clock})
				if err != nil {
					t.Fatal(err)
				}
				v.cookies = []string{"s=" + string(token)}
				v.with(func(s *session.Session) {
					if name, _ := username.Get(s); name != "ada" {
						t.Errorf("the user is %q", name)
					}
					s.Set("visited", true)
				})
				v.with(func(s *session.Session) { wantFlashes(t, s, c.want) })
				v.with(func(s *session.Session) { wantFlashes(t, s, "") })
				if dropped != c.dropped || !strings.Contains(v.log.String(), "flash messages were dropped") {
					t.Errorf("%d are reported, want %d; the log is %s", dropped, c.dropped, v.log)
				}
			})
		}
	}
}

// Of two tabs that read the messages of a session that has not moved yet, one shows them.
func TestFlashes_OneTabShowsThemWhileASessionMoves(t *testing.T) {
	key, st, other := secret.New(), memstore.New(nil), memstore.New(nil)
	place := &foreignPlace{records: map[string]foreignRecord{}, now: time.Now}
	for what, next := range map[string]session.Backend{
		"to another store":    session.Migrate(session.Stored(other), session.Stored(st)),
		"to the cookie":       session.Migrate(session.Signed(key), session.Stored(st)),
		"to an overflow":      session.Migrate(session.Overflow(session.Signed(key), other), session.Stored(st)),
		"to an ID of its own": session.Migrate(&foreignBackend{place, shortID, true}, session.Stored(st)),
	} {
		t.Run(what, func(t *testing.T) {
			v := newVisitorOf(t, session.Stored(st), session.Options{})
			v.clock = time.Now()
			v.with(func(s *session.Session) { s.Flash("one"); s.Set("kept", 1) })
			w := newVisitorOf(t, next, session.Options{})
			w.cookies, w.clock = v.cookies, v.clock
			tab := w.beside()
			var first, second string
			w.with(func(s *session.Session) {
				first = texts(s.Flashes())
				tab.with(func(s *session.Session) { second = texts(s.Flashes()) })
			})
			if first != "message:one" || second != "" {
				t.Errorf("the tabs show %q and %q", first, second)
			}
			w.with(func(s *session.Session) {
				if wantFlashes(t, s, ""); !s.Has("kept") {
					t.Error("the session's value is gone")
				}
			})
		})
	}
}

// A driver that only reads cannot let one of two tabs take them. They are shown before the session
// moves, rather than never.
func TestFlashes_OfADriverThatOnlyReadsAreShownAndMoveNoFurther(t *testing.T) {
	place := &foreignPlace{records: map[string]foreignRecord{}, now: time.Now}
	old := &foreignBackend{place, shortID, false}
	for what, next := range map[string]session.Backend{
		"to a store":    session.Stored(memstore.New(nil)),
		"to the cookie": session.Signed(secret.New()),
	} {
		t.Run(what, func(t *testing.T) {
			place.before = nil
			v := newVisitorOf(t, old, session.Options{})
			v.clock = time.Now()
			v.with(func(s *session.Session) { s.Flash("one"); s.Set("kept", 1) })
			place.before = func(call string) error {
				if call == "foreign save" {
					return fmt.Errorf("it only reads: %w", errors.ErrUnsupported)
				}
				return nil
			}
			w := newVisitorOf(t, session.Migrate(next, old), session.Options{})
			w.cookies, w.clock = v.cookies, v.clock
			w.with(func(s *session.Session) { wantFlashes(t, s, "message:one") })
			w.with(func(s *session.Session) {
				if wantFlashes(t, s, ""); !s.Has("kept") {
					t.Error("the session's value is gone")
				}
			})
		})
	}
}
