package sessiontest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/sessiontest"
)

const username = session.Field[string]("username")

// program is one whose page tells who is logged in.
func program() (*session.Manager, http.Handler) {
	m, err := session.New(session.Signed(secret.New()), nil)
	if err != nil {
		panic(err)
	}
	return m, programOf(m)
}

func programOf(m *session.Manager) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		name, _ := username.Get(session.From(r))
		_, _ = fmt.Fprintf(w, "hello %s", name)
	})
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		username.Set(session.From(r), "ada")
		http.Redirect(w, r, "/welcome", http.StatusSeeOther)
	})
	mux.HandleFunc("/welcome", func(w http.ResponseWriter, r *http.Request) {
		session.From(r).Flash("welcome")
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("/logout", func(w http.ResponseWriter, r *http.Request) { session.From(r).Destroy() })
	return m.Handler(mux)
}

func serve(t *testing.T) (*session.Manager, *http.Client, string) {
	t.Helper()
	m, _ := program()
	client, address := serveOf(t, m)
	return m, client, address
}

func serveOf(t *testing.T, m *session.Manager) (*http.Client, string) {
	t.Helper()
	server := httptest.NewTLSServer(programOf(m))
	t.Cleanup(server.Close)
	client := server.Client()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client.Jar = jar
	return client, server.URL
}

func get(t *testing.T, client *http.Client, url string) string {
	t.Helper()
	res, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestFlaskLine36_ASessionIsOpenedChangedAndSaved(t *testing.T) {
	m, client, url := serve(t)
	err := sessiontest.Edit(m, client.Jar, url, func(s *session.Session) error {
		username.Set(s, "ada")
		s.Flash("one")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := get(t, client, url); got != "hello ada" {
		t.Errorf("the page is %q", got)
	}
	err = sessiontest.Edit(m, client.Jar, url, func(s *session.Session) error {
		if name, _ := username.Get(s); name != "ada" {
			t.Errorf("the second edit finds %q", name)
		}
		username.Set(s, "bob")
		return nil
	})
	if got := get(t, client, url); got != "hello bob" || err != nil {
		t.Errorf("the page is %q (%v)", got, err)
	}
}

func TestFlaskLine36_NothingIsSavedWhereTheBlockFails(t *testing.T) {
	m, client, url := serve(t)
	failed := errors.New("no")
	err := sessiontest.Edit(m, client.Jar, url, func(s *session.Session) error {
		username.Set(s, "ada")
		return failed
	})
	if got := get(t, client, url); got != "hello " || !errors.Is(err, failed) {
		t.Errorf("the page is %q (%v)", got, err)
	}
}

func TestFlaskLine36_TheOrdinaryRulesHold(t *testing.T) {
	m, client, url := serve(t)
	err := sessiontest.Edit(m, client.Jar, url, func(s *session.Session) error { s.Set("a", random(5000)); return nil })
	if !errors.Is(err, session.ErrTooLarge) {
		t.Errorf("error is %v, want ErrTooLarge", err)
	}
	var value *session.ValueError
	err = sessiontest.Edit(m, client.Jar, url, func(s *session.Session) error { s.Set("a", func() {}); return nil })
	if !errors.As(err, &value) {
		t.Errorf("error is %v, want a ValueError", err)
	}
}

func random(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(secret.New().Reveal())
	}
	return b.String()
}

func TestFlaskLine37_AfterRedirectsTheLastSessionIsSeen(t *testing.T) {
	m, client, url := serve(t)
	get(t, client, url+"/login")
	s, err := sessiontest.Read(m, client.Jar, url)
	if err != nil {
		t.Fatal(err)
	}
	name, _ := username.Get(s)
	if flashes := s.Flashes(); name != "ada" || len(flashes) != 1 || flashes[0].Text != "welcome" {
		t.Errorf("the session has %q and %v", name, flashes)
	}
	if s, _ := sessiontest.Read(m, client.Jar, url); len(s.Flashes()) != 1 {
		t.Error("reading the session took the client's flashes")
	}
}

func TestADeletedSessionIsGoneFromTheJar(t *testing.T) {
	m, client, url := serve(t)
	get(t, client, url+"/login")
	if err := sessiontest.Edit(m, client.Jar, url, func(s *session.Session) error { s.Clear(); return nil }); err != nil {
		t.Fatal(err)
	}
	if s, err := sessiontest.Read(m, client.Jar, url); err != nil || !s.IsNew() {
		t.Errorf("the session is still there (%v)", err)
	}
}

func TestASecureCookieOverPlainHTTPIsAClearError(t *testing.T) {
	m, _ := program()
	jar, _ := cookiejar.New(nil)
	const server = "http://example.com"
	set := func(s *session.Session) error { username.Set(s, "ada"); return nil }
	if err := sessiontest.Edit(m, jar, "https://example.com", set); err != nil {
		t.Fatal(err)
	}
	const want = "use httptest.NewTLSServer"
	if _, err := sessiontest.Read(m, jar, server); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Read gives %v", err)
	}
	if err := sessiontest.Edit(m, jar, server, set); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Edit gives %v", err)
	}
}

func TestACookieForAnotherPlaceIsAClearError(t *testing.T) {
	m, err := session.New(session.Signed(secret.New()), &session.Options{Cookie: session.Cookie{Name: "s", Path: "/app"}})
	if err != nil {
		t.Fatal(err)
	}
	jar, _ := cookiejar.New(nil)
	set := func(s *session.Session) error { username.Set(s, "ada"); return nil }
	if err := sessiontest.Edit(m, jar, "https://example.com/", set); err == nil || !strings.Contains(err.Error(), `Path ("/app")`) {
		t.Errorf("Edit gives %v", err)
	}
	if err := sessiontest.Edit(m, jar, "https://example.com/app/", set); err != nil {
		t.Errorf("Edit gives %v", err)
	}
}

func TestABadURLIsAClearError(t *testing.T) {
	m, _ := program()
	jar, _ := cookiejar.New(nil)
	for _, url := range []string{"", "/", "example.com", "http://\x00"} {
		if _, err := sessiontest.Read(m, jar, url); err == nil {
			t.Errorf("%q is taken for an address", url)
		}
		if err := sessiontest.Edit(m, jar, url, func(*session.Session) error { return nil }); err == nil {
			t.Errorf("%q is taken for an address", url)
		}
	}
}

func TestFlaskLine36_FlasksCookiesAreEditedTheSameWay(t *testing.T) {
	backend, err := flask.Cookies(random(40), nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := session.New(backend, flask.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	client, url := serveOf(t, m)
	err = sessiontest.Edit(m, client.Jar, url, func(s *session.Session) error { username.Set(s, "ada"); return nil })
	if got := get(t, client, url); got != "hello ada" || err != nil {
		t.Errorf("the page is %q (%v)", got, err)
	}
}

func TestFlaskLine36_ABlockThatChangesNothingSavesNothing(t *testing.T) {
	m, client, url := serve(t)
	get(t, client, url+"/login")
	before := cookieHeader(t, client, url)
	err := sessiontest.Edit(m, client.Jar, url, func(s *session.Session) error { s.Has("username"); return nil })
	if after := cookieHeader(t, client, url); after != before || err != nil {
		t.Errorf("the cookie %q became %q (%v)", before, after, err)
	}
}

func cookieHeader(t *testing.T, client *http.Client, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(client.Jar.Cookies(u))
}

func TestFlaskLine36_FlashesReadInTheBlockAreTaken(t *testing.T) {
	m, client, url := serve(t)
	get(t, client, url+"/login")
	err := sessiontest.Edit(m, client.Jar, url, func(s *session.Session) error {
		if len(s.Flashes()) != 1 {
			t.Error("the block sees no flash")
		}
		return nil
	})
	if s, readErr := sessiontest.Read(m, client.Jar, url); err != nil || readErr != nil || len(s.Flashes()) != 0 {
		t.Errorf("the flash is still there (%v, %v)", err, readErr)
	}
}

func TestTheManagersClockTellsTheTime(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	m, err := session.New(session.Signed(secret.New()), &session.Options{Lifetime: time.Hour, Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	client, url := serveOf(t, m)
	for range 2 {
		if err := sessiontest.Edit(m, client.Jar, url, func(s *session.Session) error {
			if !s.IsNew() {
				t.Error("the session has outlived its lifetime")
			}
			username.Set(s, "ada")
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if got := get(t, client, url); got != "hello ada" {
			t.Errorf("the page is %q", got)
		}
		now = now.Add(2 * time.Hour)
	}
}

func TestAClientWithoutAJarIsAClearError(t *testing.T) {
	m, _ := program()
	client := new(http.Client)
	const want = "client.Jar"
	if _, err := sessiontest.Read(m, client.Jar, "https://example.com"); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Read gives %v", err)
	}
	edit := func(*session.Session) error { return nil }
	if err := sessiontest.Edit(m, client.Jar, "https://example.com", edit); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Edit gives %v", err)
	}
}

func TestASessionHiddenByPlainHTTPIsNotReplaced(t *testing.T) {
	m, _ := program()
	jar, _ := cookiejar.New(nil)
	set := func(s *session.Session) error { username.Set(s, "ada"); return nil }
	if err := sessiontest.Edit(m, jar, "https://example.com", set); err != nil {
		t.Fatal(err)
	}
	err := sessiontest.Edit(m, jar, "HTTP://example.com", func(*session.Session) error {
		t.Error("the block was called, with an empty session")
		return nil
	})
	if err == nil {
		t.Error("no error")
	}
}
