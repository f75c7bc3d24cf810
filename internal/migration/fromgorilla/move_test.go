package fromgorilla

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"github.com/wafer-go/wafer/internal/migration/visitor"
	"github.com/wafer-go/wafer/migrate/gorilla"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

var (
	hashKey  = bytes.Repeat([]byte("h"), 32)
	blockKey = bytes.Repeat([]byte("b"), 32)
	older    = bytes.Repeat([]byte("o"), 64)
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // of what the guide's program logs
	os.Exit(m.Run())
}

// loggedIn is a visitor whom gorilla's program knows, as ada, and has a message
// for that was not shown yet.
func loggedIn(t *testing.T, store sessions.Store) *visitor.Visitor {
	t.Helper()
	v := visitor.New(t)
	p := &before{store}
	mux := http.NewServeMux()
	mux.Handle("/", p.handler())
	mux.HandleFunc("POST /quietly", func(w http.ResponseWriter, r *http.Request) {
		s, _ := store.Get(r, "session-name")
		s.Values["username"] = "ada"
		s.AddFlash("<welcome>")
		s.AddFlash("too short", "error")
		if err := s.Save(r, w); err != nil {
			t.Error(err)
		}
	})
	v.Serve(mux)
	v.Post("/quietly", nil)
	if v.Cookie("session-name") == "" {
		t.Fatal("gorilla set no cookie")
	}
	return v
}

// manager makes the program after the move, with other options than the
// guide's, and counts what it refuses.
func manager(t *testing.T, b session.Backend, o session.Options) (*session.Manager, *[]error) {
	t.Helper()
	refused := new([]error)
	o.Cookie.Name = "session-name"
	o.Observe = func(_ context.Context, e session.Event) {
		if e.Kind == session.EventRefused {
			*refused = append(*refused, e.Err)
		}
	}
	m, err := session.New(b, &o)
	if err != nil {
		t.Fatal(err)
	}
	return m, refused
}

func TestTheGuidesProgramKeepsAVisitorSignedIn(t *testing.T) {
	v, key := visitor.New(t), secret.New()
	v.Serve((&before{sessions.NewCookieStore(hashKey, blockKey)}).handler())
	visitor.Says(t, "before", v.Post("/login", url.Values{"username": {"ada"}}), "message: You were logged in\nHello, ada.")
	theirs := v.Cookie("session-name")
	m, err := newSessions(key, hashKey, blockKey)
	if err != nil {
		t.Fatal(err)
	}
	v.Serve(after(m))
	visitor.Says(t, "the first request", v.Get("/"), "Hello, ada.")
	if ours := v.Cookie("session-name"); ours == theirs || len(v.Cookies()) != 1 {
		t.Errorf("after the first request there are the cookies %v", v.Cookies())
	}
	alone, _ := manager(t, session.Sealed(key), session.Options{})
	v.Serve(after(alone))
	visitor.Says(t, "without the old reader", v.Get("/"), "Hello, ada.")
	v.Serve(after(m))
	visitor.Says(t, "after logout", v.Post("/logout", nil), "not logged in")
	if len(v.Cookies()) != 0 {
		t.Errorf("after logout there are the cookies %v", v.Cookies())
	}
}

func TestCookiesOfEveryPairOfKeysAreRead(t *testing.T) {
	pairs := []gorilla.Keys{gorilla.NewKeys(hashKey, blockKey), gorilla.NewKeys(hashKey, blockKey[:16]), gorilla.NewKeys(older, blockKey[:24]), gorilla.NewKeys(older, nil)}
	for what, store := range map[string]*sessions.CookieStore{
		"sealed":                      sessions.NewCookieStore(hashKey, blockKey),
		"another block key":           sessions.NewCookieStore(hashKey, blockKey[:16]),
		"an older pair":               sessions.NewCookieStore(older, blockKey[:24]),
		"signed":                      sessions.NewCookieStore(older),
		"signed, of two pairs":        sessions.NewCookieStore(older, nil, hashKey, blockKey),
		"no block key, as a nil pair": sessions.NewCookieStore(older, nil),
	} {
		v := loggedIn(t, store)
		m, refused := manager(t, session.Migrate(session.Signed(secret.New()), gorilla.Cookies(pairs, nil)), session.Options{})
		v.Serve(after(m))
		visitor.Says(t, what, v.Get("/"), "Hello, ada.")
		if len(*refused) > 0 {
			t.Errorf("%s: refused with %v", what, *refused)
		}
	}
}

func TestFlashesAreShownOnceAfterTheMove(t *testing.T) {
	v := loggedIn(t, sessions.NewCookieStore(hashKey))
	old := gorilla.Cookies([]gorilla.Keys{gorilla.NewKeys(hashKey, nil)}, &gorilla.Options{FlashKeys: map[string]string{"error": "error"}})
	m, _ := manager(t, session.Migrate(session.Signed(secret.New()), old), session.Options{})
	v.Serve(after(m))
	visitor.Says(t, "first", v.Get("/"), "message: <welcome>\nerror: too short\nHello, ada.")
	if page := v.Get("/"); page != "Hello, ada.\n" {
		t.Errorf("the second page says %q", page)
	}
}

func TestASessionIsPermanentAsItsCookieWas(t *testing.T) {
	for _, browser := range []bool{false, true} {
		store := sessions.NewCookieStore(hashKey)
		if browser {
			store.Options.MaxAge = 0
		}
		v := loggedIn(t, store)
		old := gorilla.Cookies([]gorilla.Keys{gorilla.NewKeys(hashKey, nil)}, &gorilla.Options{BrowserSession: browser})
		m, _ := manager(t, session.Migrate(session.Signed(secret.New()), old), session.Options{})
		v.Serve(m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if session.From(r).Permanent() == browser {
				t.Errorf("BrowserSession is %v and Permanent %v", browser, !browser)
			}
		})))
		v.Get("/")
	}
}

