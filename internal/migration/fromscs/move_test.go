package fromscs

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	theirs "github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"

	"github.com/wafer-go/wafer/internal/migration/visitor"
	"github.com/wafer-go/wafer/migrate/scs"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	ourstore "github.com/wafer-go/wafer/store/memstore"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // of what the guide's program logs
	os.Exit(m.Run())
}

// loggedIn is a visitor whom scs's program knows, as ada.
func loggedIn(t *testing.T, m *theirs.SessionManager) *visitor.Visitor {
	t.Helper()
	v := visitor.New(t)
	v.Serve((&before{m}).handler())
	visitor.Says(t, "before", v.Post("/login", url.Values{"username": {"ada"}}), "message: You were logged in\nHello, ada.")
	return v
}

// records counts those of scs.
func records(t *testing.T, m *theirs.SessionManager) int {
	t.Helper()
	all, err := m.Store.(*memstore.MemStore).All()
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// manager makes the program after the move, with other options than the
// guide's, and collects what it refuses.
func manager(t *testing.T, b session.Backend, o session.Options) (*session.Manager, *[]error) {
	t.Helper()
	refused := new([]error)
	o.Cookie.Name = "session"
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
	old := theirs.New()
	v := loggedIn(t, old)
	st := ourstore.New(nil)
	m, err := newSessions(st, old.Store)
	if err != nil {
		t.Fatal(err)
	}
	v.Serve(after(m))
	visitor.Says(t, "the first request", v.Get("/"), "Hello, ada.")
	if n := records(t, old); n != 0 {
		t.Errorf("scs's store still has %d records", n)
	}
	alone, _ := manager(t, session.Stored(st), session.Options{})
	v.Serve(after(alone))
	visitor.Says(t, "without the old reader", v.Get("/"), "Hello, ada.")
	v.Serve(after(m))
	visitor.Says(t, "after logout", v.Post("/logout", nil), "not logged in")
	if len(v.Cookies()) != 0 {
		t.Errorf("after logout there are the cookies %v", v.Cookies())
	}
}

func TestAFlashThatWaitedIsShownOnceAfterTheMove(t *testing.T) {
	old := theirs.New()
	v := visitor.New(t)
	v.Serve(old.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		old.Put(r.Context(), "flash", "<saved>")
		old.Put(r.Context(), "username", "ada")
	})))
	v.Get("/")
	m, err := newSessions(ourstore.New(nil), old.Store)
	if err != nil {
		t.Fatal(err)
	}
	v.Serve(after(m))
	visitor.Says(t, "first", v.Get("/"), "message: <saved>\nHello, ada.")
	if page := v.Get("/"); page != "Hello, ada.\n" {
		t.Errorf("the second page says %q", page)
	}
}

func TestAMoveIntoACookieEndsTheRecordAfterTheFirstChange(t *testing.T) {
	old := theirs.New()
	v := loggedIn(t, old)
	key := secret.New()
	m, _ := manager(t, session.Migrate(session.Sealed(key), scs.Records(old.Store, nil)), session.Options{})
	v.Serve(after(m))
	visitor.Says(t, "reading", v.Get("/"), "Hello, ada.")
	if n := records(t, old); n != 1 {
		t.Errorf("reading leaves %d records", n)
	}
	reissuing, _ := manager(t, session.Migrate(session.Sealed(key), scs.Records(old.Store, nil)), session.Options{ReissueOnRead: true})
	v.Serve(after(reissuing))
	visitor.Says(t, "writing", v.Get("/"), "Hello, ada.")
	if n := records(t, old); n != 1 {
		t.Errorf("writing leaves %d records, want the one that fades", n)
	}
	alone, _ := manager(t, session.Sealed(key), session.Options{})
	v.Serve(after(alone))
	visitor.Says(t, "without the old reader", v.Get("/"), "Hello, ada.")
}

// expiring notes until when a record is left.
type expiring struct {
	theirs.Store
	until time.Time
}

func (s *expiring) Commit(token string, record []byte, expiry time.Time) error {
	s.until = expiry
	return s.Store.Commit(token, record, expiry)
}

