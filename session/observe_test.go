package session_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/inspect"
)

// observed returns options that note each event, and the notes, which it takes.
func observed() (opts session.Options, took func() []string) {
	var notes []string
	opts.Observe = func(_ context.Context, e session.Event) {
		note := e.Kind.String()
		for _, flag := range []struct {
			set  bool
			name string
		}{{e.Found, "found"}, {e.Stored, "stored"}, {e.Renewed, "renewed"}, {e.Size > 0, "sized"}, {e.Duration > 0, "timed"}, {e.Err != nil, "why"}} {
			if flag.set {
				note += " " + flag.name
			}
		}
		if e.Conflicts > 0 {
			note += fmt.Sprintf(" conflicts=%d", e.Conflicts)
		}
		if e.Name != "" {
			note += " " + e.Name
		}
		notes = append(notes, note)
	}
	return opts, func() []string {
		n := notes
		notes = nil
		return n
	}
}

func TestEachThingThatHappensToASessionIsObservedOnce(t *testing.T) {
	opts, took := observed()
	older := secret.New()
	v := newVisitorOf(t, session.Signed(secret.New(), older), opts)
	old := newVisitorOf(t, session.Signed(older), session.Options{})
	old.with(func(s *session.Session) { username.Set(s, "ada") })
	for _, tt := range []struct {
		what   string
		handle func(w http.ResponseWriter, s *session.Session)
		want   []string
	}{
		{"left alone", func(http.ResponseWriter, *session.Session) {}, nil},
		{"none there", func(_ http.ResponseWriter, s *session.Session) { s.Len() }, []string{"loaded timed"}},
		{"begun", func(_ http.ResponseWriter, s *session.Session) { username.Set(s, "ada") }, []string{"loaded timed", "saved sized timed"}},
		{"read", func(_ http.ResponseWriter, s *session.Session) { username.Get(s); s.Len() }, []string{"loaded found sized timed"}},
		{"checked and not saved", func(_ http.ResponseWriter, s *session.Session) {
			visits.Set(s, 1)
			_ = s.Save(t.Context())
		}, []string{"loaded found sized timed", "saved found sized timed"}},
		{"renewed", func(_ http.ResponseWriter, s *session.Session) { s.Renew() }, []string{"loaded found sized timed", "saved found renewed sized timed"}},
		{"flashed", func(_ http.ResponseWriter, s *session.Session) { s.FlashAs("info", "secret") }, []string{"loaded found sized timed", "flashed info", "saved found sized timed"}},
		{"too late", func(w http.ResponseWriter, s *session.Session) {
			s.Len()
			w.(http.Flusher).Flush()
			username.Delete(s)
		}, []string{"loaded found sized timed", "late why delete"}},
		{"failed", func(_ http.ResponseWriter, s *session.Session) { s.Set("x", func() {}) }, []string{"loaded found sized timed", "failed why"}},
		{"destroyed", func(_ http.ResponseWriter, s *session.Session) { s.Destroy() }, []string{"loaded found sized timed", "dropped found timed"}},
	} {
		v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) { tt.handle(w, s) })
		if got := took(); !slices.Equal(got, tt.want) {
			t.Errorf("%s: observed %q, want %q", tt.what, got, tt.want)
		}
	}
	v.cookies = []string{"__Host-session=forged"}
	v.with(func(s *session.Session) { s.Len() })
	if got := took(); !slices.Equal(got, []string{"refused why", "loaded timed"}) {
		t.Errorf("refused: %q", got)
	}
	other := newVisitorOf(t, session.Signed(older), session.Options{})
	other.with(func(s *session.Session) { username.Set(s, "eve") })
	v.cookies = []string{old.cookies[0] + "; " + other.cookies[0]}
	v.with(func(s *session.Session) { s.Len() })
	if got := took(); !slices.Equal(got, []string{"refused why", "warned two_cookies", "loaded timed"}) && !slices.Equal(got, []string{"warned two_cookies", "refused why", "loaded timed"}) {
		t.Errorf("in doubt: %q", got)
	}
	v.cookies = old.cookies
	v.with(func(s *session.Session) { s.Len() })
	if got := took(); len(got) != 2 || got[0] != "accepted key "+older.ID() {
		t.Errorf("accepted: %q", got)
	}
}

func TestConflictsAreObserved(t *testing.T) {
	opts, took := observed()
	v, f := newStoredVisitor(t, opts)
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	slow, other := v.beside(), v.beside()
	meanwhile(&f.fakeStore, "save", func() { other.with(func(s *session.Session) { s.Set("x", 1) }) })
	took()
	slow.with(func(s *session.Session) { s.Set("y", 1) })
	if got := took(); !slices.Contains(got, "saved found stored sized timed conflicts=1") {
		t.Errorf("observed %q", got)
	}
	f.before = func(string) error { return errDown }
	v.with(func(s *session.Session) { s.Len() })
	if got := took(); !slices.Equal(got, []string{"failed stored timed why"}) {
		t.Errorf("out of reach: %q", got)
	}
}

