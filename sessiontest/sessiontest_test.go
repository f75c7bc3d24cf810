package sessiontest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"

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
	return m, m.Handler(mux)
}

func serve(t *testing.T) (*session.Manager, *http.Client, string) {
	t.Helper()
	m, h := program()
	server := httptest.NewTLSServer(h)
	t.Cleanup(server.Close)
	client := server.Client()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client.Jar = jar
	return m, client, server.URL
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

func TestARequestsOtherCookiesStay(t *testing.T) {
	m, h := program()
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(&http.Cookie{Name: "other", Value: "1"})
	for _, name := range []string{"ada", "bob"} {
		if err := sessiontest.EditRequest(m, r, func(s *session.Session) error { username.Set(s, name); return nil }); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if _, err := r.Cookie("other"); err != nil || w.Body.String() != "hello "+name || len(r.Cookies()) != 2 {
			t.Errorf("the page is %q, the cookies %q", w.Body, r.Header["Cookie"])
		}
	}
	before := r.Header.Get("Cookie")
	if err := sessiontest.EditRequest(m, r, func(s *session.Session) error { s.Clear(); return errors.New("no") }); err == nil || r.Header.Get("Cookie") != before {
		t.Errorf("a block that failed changed the request (%v)", err)
	}
	if err := sessiontest.EditRequest(m, r, func(s *session.Session) error { s.Clear(); return nil }); err != nil || r.Header.Get("Cookie") != "other=1" {
		t.Errorf("a deleted session leaves %q (%v)", r.Header.Get("Cookie"), err)
	}
}

func TestAResponseWithoutASessionGivesANewOne(t *testing.T) {
	m, h := program()
	r := httptest.NewRequest("GET", "/logout", nil)
	if err := sessiontest.EditRequest(m, r, func(s *session.Session) error { username.Set(s, "ada"); return nil }); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/logout"} {
		r.URL.Path = path
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if s, err := sessiontest.ReadResponse(m, w.Result()); err != nil || !s.IsNew() {
			t.Errorf("%s: the response gives a session (%v)", path, err)
		}
	}
}

// A handler that is called directly.
func ExampleEditRequest() {
	m, handler := program()

	r := httptest.NewRequest("GET", "/", nil)
	err := sessiontest.EditRequest(m, r, func(s *session.Session) error {
		username.Set(s, "ada")
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	fmt.Println(w.Body)
	// Output: hello ada
}

// What a response put into the session.
func ExampleReadResponse() {
	m, handler := program()

	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest("POST", "/login", nil))
	s, err := sessiontest.ReadResponse(m, w.Result())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(username.Get(s))
	// Output: ada true
}

// A client with a cookie jar, and a server.
func ExampleEdit() {
	m, handler := program()
	server := httptest.NewTLSServer(handler)
	defer server.Close()
	client := server.Client()
	client.Jar, _ = cookiejar.New(nil)

	err := sessiontest.Edit(m, client.Jar, server.URL, func(s *session.Session) error {
		username.Set(s, "ada")
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := client.Get(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = res.Body.Close() }()
	body, _ := io.ReadAll(res.Body)
	fmt.Println(string(body))
	// Output: hello ada
}