func TestAfterAMoveIntoACookieTheOldTokenIsGoodForAMinute(t *testing.T) {
	old := theirs.New()
	v := loggedIn(t, old)
	token := v.Cookie("session")
	st := &expiring{Store: old.Store}
	m, _ := manager(t, session.Migrate(session.Sealed(secret.New()), scs.Records(st, nil)), session.Options{ReissueOnRead: true})
	v.Serve(after(m))
	visitor.Says(t, "the first request", v.Get("/"), "Hello, ada.")
	v.SetCookie("session", token)
	visitor.Says(t, "a late one with the old cookie", v.Get("/"), "Hello, ada.")
	if left := time.Until(st.until); left <= 0 || left > time.Minute {
		t.Errorf("the old record is left for %v", left)
	}
}

func TestALoginLeavesNothingInTheOldRecord(t *testing.T) {
	old := theirs.New()
	v := loggedIn(t, old)
	token := v.Cookie("session")
	m, _ := manager(t, session.Migrate(session.Sealed(secret.New()), scs.Records(old.Store, nil)), session.Options{})
	v.Serve(m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { session.From(r).Renew() })))
	v.Get("/")
	record, found, err := old.Store.Find(token)
	if err != nil || !found {
		t.Fatalf("the record does not say that its session has moved: %v", err)
	}
	if _, values, err := old.Codec.Decode(record); err != nil || len(values) != 1 || values["_wafer_moved"] == nil {
		t.Errorf("scs reads %v, %v", values, err)
	}
}

func TestASessionThatCannotBeKeptStaysInTheOldStore(t *testing.T) {
	old := theirs.New()
	v := visitor.New(t)
	large := make([]byte, 5000)
	_, _ = rand.Read(large) // so that it cannot be compressed
	v.Serve(old.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		old.Put(r.Context(), "large", large)
	})))
	v.Get("/")
	failed := 0
	m, _ := manager(t, session.Migrate(session.Signed(secret.New()), scs.Records(old.Store, nil)), session.Options{
		ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) {
			if errors.Is(err, session.ErrTooLarge) {
				failed++
			}
		},
	})
	v.Serve(m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { username.Set(session.From(r), "ada") })))
	v.Get("/")
	if n := records(t, old); n != 1 || failed != 1 {
		t.Errorf("%d requests failed and %d records are left", failed, n)
	}
}

func TestEverySettingOfSCSIsUnderstood(t *testing.T) {
	for what, tt := range map[string]struct {
		change    func(*theirs.SessionManager)
		options   scs.Options
		permanent bool
	}{
		"defaults":      {permanent: true},
		"hashed tokens": {change: func(m *theirs.SessionManager) { m.HashTokenInStore = true }, options: scs.Options{HashTokenInStore: true}, permanent: true},
		"not persisted": {change: func(m *theirs.SessionManager) { m.Cookie.Persist = false }, options: scs.Options{NotPersisted: true}},
		"idle timeout":  {change: func(m *theirs.SessionManager) { m.IdleTimeout = time.Hour }, permanent: true},
		"a codec":       {change: func(m *theirs.SessionManager) { m.Codec = jsonCodec{} }, options: scs.Options{Decode: jsonCodec{}.Decode}, permanent: true},
		"its own codec": {options: scs.Options{Decode: theirs.GobCodec{}.Decode}, permanent: true},
	} {
		old := theirs.New()
		if tt.change != nil {
			tt.change(old)
		}
		v := loggedIn(t, old)
		m, refused := manager(t, session.Migrate(session.Stored(ourstore.New(nil)), scs.Records(old.Store, &tt.options)), session.Options{ReissueOnRead: true})
		v.Serve(m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			s := session.From(r)
			if name, _ := username.Get(s); name != "ada" || s.Permanent() != tt.permanent {
				t.Errorf("%s: username is %q, permanent %v, refused with %v", what, name, s.Permanent(), *refused)
			}
		})))
		v.Get("/")
		v.Get("/")
	}
}

type jsonCodec struct{}

type jsonRecord struct {
	Deadline time.Time
	Values   map[string]any
}

func (jsonCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	return json.Marshal(jsonRecord{deadline, values})
}

func (jsonCodec) Decode(b []byte) (time.Time, map[string]any, error) {
	var r jsonRecord
	err := json.Unmarshal(b, &r)
	return r.Deadline, r.Values, err
}

