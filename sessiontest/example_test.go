package sessiontest_test

import (
	"fmt"
	"io"
	"net/http/cookiejar"
	"net/http/httptest"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/sessiontest"
)

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

// A real browser, driven by the test, that begins signed in.
func ExampleCookie() {
	m, _ := program()

	cookie, err := sessiontest.Cookie(m, "https://app.example", func(s *session.Session) error {
		username.Set(s, "ada")
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	// Hand these, and cookie.Value, to the browser: with chromedp it is
	// network.SetCookie, with Playwright context.addCookies.
	fmt.Println(cookie.Name, cookie.Path, cookie.Secure, cookie.HttpOnly)
	// Output: __Host-session / true true
}

// What a client has after its requests. Flashes read here are still there for
// the client.
func ExampleRead() {
	m, handler := program()
	server := httptest.NewTLSServer(handler)
	defer server.Close()
	client := server.Client()
	client.Jar, _ = cookiejar.New(nil)

	res, err := client.Get(server.URL + "/login") // and on to where that redirects
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = res.Body.Close()
	s, err := sessiontest.Read(m, client.Jar, server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	name, _ := username.Get(s)
	fmt.Println(name, s.Flashes()[0].Text)
	// Output: ada welcome
}
