package notes

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/sessiontest"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// newTest returns the program with a key of its own, so that tests can run in
// parallel.
func newTest(t *testing.T, opts *session.Options) (http.Handler, *session.Manager) {
	t.Helper()
	handler, sessions, err := newProgram(session.Signed(secret.New()), opts)
	if err != nil {
		t.Fatal(err)
	}
	return handler, sessions
}

// signedIn makes r a request of somebody who is logged in.
func signedIn(t *testing.T, sessions *session.Manager, r *http.Request, name string) *http.Request {
	t.Helper()
	err := sessiontest.EditRequest(sessions, r, func(s *session.Session) error {
		username.Set(s, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestNotes(t *testing.T) {
	for _, c := range []struct {
		about   string
		as      string // nobody
		text    string
		status  int
		notes   []string
		flashed []session.Message
	}{
		{"nobody cannot add", "", "milk", http.StatusSeeOther, nil, nil},
		{"a note is added", "ada", "milk", http.StatusSeeOther, []string{"milk"}, []session.Message{{Category: "success", Text: "Saved"}}},
		{"a note needs a text", "ada", "", http.StatusUnprocessableEntity, nil, nil},
	} {
		t.Run(c.about, func(t *testing.T) {
			handler, sessions := newTest(t, nil)
			r := httptest.NewRequest("POST", "/notes", strings.NewReader(url.Values{"text": {c.text}}.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if c.as != "" {
				signedIn(t, sessions, r, c.as)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)

			res := w.Result()
			res.Request = r // whose session counts where the response sets none
			s, err := sessiontest.ReadResponse(sessions, res)
			if err != nil {
				t.Fatal(err)
			}
			if list, _ := notes.Get(s); res.StatusCode != c.status || !slices.Equal(list, c.notes) {
				t.Errorf("it answers %d, and the notes are %q", res.StatusCode, list)
			}
			if got := s.Flashes(); !reflect.DeepEqual(got, c.flashed) {
				t.Errorf("it flashes %v, want %v", got, c.flashed)
			}
		})
	}
}

func TestASavedNoteIsSaidOnce(t *testing.T) {
	handler, sessions := newTest(t, nil)
	server := httptest.NewTLSServer(handler)
	defer server.Close()
	client := server.Client()
	client.Jar, _ = cookiejar.New(nil)

	err := sessiontest.Edit(sessions, client.Jar, server.URL, func(s *session.Session) error {
		username.Set(s, "ada")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	first := body(t)(client.PostForm(server.URL+"/notes", url.Values{"text": {"milk"}})) // and on to the page
	if want := "success: Saved\nHello, ada.\n- milk\n"; first != want {
		t.Errorf("the page is %q, want %q", first, want)
	}
	if again := body(t)(client.Get(server.URL)); strings.Contains(again, "Saved") {
		t.Errorf("the message is there again: %q", again)
	}
}

// body returns what a response says.
func body(t *testing.T) func(*http.Response, error) string {
	return func(res *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}

func TestASessionEndsAfterAnHourOfRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		handler, sessions := newTest(t, &session.Options{IdleTimeout: time.Hour})
		r := signedIn(t, sessions, httptest.NewRequest("GET", "/", nil), "ada")

		time.Sleep(time.Hour) // takes no time here
		if w := serve(handler, r); w.Code != http.StatusOK {
			t.Errorf("after an hour it answers %d", w.Code)
		}
		time.Sleep(time.Second)
		if w := serve(handler, r); w.Code != http.StatusSeeOther {
			t.Errorf("after an hour and a second it answers %d", w.Code)
		}
	})
}

func serve(handler http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

func TestASessionEndsAfterAnHourByAnotherClock(t *testing.T) {
	now := time.Now()
	handler, sessions := newTest(t, &session.Options{
		IdleTimeout: time.Hour,
		Clock:       func() time.Time { return now },
	})
	r := signedIn(t, sessions, httptest.NewRequest("GET", "/", nil), "ada")
	now = now.Add(time.Hour + time.Second)
	if w := serve(handler, r); w.Code != http.StatusSeeOther {
		t.Errorf("it answers %d", w.Code)
	}
}

func TestAForgedCookieIsAnEmptySession(t *testing.T) {
	handler, sessions := newTest(t, nil)
	_, strangers := newTest(t, nil) // another key
	good := signedIn(t, sessions, httptest.NewRequest("GET", "/", nil), "ada")
	cookie, err := good.Cookie(session.DefaultCookieName)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := signedIn(t, strangers, httptest.NewRequest("GET", "/", nil), "ada").Cookie(session.DefaultCookieName)
	if err != nil {
		t.Fatal(err)
	}
	for about, value := range map[string]string{
		"another key's": stranger.Value,
		"cut short":     cookie.Value[:len(cookie.Value)-1],
		"changed":       "e" + cookie.Value,
		"nonsense":      "nonsense",
		"empty":         "",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.AddCookie(&http.Cookie{Name: session.DefaultCookieName, Value: value})
		if w := serve(handler, r); w.Code != http.StatusSeeOther {
			t.Errorf("%s: it answers %d", about, w.Code)
		}
	}
	if w := serve(handler, good); w.Code != http.StatusOK {
		t.Errorf("the good cookie is answered %d", w.Code)
	}
}

func TestSignOutEverywhereEndsASessionInAStore(t *testing.T) {
	handler, sessions, err := newProgram(session.Stored(memstore.New(nil)), nil)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	err = sessiontest.EditRequest(sessions, r, func(s *session.Session) error {
		s.SignIn("ada")
		username.Set(s, "ada")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := sessions.SignOutEverywhere(t.Context(), "ada"); n != 1 || err != nil {
		t.Errorf("it ends %d sessions (%v)", n, err)
	}
	if w := serve(handler, r); w.Code != http.StatusSeeOther {
		t.Errorf("it answers %d", w.Code)
	}
}

// brokenStore is one that does not answer.
type brokenStore struct{ store.Store }

func (brokenStore) Load(context.Context, store.ID) (store.Record, error) {
	return store.Record{}, errors.New("no route to host")
}

func TestAStoreThatFailsSignsNobodyOut(t *testing.T) {
	st := memstore.New(nil)
	_, sessions, err := newProgram(session.Stored(st), nil)
	if err != nil {
		t.Fatal(err)
	}
	r := signedIn(t, sessions, httptest.NewRequest("GET", "/", nil), "ada")
	handler, _, err := newProgram(session.Stored(brokenStore{st}), &session.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if w := serve(handler, r); w.Code != http.StatusServiceUnavailable || w.Header().Get("Set-Cookie") != "" {
		t.Errorf("it answers %d %v", w.Code, w.Header())
	}
}

func TestNotesAddedAtOnceAreAllKept(t *testing.T) {
	handler, sessions, err := newProgram(session.Stored(memstore.New(nil)), nil)
	if err != nil {
		t.Fatal(err)
	}
	r := signedIn(t, sessions, httptest.NewRequest("GET", "/", nil), "ada")
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			post := httptest.NewRequest("POST", "/notes?text=milk", nil)
			post.Form = url.Values{"text": {"milk"}}
			post.PostForm = post.Form
			post.Header = r.Header.Clone()
			serve(handler, post)
		})
	}
	wg.Wait()
	if page := serve(handler, r).Body.String(); strings.Count(page, "- milk") != 10 {
		t.Errorf("the page is %s", page)
	}
}
