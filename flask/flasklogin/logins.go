package flasklogin

import (
	"crypto/hmac"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wafer-go/wafer/flask/internal/key"
)

// A Release is a range of Flask-Login's releases that keep a login alike.
type Release int

const (
	// Since05 is 0.5 to 0.6.3.
	Since05 Release = iota

	// Before05 is 0.4, whose keys are "user_id", "remember" and "remember_seconds".
	Before05

	// Main is what will be 0.7: its "_id" is another hash, and it never looks at X-Forwarded-For.
	Main
)

// A Protection is what becomes of a login whose "_id" is not that of the request: the visitor's
// address or browser is another, or another program signed in that writes no "_id".
type Protection int

const (
	// Basic makes the login not fresh: the user stays signed in.
	Basic Protection = iota

	// Strong signs the user out, and deletes the remember cookie. In a permanent session it is
	// Basic, as in Flask-Login.
	Strong

	// Off accepts it.
	Off
)

// An IDType is how SignIn writes a user's ID into the session: with the type of what get_id returns
// in the Flask program. All types are read.
type IDType int

const (
	Text IDType = iota // str
	Int                // int
	UUID               // uuid.UUID
)

// Options describe a Flask program whose logins differ from Flask-Login's defaults. The zero value
// of each field is that default.
type Options struct {
	// Release is that of the Flask program's Flask-Login. Both must agree on it, or each login of
	// one is not fresh in the other.
	Release Release

	// Protection is the program's SESSION_PROTECTION.
	Protection Protection

	// IDs is the type of users' IDs in the session.
	IDs IDType

	// Cookie is the remember cookie.
	Cookie RememberCookie

	// FlaskWritesCookie leaves it to Flask to write and delete the remember cookie: the session
	// tells it to, and its next response does it. Use it if the cookie's path is one of the Flask
	// program's alone.
	FlaskWritesCookie bool

	// Security has SignIn write what Flask-Security keeps of a login: when it was ("fs_paa"), which
	// auth_required(within=...) needs, "fs_cc", and what Principal has.
	Security bool

	// Principal has SignIn write the identity of Flask-Principal: the user's ID.
	Principal bool

	// RemoteAddr returns the visitor's address as the Flask program has it in request.remote_addr:
	// the connection's, which is nil's default, or what ProxyFix makes of a header.
	RemoteAddr func(r *http.Request) string

	// Logger is told, at level Debug, why a remember cookie was refused. It never receives the
	// cookie. Nil means slog.Default().
	Logger *slog.Logger

	// AllowPublishedKey accepts a secret key that tutorials show, such as "dev". Anyone can sign in
	// as any user with it: use it in tests only.
	AllowPublishedKey bool
}

// A RememberCookie describes the remember cookie. The zero value of each field is Flask-Login's
// default. Both programs must agree on all of them.
type RememberCookie struct {
	// Name is REMEMBER_COOKIE_NAME. Empty means "remember_token".
	Name string

	// Duration is REMEMBER_COOKIE_DURATION. Zero means 365 days.
	Duration time.Duration

	// Domain is REMEMBER_COOKIE_DOMAIN. Empty means the host alone.
	Domain string

	// Path is REMEMBER_COOKIE_PATH. Empty means "/".
	Path string

	// Secure is REMEMBER_COOKIE_SECURE. A program whose pages are all served over HTTPS does better
	// with true on both sides.
	Secure bool

	// ReadableByScripts is REMEMBER_COOKIE_HTTPONLY = False.
	ReadableByScripts bool

	// SameSite is REMEMBER_COOKIE_SAMESITE. Zero means that the cookie has no such attribute, which
	// browsers treat as Lax.
	SameSite http.SameSite

	// RefreshEachRequest is REMEMBER_COOKIE_REFRESH_EACH_REQUEST: each response of a request that
	// brought the cookie and used the session sends it again. (Flask-Login up to 0.6.3 also gives
	// the cookie to users who did not ask to be remembered.)
	RefreshEachRequest bool
}

const (
	defaultName     = "remember_token"
	defaultDuration = 365 * 24 * time.Hour
	maxDuration     = 10 * defaultDuration
)

