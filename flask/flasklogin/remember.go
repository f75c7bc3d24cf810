package flasklogin

import (
	"crypto/hmac"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

// maxToken is how many bytes of a remember cookie are looked at: more than browsers keep.
const maxToken = 4096

// Remembered returns the user whose remember cookie the request has, if its signature is valid. As
// in Flask, the first of several cookies counts.
//
// The cookie contains no time, and no sign-out ends a copy of it: it is valid until the secret key
// or the user's ID changes. Programs that must end it give each user a second, random ID for
// Flask-Login's get_id, and change that with the password.
func (l *Logins) Remembered(r *http.Request) (owner string, ok bool) {
	value, ok := cookieValue(r.Header, l.o.Cookie.Name)
	if !ok {
		return "", false
	}
	owner, err := l.OpenToken(value)
	return owner, err == nil
}

// Token returns the value of a user's remember cookie, as Werkzeug writes it.
func (l *Logins) Token(owner string) string { return quote(owner + "|" + l.sign(owner)) }

// OpenToken returns the user in the value of a remember cookie, as a browser sends it, or an error
// that says why it is not one that Flask-Login or [Logins.Token] made.
func (l *Logins) OpenToken(value string) (owner string, err error) {
	if len(value) > maxToken {
		return "", fmt.Errorf("flasklogin: the remember cookie has %d bytes, and browsers keep no more than %d", len(value), maxToken)
	}
	value = unquote(value)
	at := strings.LastIndexByte(value, '|')
	if at < 0 {
		return "", errors.New("flasklogin: the remember cookie has no signature")
	}
	owner = value[:at]
	if !hmac.Equal([]byte(l.sign(owner)), []byte(value[at+1:])) {
		return "", errors.New("flasklogin: the remember cookie's signature is not one of the secret key; another key, or a forger, made it")
	}
	if !isOwner(owner) {
		return "", fmt.Errorf("flasklogin: the user's ID in the remember cookie has %d bytes; it must have 1 to %d, of UTF-8", len(owner), driver.MaxOwner)
	}
	return owner, nil
}

// isOwner reports whether a text can be an owner of a session.
func isOwner(id string) bool {
	return id != "" && len(id) <= driver.MaxOwner && utf8.ValidString(id)
}

// sign returns the hexadecimal digits of HMAC-SHA-512.
func (l *Logins) sign(text string) string {
	mac := l.mac()
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// Remember has the browser remember the user who is signed in beyond the end of the session, for
// [RememberCookie.Duration]: it is remember=True of login_user. Call it after SignIn.
func (l *Logins) Remember(s *session.Session) {
	s.Set(l.names.remember, rememberSet)
	s.Delete(l.names.seconds)
}

// RememberFor is Remember with a duration of its own: duration=d of login_user.
func (l *Logins) RememberFor(s *session.Session, d time.Duration) {
	s.Set(l.names.remember, rememberSet)
	s.Set(l.names.seconds, d.Seconds())
}

// setLine returns the Set-Cookie line that remembers the owner.
func (l *Logins) setLine(v driver.Values, owner string, at time.Time) string {
	d := l.o.Cookie.Duration
	var seconds float64
	if v.Get(l.names.seconds, &seconds) && seconds > 0 { // false for NaN
		d = time.Duration(min(seconds, maxDuration.Seconds()) * float64(time.Second))
	}
	c := l.cookie // #nosec G124 -- as the Flask program sets it
	c.Expires, c.MaxAge = at.Add(d), max(1, int(math.Ceil(d.Seconds())))
	return l.line(&c, l.Token(owner))
}

// clearLine returns the Set-Cookie line that deletes the cookie.
func (l *Logins) clearLine() string {
	c := l.cookie // #nosec G124 -- as the Flask program sets it
	c.Expires, c.MaxAge = time.Unix(1, 0), -1
	return l.line(&c, "")
}

// line writes a cookie with a value that net/http would not write.
func (l *Logins) line(c *http.Cookie, value string) string {
	return c.Name + "=" + value + strings.TrimPrefix(c.String(), c.Name+"=")
}