func TestAFailureTellsWhetherItWasAStoresAndHowLongThatTook(t *testing.T) {
	change := func(s *session.Session) { username.Set(s, "ada") }
	destroy := func(s *session.Session) { s.Destroy() }
	for what, tt := range map[string]struct {
		first, then func(s *session.Session)
		want        []string
	}{
		"a new record":           {nil, change, []string{"loaded timed", "failed stored timed why"}},
		"a record there was":     {change, func(s *session.Session) { s.Set("n", 1) }, []string{"loaded found stored sized timed", "failed stored timed why"}},
		"a record to be dropped": {change, destroy, []string{"loaded found stored sized timed", "failed stored timed why"}},
		"a value that is none":   {nil, func(s *session.Session) { s.Set("x", func() {}) }, []string{"loaded timed", "failed why"}},
		"a value that is none, after a save that failed": {
			nil, func(s *session.Session) {
				change(s)
				if err := s.Save(t.Context()); err == nil {
					t.Error("saved")
				}
				s.Set("x", func() {})
			}, []string{"loaded timed", "failed why"},
		},
	} {
		opts, took := observed()
		v, f := newStoredVisitor(t, opts)
		if tt.first != nil {
			v.with(tt.first)
			took()
		}
		v.with(func(s *session.Session) {
			s.Len()
			f.before = func(string) error { return errDown }
			tt.then(s)
		})
		if got := took(); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", what, got, tt.want)
		}
	}
	opts, took := observed()
	v := newVisitor(t, opts)
	v.with(change)
	took()
	opts.Validate = func(context.Context, *session.Session) error { return errDown }
	w := newVisitorOf(t, session.Signed(secret.New()), opts)
	w.with(change)
	took()
	w.with(func(s *session.Session) { s.Len() })
	if got := took(); !slices.Equal(got, []string{"failed timed why"}) {
		t.Errorf("Validate: %q", got)
	}
}

func TestWhatARecordDidNotTakeAfterTheHeaderIsObserved(t *testing.T) {
	opts, took := observed()
	v, f := newStoredVisitor(t, opts)
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	v.with(func(s *session.Session) { s.Len() }) // which extends its life
	took()
	v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		s.Len()
		w.(http.Flusher).Flush()
		username.Delete(s)
		s.Set("x", 1)
		f.before = func(string) error { return errDown }
	})
	if got := took(); !slices.Equal(got, []string{"loaded found stored sized timed", "late why delete", "late why set"}) {
		t.Errorf("observed %q", got)
	}
}

func TestAWarningIsObservedAsOftenAsItIsLogged(t *testing.T) {
	opts, took := observed()
	v := newVisitor(t, opts)
	r := request("wafer.test")
	for range 2 {
		v.m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			username.Set(session.From(r), "ada")
		})).ServeHTTP(httptest.NewRecorder(), r)
	}
	warnings := slices.DeleteFunc(took(), func(note string) bool { return !strings.HasPrefix(note, "warned") })
	if !slices.Equal(warnings, []string{"warned plain_http"}) || !slices.Contains(inspect.Warnings(), "plain_http") {
		t.Errorf("observed %q", warnings)
	}
}

func TestAnEventHoldsNothingOfTheVisitors(t *testing.T) {
	var text strings.Builder
	opts := session.Options{Observe: func(_ context.Context, e session.Event) { fmt.Fprintf(&text, "%+v\n", e) }}
	v, _ := newStoredVisitor(t, opts)
	for range 2 {
		v.with(func(s *session.Session) {
			username.Set(s, "lovelace")
			s.Flash("lovelace")
			s.SetOwner("lovelace")
		})
	}
	id := strings.TrimPrefix(v.cookies[0], "__Host-session=")
	v.cookies = []string{"__Host-session=" + id[:40] + "AAA"}
	v.with(func(s *session.Session) { s.Len() })
	if strings.Contains(text.String(), "lovelace") || strings.Contains(text.String(), id[:40]) || !strings.Contains(text.String(), "EventKind") && text.Len() == 0 {
		t.Errorf("the events are %s", text.String())
	}
}

func TestEventsHaveStableNames(t *testing.T) {
	names := []string{"loaded", "refused", "accepted", "saved", "dropped", "flashed", "flashes_dropped", "late", "failed", "warned", "bound"}
	for i, want := range names {
		if got := session.EventKind(i + 1).String(); got != want {
			t.Errorf("event %d is called %q, want %q", i+1, got, want)
		}
	}
	for _, none := range []session.EventKind{0, -1, session.EventKind(len(names) + 1)} {
		if none.String() != "unknown" {
			t.Errorf("event %d is called %q", int(none), none)
		}
	}
}

func TestEventSaved_TellsOfARenewal(t *testing.T) {
	for name, backend := range map[string]session.Backend{"signed": session.Signed(secret.New()), "stored": session.Stored(&fullStore{})} {
		var renewed []bool
		v := newVisitorOf(t, backend, session.Options{Observe: func(_ context.Context, e session.Event) {
			if e.Kind == session.EventSaved {
				renewed = append(renewed, e.Renewed)
			}
		}})
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		v.with(func(s *session.Session) { s.Renew() })
		v.with(func(s *session.Session) { s.SignIn("ada") })
		v.with(func(s *session.Session) { username.Set(s, "Ada") })
		if !slices.Equal(renewed, []bool{false, true, true, false}) {
			t.Errorf("%s: renewed %v", name, renewed)
		}
	}
}

// The size of what was saved is that of the cookie's name and value, also if only its life was
// extended.
func TestEventSaved_SizeIsThatOfNameAndValue(t *testing.T) {
	var sizes []int
	v, f := newStoredVisitor(t, session.Options{IdleTimeout: time.Hour, Observe: func(_ context.Context, e session.Event) {
		if e.Kind == session.EventSaved {
			sizes = append(sizes, e.Size)
		}
	}})
	v.with(func(s *session.Session) { s.SignIn("ada") })
	v.clock = v.clock.Add(30 * time.Minute)
	v.with(read)
	size := len(strings.Replace(v.cookies[0], "=", "", 1))
	if !slices.Equal(sizes, []int{size, size}) || !slices.Contains(f.took(), "touch") {
		t.Errorf("the sizes are %v, want %d each time", sizes, size)
	}
}