func TestRememberMeIsKept(t *testing.T) {
	old := theirs.New()
	old.Cookie.Persist = false
	v := visitor.New(t)
	v.Serve(old.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		old.RememberMe(r.Context(), true)
		old.Put(r.Context(), "username", "ada")
	})))
	v.Get("/")
	m, _ := manager(t, session.Migrate(session.Stored(ourstore.New(nil)), scs.Records(old.Store, &scs.Options{NotPersisted: true})), session.Options{})
	v.Serve(m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		if !s.Permanent() || s.Has("__rememberMe") {
			t.Errorf("permanent is %v, the keys are %q", s.Permanent(), s.Keys())
		}
	})))
	v.Get("/")
}

func TestASessionKeepsItsBeginning(t *testing.T) {
	old := theirs.New()
	v := loggedIn(t, old)
	for after, refused := range map[time.Duration]bool{11 * time.Hour: false, 13 * time.Hour: true} {
		m, reasons := manager(t, session.Migrate(session.Stored(ourstore.New(nil)), scs.Records(old.Store, &scs.Options{Lifetime: old.Lifetime})), session.Options{
			AbsoluteTimeout: 12 * time.Hour, Clock: func() time.Time { return time.Now().Add(after) },
		})
		v.Serve(m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if session.From(r).IsNew() != refused {
				t.Errorf("after %v: refused with %v", after, *reasons)
			}
		})))
		v.Get("/")
	}
}

func TestForgedAndExpiredTokensAreRefused(t *testing.T) {
	old := theirs.New()
	good := loggedIn(t, old).Cookie("session")
	for what, tt := range map[string]struct {
		token   string
		later   time.Duration
		refused bool
	}{
		"a good one":        {token: good},
		"another":           {token: good[:10] + string(rune('A'+good[10]%2)) + good[11:], refused: true},
		"a short one":       {token: good[:42], refused: true},
		"past its deadline": {token: good, later: 25 * time.Hour, refused: true},
	} {
		m, refused := manager(t, session.Migrate(session.Stored(ourstore.New(nil)), scs.Records(old.Store, nil)), session.Options{
			Clock: func() time.Time { return time.Now().Add(tt.later) },
		})
		v := visitor.New(t)
		v.Serve(after(m))
		v.SetCookie("session", tt.token)
		page := v.Get("/")
		if (page == "You are not logged in.\n") != tt.refused || len(*refused) > 0 != tt.refused {
			t.Errorf("%s: the page says %q, refused with %v", what, page, *refused)
		}
	}
}

func TestRequestsAtOnceAllFindTheOldSession(t *testing.T) {
	old := theirs.New()
	v := loggedIn(t, old)
	m, err := newSessions(ourstore.New(nil), old.Store)
	if err != nil {
		t.Fatal(err)
	}
	v.Serve(after(m))
	for _, page := range append(v.GetAtOnce(8, "/"), v.Get("/")) {
		visitor.Says(t, "at once", page, "Hello, ada.")
	}
	if n := records(t, old); n != 0 {
		t.Errorf("scs's store still has %d records", n)
	}
}

// scs's program does not know Wafer's records: visitors who have moved are
// signed out by going back, and can sign in there.
func TestGoingBackToSCSAsksForANewLogin(t *testing.T) {
	old := theirs.New()
	v := loggedIn(t, old)
	m, err := newSessions(ourstore.New(nil), old.Store)
	if err != nil {
		t.Fatal(err)
	}
	v.Serve(after(m))
	v.Get("/")
	v.Serve((&before{old}).handler())
	visitor.Says(t, "gone back", v.Get("/"), "not logged in")
	visitor.Says(t, "gone back", v.Post("/login", url.Values{"username": {"ada"}}), "Hello, ada.")
	v.Serve(after(m))
	visitor.Says(t, "forward again", v.Get("/"), "Hello, ada.")
}

// Each of scs's stores, with contexts or without, can be read.
var (
	_ scs.Store = theirs.Store(nil)
	_ interface {
		FindCtx(ctx context.Context, token string) ([]byte, bool, error)
		DeleteCtx(ctx context.Context, token string) error
	} = theirs.CtxStore(nil)
)
