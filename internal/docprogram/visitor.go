package docprogram

import (
	"io"
	"net/http"
	"net/url"
	"os"
)

// URL returns the address of a page.
func (v *Visitor) URL(path string) string { return "http://" + v.Host + path }

// Get returns a page.
func (v *Visitor) Get(path string) string {
	v.t.Helper()
	return v.text(v.Client.Get(v.URL(path)))
}

// Post sends a form, of names and values in turn, and returns the page that follows.
func (v *Visitor) Post(path string, pairs ...string) string {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return v.text(v.PostForm(v.URL(path), form))
}

func (v *Visitor) text(res *http.Response, err error) string {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return string(text)
}

// FirstCookie returns the cookie that a new visitor gets.
func (v *Visitor) FirstCookie() *http.Cookie {
	v.t.Helper()
	res, err := http.Get(v.URL("/"))
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if len(res.Cookies()) != 1 {
		v.t.Fatalf("the first visit gives the cookies %v", res.Cookies())
	}
	return res.Cookies()[0]
}

// Cookie returns the value of the visitor's session cookie.
func (v *Visitor) Cookie() string {
	v.t.Helper()
	u, _ := url.Parse(v.URL("/"))
	for _, c := range v.Jar.Cookies(u) {
		if c.Name == "__Host-session" {
			return c.Value
		}
	}
	v.t.Fatal("the visitor has no session cookie")
	return ""
}

// Forge replaces the value of the visitor's session cookie.
func (v *Visitor) Forge(value string) {
	u, _ := url.Parse(v.URL("/"))
	v.Jar.SetCookies(u, []*http.Cookie{{Name: "__Host-session", Value: value, Path: "/", Secure: true}}) // #nosec G124 -- a test's jar
}

// Elsewhere asks for the page under another name of the machine.
func (v *Visitor) Elsewhere(host string) {
	v.t.Helper()
	r, err := http.NewRequest(http.MethodGet, v.URL("/"), nil)
	if err != nil {
		v.t.Fatal(err)
	}
	r.Host = host
	v.text(http.DefaultClient.Do(r))
}

// Said returns what the program has written until now.
func (v *Visitor) Said() string { return v.log.String() }

// Interrupt ends the program as Ctrl-C does, and returns how it ended.
func (v *Visitor) Interrupt() error {
	_ = v.cmd.Process.Signal(os.Interrupt)
	return v.cmd.Wait()
}

// Stop ends the program and returns what it wrote.
func (v *Visitor) Stop() string {
	_ = v.cmd.Process.Kill()
	_ = v.cmd.Wait()
	v.CloseIdleConnections() // which another program at this address would refuse
	return v.log.String()
}
