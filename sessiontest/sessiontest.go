// Package sessiontest helps to test a program that uses sessions: it puts
// values into a client's session before a request, and reads them after.
//
// [Edit] and [Read] change and read the session of a client with a cookie jar. [EditRequest] and
// [ReadResponse] do the same with an [http.Request] and a response, if the test calls the handler
// directly. [Cookie] makes the first session of a real browser. All go through the program's own
// [session.Manager], so the ordinary rules hold: what is too large or cannot be encoded is an
// error, an empty session is deleted, and a cookie that was not signed with the manager's keys is
// an empty session.
package sessiontest

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"

	"github.com/wafer-go/wafer/session"
)

// Edit opens the session that a client with the jar would send to the URL,
// has edit change it, and puts the cookie back into the jar. It is what
// session_transaction is to Flask. The jar of an [http.Client] is its field
// Jar.
//
// Where edit returns an error, nothing is saved, and the error is returned.
// Others are those of [Read] and [session.Manager.Commit], and a cookie that
// the jar does not give back for the URL: a Secure cookie over plain HTTP
// above all, which net/http/cookiejar sends to this machine alone. Then the
// test needs [httptest.NewTLSServer].
func Edit(m *session.Manager, jar http.CookieJar, rawURL string, edit func(s *session.Session) error) error {
	r, s, err := open(m, jar, rawURL)
	if err != nil {
		return err
	}
	set, err := commit(m, r, s, edit)
	if err != nil || len(set) == 0 {
		return err
	}
	jar.SetCookies(r.URL, set)
	kept := jar.Cookies(r.URL)
	for _, c := range set {
		found := slices.ContainsFunc(kept, func(k *http.Cookie) bool { return k.Name == c.Name && k.Value == c.Value })
		switch {
		case deletes(c) || found:
		case c.Secure && r.URL.Scheme != "https":
			return insecure(rawURL)
		default:
			return fmt.Errorf("sessiontest: the jar does not give back the cookie %s for %s; its Domain (%q) or Path (%q) does not fit that address", c.Name, rawURL, c.Domain, c.Path)
		}
	}
	return nil
}

// Read returns the session that a client with the jar would send to the URL.
// What is done to it stays without effect: flashes read from it are still
// there for the client.
//
// The error is that of [session.Manager.Load], or tells that there is no jar,
// that the URL cannot be parsed, or that the jar has a session which it does
// not send there, since the URL is not HTTPS.
func Read(m *session.Manager, jar http.CookieJar, rawURL string) (*session.Session, error) {
	_, s, err := open(m, jar, rawURL)
	return s, err
}

// EditRequest opens the session that r carries, has edit change it, and puts
// its cookie into r in the place of the old one. Where edit returns an error,
// r is left as it is, and the error is returned; others are those of
// [session.Manager.Load] and [session.Manager.Commit].
func EditRequest(m *session.Manager, r *http.Request, edit func(s *session.Session) error) error {
	s, err := m.Load(r)
	if err != nil {
		return err
	}
	set, err := commit(m, r, s, edit)
	if err != nil {
		return err
	}
	replace(r, set)
	return nil
}

// ReadResponse returns the session that a client has after a response, such as that of
// [httptest.ResponseRecorder.Result]: the one that the response set, or a new one if it was
// deleted. A response may also leave the session alone. Then it is the one of res.Request, which an
// [http.Client] fills in, and for a recorder's response the test can; where that is nil, a new one.
//
// What is done to the session stays without effect. The error is that of
// [session.Manager.Load].
func ReadResponse(m *session.Manager, res *http.Response) (*session.Session, error) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if res.Request != nil {
		replace(r, res.Request.Cookies())
	}
	replace(r, res.Cookies())
	return m.Load(r)
}

// Cookie returns the cookie of a new session that edit has filled, as a response of the server at
// the URL would set it. If the test drives a real browser, give that the cookie's name, value and
// attributes before the first visit.
//
// Where edit returns an error, that is returned; others are those of
// [session.Manager.Commit], and a session that edit left empty, which has no
// cookie.
func Cookie(m *session.Manager, rawURL string, edit func(s *session.Session) error) (*http.Cookie, error) {
	u, err := parse(rawURL)
	if err != nil {
		return nil, err
	}
	r := &http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: make(http.Header)}
	s, err := m.Load(r)
	if err != nil {
		return nil, err
	}
	set, err := commit(m, r, s, edit)
	if err != nil {
		return nil, err
	}
	if len(set) == 0 {
		return nil, errors.New("sessiontest: the session was left empty, so it has no cookie; set a value in it")
	}
	return set[0], nil
}

func parse(rawURL string) (*url.URL, error) {
	u, err := url.Parse(rawURL)
	if err == nil && (u.Scheme == "" || u.Host == "") {
		err = errors.New("it needs a scheme and a host")
	}
	if err != nil {
		return nil, fmt.Errorf("sessiontest: the URL %q is not the address of a server: %w", rawURL, err)
	}
	return u, nil
}

// open returns the request that a client with the jar would send, and its
// session.
func open(m *session.Manager, jar http.CookieJar, rawURL string) (*http.Request, *session.Session, error) {
	if jar == nil {
		return nil, nil, errors.New("sessiontest: the client has no cookie jar, so it keeps no session; give it one, client.Jar, _ = cookiejar.New(nil)")
	}
	u, err := parse(rawURL)
	if err != nil {
		return nil, nil, err
	}
	r := requestWith(jar, u)
	s, err := m.Load(r)
	if err != nil {
		return nil, nil, err
	}
	if s.IsNew() && u.Scheme == "http" {
		secure := *u
		secure.Scheme = "https"
		if hidden, err := m.Load(requestWith(jar, &secure)); err == nil && !hidden.IsNew() {
			return nil, nil, insecure(rawURL)
		}
	}
	return r, s, nil
}

func insecure(rawURL string) error {
	return fmt.Errorf("sessiontest: the session's cookie is Secure, and the jar does not send it to %s; use httptest.NewTLSServer, with the server's Client", rawURL)
}

func requestWith(jar http.CookieJar, u *url.URL) *http.Request {
	r := &http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: make(http.Header)}
	for _, c := range jar.Cookies(u) {
		r.AddCookie(c)
	}
	return r
}

// commit returns the cookies that a change of a request's session sets.
func commit(m *session.Manager, r *http.Request, s *session.Session, edit func(s *session.Session) error) ([]*http.Cookie, error) {
	if err := edit(s); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	if err := m.Commit(w, r, s); err != nil {
		return nil, err
	}
	return w.Result().Cookies(), nil
}

// replace has r carry the cookies set, and no others of their names.
func replace(r *http.Request, set []*http.Cookie) {
	if len(set) == 0 {
		return
	}
	if r.Header == nil {
		r.Header = make(http.Header)
	}
	cookies := r.Cookies()
	r.Header.Del("Cookie")
	for _, c := range cookies {
		if !slices.ContainsFunc(set, func(s *http.Cookie) bool { return s.Name == c.Name }) {
			r.AddCookie(c)
		}
	}
	for _, c := range set {
		if !deletes(c) {
			r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value}) // #nosec G124 -- a request carries no attributes
		}
	}
}

func deletes(c *http.Cookie) bool { return c.MaxAge < 0 }