func TestForgedAndExpiredCookiesAreRefused(t *testing.T) {
	good := loggedIn(t, sessions.NewCookieStore(hashKey, blockKey)).Cookie("session-name")
	sc := securecookie.New(hashKey, blockKey)
	another, err := sc.Encode("another-name", map[any]any{"username": "ada"})
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := securecookie.New(older, blockKey).Encode("session-name", map[any]any{"username": "ada"})
	if err != nil {
		t.Fatal(err)
	}
	for what, tt := range map[string]struct {
		cookie  string
		options gorilla.Options
		later   time.Duration
		refused bool
	}{
		"a good one":                       {cookie: good},
		"of another key":                   {cookie: stranger, refused: true},
		"of another name":                  {cookie: another, refused: true},
		"changed":                          {cookie: good[:40] + string(rune('A'+good[40]%2)) + good[41:], refused: true},
		"cut":                              {cookie: good[:len(good)-4], refused: true},
		"too long":                         {cookie: good, options: gorilla.Options{MaxLength: 100}, refused: true},
		"29 days old":                      {cookie: good, later: 29 * 24 * time.Hour},
		"31 days old":                      {cookie: good, later: 30*24*time.Hour + time.Minute, refused: true},
		"older than the program's":         {cookie: good, options: gorilla.Options{MaxAge: time.Hour}, later: time.Hour + time.Minute, refused: true},
		"as old, with no limit of its own": {cookie: good, options: gorilla.Options{MaxAge: -1}, later: 30*24*time.Hour + time.Minute},
	} {
		v := visitor.New(t)
		old := gorilla.Cookies([]gorilla.Keys{gorilla.NewKeys(hashKey, blockKey)}, &tt.options)
		m, refused := manager(t, session.Migrate(session.Signed(secret.New()), old), session.Options{
			Clock: func() time.Time { return time.Now().Add(tt.later) },
		})
		v.Serve(after(m))
		v.SetCookie("session-name", tt.cookie)
		page := v.Get("/")
		if (page == "You are not logged in.\n") != tt.refused || len(*refused) > 0 != tt.refused {
			t.Errorf("%s: the page says %q, refused with %v", what, page, *refused)
		}
	}
}

func TestRequestsAtOnceAllFindTheOldSession(t *testing.T) {
	v := loggedIn(t, sessions.NewCookieStore(hashKey, blockKey))
	m, err := newSessions(secret.New(), hashKey, blockKey)
	if err != nil {
		t.Fatal(err)
	}
	v.Serve(after(m))
	for _, page := range append(v.GetAtOnce(8, "/"), v.Get("/")) {
		visitor.Says(t, "at once", page, "Hello, ada.")
	}
}

func TestFilesAreReadAndLeftForAMinute(t *testing.T) {
	dir := t.TempDir()
	v := loggedIn(t, sessions.NewFilesystemStore(dir, hashKey, blockKey))
	theirs := v.Cookie("session-name")
	old := gorilla.Files(dir, []gorilla.Keys{gorilla.NewKeys(hashKey, blockKey)}, nil)
	key := secret.New()
	m, _ := manager(t, session.Migrate(session.Signed(key), old), session.Options{})
	// A page that leaves the session as it is leaves the file too.
	v.Serve(m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { username.Get(session.From(r)) })))
	v.Get("/")
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("reading leaves %d files", len(files))
	}
	v.Serve(after(m))
	visitor.Says(t, "first", v.Get("/"), "message: <welcome>\nHello, ada.")
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("moving leaves %d files", len(files))
	}
	late := visitor.New(t)
	late.Serve(after(m))
	late.SetCookie("session-name", theirs)
	visitor.Says(t, "a late request with the old cookie", late.Get("/"), "Hello, ada.")
	alone, _ := manager(t, session.Signed(key), session.Options{})
	v.Serve(after(alone))
	if page := v.Get("/"); page != "Hello, ada.\n" {
		t.Errorf("the second page says %q", page)
	}
}

func TestALogoutDeletesTheFile(t *testing.T) {
	dir := t.TempDir()
	v := loggedIn(t, sessions.NewFilesystemStore(dir, hashKey))
	m, _ := manager(t, session.Migrate(session.Signed(secret.New()), gorilla.Files(dir, []gorilla.Keys{gorilla.NewKeys(hashKey, nil)}, nil)), session.Options{})
	v.Serve(after(m))
	cookie := v.Cookie("session-name")
	visitor.Says(t, "logout", v.Post("/logout", nil), "not logged in")
	v.SetCookie("session-name", cookie)
	visitor.Says(t, "with a copy of the old cookie", v.Get("/"), "not logged in")
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Errorf("there are still %d files", len(files))
	}
}

// gorilla's program cannot read Wafer's cookie: visitors who have moved are
// signed out by going back, and can sign in there.
func TestGoingBackToGorillaAsksForANewLogin(t *testing.T) {
	v := loggedIn(t, sessions.NewCookieStore(hashKey, blockKey))
	m, err := newSessions(secret.New(), hashKey, blockKey)
	if err != nil {
		t.Fatal(err)
	}
	v.Serve(after(m))
	v.Get("/")
	v.Serve((&before{sessions.NewCookieStore(hashKey, blockKey)}).handler())
	visitor.Says(t, "gone back", v.Get("/"), "not logged in")
	visitor.Says(t, "gone back", v.Post("/login", url.Values{"username": {"ada"}}), "Hello, ada.")
	v.Serve(after(m))
	visitor.Says(t, "forward again", v.Get("/"), "Hello, ada.")
}