// Logins have a Go program's sessions agree with Flask-Login on who is signed in. It is safe for
// concurrent use by multiple goroutines.
type Logins struct {
	o      Options
	names  names
	cookie http.Cookie
	mac    func() hash.Hash
}

// New returns the logins of a Flask program. secretKey is its SECRET_KEY: the remember cookie is
// signed with that, and SECRET_KEY_FALLBACKS do not count. If opts is nil, Flask-Login's defaults
// apply; opts is copied.
//
// It fails if the key is empty, published in tutorials, or has characters beyond Latin-1, with
// which Flask-Login fails too, or if an option is impossible.
//
// Set it as [session.Options.Login].
func New(secretKey string, opts *Options) (*Logins, error) {
	l := &Logins{}
	if opts != nil {
		l.o = *opts
	}
	if err := key.Check("flasklogin: the secret key", secretKey, "Options.AllowPublishedKey", l.o.AllowPublishedKey); err != nil {
		return nil, err
	}
	signing, ok := toLatin1(secretKey)
	if !ok {
		return nil, errors.New("flasklogin: the secret key has characters beyond Latin-1, with which Flask-Login cannot sign a remember cookie; make another for both programs: " + key.Make)
	}
	l.mac = func() hash.Hash { return hmac.New(sha512.New, signing) }
	if l.o.Release < Since05 || l.o.Release > Main {
		return nil, fmt.Errorf("flasklogin: Options.Release is %d; it must be Since05, Before05 or Main", l.o.Release)
	}
	if l.o.Protection < Basic || l.o.Protection > Off {
		return nil, fmt.Errorf("flasklogin: Options.Protection is %d; it must be Basic, Strong or Off", l.o.Protection)
	}
	if l.o.IDs < Text || l.o.IDs > UUID {
		return nil, fmt.Errorf("flasklogin: Options.IDs is %d; it must be Text, Int or UUID", l.o.IDs)
	}
	l.names = l.o.Release.names()
	if l.o.Logger == nil {
		l.o.Logger = slog.Default()
	}
	if l.o.RemoteAddr == nil {
		l.o.RemoteAddr = connection
	}
	return l, l.setCookie()
}

// setCookie completes and checks the remember cookie.
func (l *Logins) setCookie() error {
	c := &l.o.Cookie
	if c.Name == "" {
		c.Name = defaultName
	}
	if c.Path == "" {
		c.Path = "/"
	}
	if c.Duration == 0 {
		c.Duration = defaultDuration
	}
	if c.Duration < time.Second || c.Duration > maxDuration {
		return fmt.Errorf("flasklogin: Options.Cookie.Duration is %v; it must be a second or more, and ten years at most", c.Duration)
	}
	if c.SameSite == http.SameSiteNoneMode && !c.Secure {
		return errors.New("flasklogin: Options.Cookie.SameSite is None, and browsers reject that without Secure; set Secure, and REMEMBER_COOKIE_SECURE in Flask")
	}
	l.cookie = http.Cookie{ // #nosec G124 -- as the Flask program sets it
		Name: c.Name, Path: c.Path, Domain: strings.TrimPrefix(c.Domain, "."), Secure: c.Secure,
		HttpOnly: !c.ReadableByScripts, SameSite: c.SameSite,
	}
	if err := l.cookie.Valid(); err != nil {
		return fmt.Errorf("flasklogin: Options.Cookie: %w", err)
	}
	return nil
}

// toLatin1 returns the bytes of a key as Flask-Login has them: its UTF-8 decoded, and encoded in
// Latin-1. A key that is not UTF-8 is bytes already.
func toLatin1(text string) ([]byte, bool) {
	if !utf8.ValidString(text) {
		return []byte(text), true
	}
	b := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return nil, false
		}
		b = append(b, byte(r)) // #nosec G115 -- it is no more than 0xff
	}
	return b, true
}

const redacted = "flasklogin.Logins(redacted)"

// Format writes "flasklogin.Logins(redacted)" for every verb.
func (*Logins) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is the same for log/slog.
func (*Logins) LogValue() slog.Value { return slog.StringValue(redacted) }
