package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/age"
	"github.com/wafer-go/wafer/session/internal/setcookie"
)

// Some of the defaults that [Options] name.
const (
	DefaultLifetime      = 31 * 24 * time.Hour // as Flask's
	DefaultMaxCookieSize = 4096                // bytes; RFC 6265bis, section 5.6
)

const (
	defaultBufferSize     = 64 << 10 // bytes
	defaultBackendTimeout = 5 * time.Second
	defaultMaxFlashes     = 64
	maxMaxFlashes         = 1<<16 - 1
	defaultMaxFlashBytes  = 16 << 10
	defaultClockSkew      = 30 * time.Second
)

// Options change what a [Manager] does. The zero value of each field is the safe default.
type Options struct {
	// Cookie describes the session cookie.
	Cookie Cookie

	// Lifetime ends a session this long after it was last saved, whatever the browser says: a
	// session of an hour that is saved every 50 minutes lives on, and one that is only read ends. A
	// permanent session's cookie expires after it, or after the 400 days for which browsers keep
	// one at most (RFC 6265bis, section 5.5). [Session.ExpireAfter] gives one session another.
	// Whole seconds count, at most ten years of them. Zero means DefaultLifetime.
	Lifetime time.Duration

	// IdleTimeout ends a session after this long without a request, to within a tenth, even if
	// handlers do not use it (OWASP ASVS 7.3.1). To that end the first request that comes a tenth
	// of it or more after the last save saves the session again. Of two answers at once the last
	// one's cookie stays, so a slow request can bring back a session that another ended, unless it
	// is kept in a store; see Validate. A store is asked with each request, so serve files outside
	// of the manager. Zero means no limit but Lifetime.
	IdleTimeout time.Duration

	// AbsoluteTimeout ends a session this long after its sign-in, its first save, or the last
	// [Session.RestartClock], however much it is used (OWASP ASVS 7.3.2). The time is kept in the
	// session at "_created". Sessions that were made without a limit count from their last save.
	// Zero means no limit.
	AbsoluteTimeout time.Duration

	// Permanent makes the cookies of sessions that do not say otherwise outlive the browser's
	// closing, as [Session.SetPermanent] does for one.
	Permanent bool

	// ErrorHandler answers a request whose session could not be loaded or saved. What the handler
	// wrote is discarded before, unless the header was sent, so it writes the whole response,
	// beginning with the status: one that writes nothing sends an empty 200. If nil, the error is
	// logged and answered with 503 for [ErrUnavailable], 409 for [ErrEnded] and [ErrOvertaken],
	// else 500.
	//
	// It also receives errors that come when the response can no longer be changed, such as
	// [ErrTooLate]: what it writes then is discarded.
	ErrorHandler func(w http.ResponseWriter, r *http.Request, err error)

	// Validate judges each session that a cookie brought, once a request, when it is first used or
	// refreshed: the place to refuse one that was revoked, which is the only way for a session kept
	// in its cookie. It reads the session that it receives, which is also that of ctx; changes
	// there have no effect. [ErrInvalidated], or an error that wraps it, refuses the session: the
	// visitor has an empty one, and the cookie stays. Any other error fails the request with
	// [ErrUnavailable]: a database that is down must not sign everyone out.
	Validate func(ctx context.Context, s *Session) error

	// Login has SignIn, SignOut and Owner agree with another program that shares the sessions:
	// package flask/flasklogin has one for Flask-Login. It may sign a user in whom the browser
	// remembers; Validate judges the session after that too. Nil means that the session itself
	// keeps its owner.
	Login driver.Login

	// Logger receives diagnostics that no method returns. It never receives a token or a key; if a
	// value could not be encoded, the error may quote it. Nil means slog.Default() at the time.
	Logger *slog.Logger

	// Observe receives what happens to sessions, to count and time it. It is called concurrently,
	// in the middle of requests, so it must be quick. It may use the session of ctx: to flash that
	// it has expired, for example. The reason why a cookie was refused is not for the visitor.
	Observe func(ctx context.Context, e Event)

	// OnFlash receives each message flashed, once it is kept, with its text: for an audit, for
	// example. To count them, [EventFlashed] has the category.
	OnFlash func(ctx context.Context, m Message)

	// MaxFlashes and MaxFlashBytes are how many messages, and how many bytes of them, wait in a
	// session at most. If more are flashed the oldest are dropped, which is reported; in a cookie
	// that is too large messages are dropped too, before that fails the response. Zero means 64 and
	// 16 KiB; no more than 65,535 messages wait.
	MaxFlashes, MaxFlashBytes int

	// BufferSize is how many bytes of a response's body are buffered at most while the session may
	// still change. Zero means 64 KiB; if it is negative nothing is buffered, so the
	// first byte written, or WriteHeader, ends what can be changed.
	BufferSize int

	// MaxCookieSize is the number of bytes that the cookie's name and value may have together; a
	// session that needs more fails the response with a [TooLargeError]. Zero means
	// DefaultMaxCookieSize, the limit of browsers. Set more, up to 1 MiB, only for clients other
	// than browsers, which reject such a cookie silently.
	MaxCookieSize int

	// FormerCookies are those that the session was kept in before Cookie had its name, Domain and
	// Path: by an older version of the program, or another library; only these fields, and
	// Partitioned, count. If a request has no cookie of the current name, its session is read from
	// the first of them that it has, and only as one that was written under that name. When that
	// session is saved (see ReissueOnRead) or destroyed, the former cookies are deleted. A former
	// cookie without the __Host- prefix can be planted by a sibling subdomain, as before.
	FormerCookies []Cookie

	// ReissueOnRead saves a session that was written with an accepted key, a previous backend (see
	// [Migrate]) or a former name with the current one as soon as it is used, and not only at its
	// next change. It speeds up a rotation.
	ReissueOnRead bool

	// RefreshEachRequest sends a permanent session's cookie with each response, except those that
	// shared caches may keep, so that it expires Lifetime after the visitor's last request, not
	// after the last change. A session in a store is saved, and its cookie sent, only once a tenth
	// of Lifetime has passed since the last time. As under an IdleTimeout, a slow request's cookie
	// can undo a sign-out.
	RefreshEachRequest bool

	// CacheSignedIn lets browsers keep pages in which a session with an owner was used. By default
	// such a response says "Cache-Control: no-store", or private beside what the program said:
	// otherwise the back button shows it after the sign-out.
	CacheSignedIn bool

	// ClearSiteData are the kinds of data that a browser is asked to delete when the session is
	// destroyed: any of "cache", "storage" and "executionContexts" (W3C Clear Site Data). "cookies"
	// and "*", which would delete what is flashed after the sign-out too, are errors. Browsers obey
	// it over HTTPS only. Nil asks for nothing.
	ClearSiteData []string

	// TokenHeader names a header, such as "Session-Token", in which requests and responses carry
	// the session's token in place of the cookie: for API and mobile clients, which keep it
	// themselves. The manager then reads and sets no cookie, so no request is believed for both. A
	// response that changes the token has the header; it is empty once the session has ended. A
	// client that is a web page keeps the token where its scripts can read it, and so can any
	// script that gets into the page: docs/api-clients.md tells what else this gives up. Of Cookie,
	// only Name has a meaning then: tokens are bound to it. Empty means the cookie.
	TokenHeader string

	// Purpose separates managers that share a key, or a store, and a cookie name: neither accepts
	// the sessions of the other. To change it signs everyone out. Flask has no such thing, so the
	// flask package accepts none.
	Purpose string

	// ClockSkew is how far in the future a session may have been saved: if one server redirects a
	// visitor to another, the first may have the faster clock, and milliseconds are enough at the
	// turn of a second. Whole seconds count, rounded up. Zero means 30 seconds; if it is negative,
	// not at all.
	ClockSkew time.Duration

	// BackendTimeout limits how long Wafer waits for one answer of a store, and how long it tries
	// to save again if other requests keep changing the session. After it, the request fails with
	// [ErrUnavailable]. Zero means 5 seconds; if it is negative, the time has no limit.
	BackendTimeout time.Duration

	// Clock returns the time. A store uses its own clock for what has expired; if this one is
	// behind, sessions in a store last as long as they would with the same clock. Nil means
	// time.Now.
	Clock func() time.Time
}

// maxMaxCookieSize keeps what is computed from it within bounds: no server accepts a header of a
// megabyte.
const maxMaxCookieSize = 1 << 20

// siteData are the kinds that Clear-Site-Data knows.
var siteData = []string{"cache", "storage", "executionContexts"}

// config is what the backend is told about one of the cookies.
func (o *Options) config(c *Cookie) driver.Config {
	return driver.Config{CookieName: c.Name, Purpose: o.Purpose, MaxCookieSize: o.MaxCookieSize, Timeout: o.BackendTimeout, Clock: o.Clock}
}

// withDefaults returns a checked copy in which no field needs interpretation anymore, or an error
// that names all that is invalid.
func (o *Options) withDefaults() (Options, error) {
	var c Options
	if o != nil {
		c = *o
	}
	c.Lifetime = min(cmp.Or(c.Lifetime, DefaultLifetime), age.Max)
	c.IdleTimeout, c.AbsoluteTimeout = min(c.IdleTimeout, age.Max), min(c.AbsoluteTimeout, age.Max)
	c.BufferSize = cmp.Or(c.BufferSize, defaultBufferSize)
	c.MaxCookieSize = cmp.Or(c.MaxCookieSize, DefaultMaxCookieSize)
	c.MaxFlashes, c.MaxFlashBytes = min(cmp.Or(c.MaxFlashes, defaultMaxFlashes), maxMaxFlashes), cmp.Or(c.MaxFlashBytes, defaultMaxFlashBytes)
	c.ClockSkew = min(max(0, cmp.Or(c.ClockSkew, defaultClockSkew)), age.Max)
	c.ClockSkew = (c.ClockSkew + time.Second - 1).Truncate(time.Second)
	c.BackendTimeout = cmp.Or(c.BackendTimeout, defaultBackendTimeout)
	if c.Clock == nil {
		c.Clock = time.Now
	}
	var errs []error
	if c.Lifetime < time.Second {
		errs = append(errs, fmt.Errorf("Options.Lifetime is %v; it must be a second or more", c.Lifetime))
	}
	if c.IdleTimeout != 0 && c.IdleTimeout < time.Second {
		errs = append(errs, fmt.Errorf("Options.IdleTimeout is %v; it must be a second or more, or 0 for none", c.IdleTimeout))
	}
	if c.IdleTimeout > c.Lifetime && c.Lifetime >= time.Second {
		errs = append(errs, fmt.Errorf("Options.IdleTimeout is %v, which is longer than Options.Lifetime, %v: it would never end a session; set a shorter one, a longer Lifetime, or 0 for none", o.IdleTimeout, c.Lifetime))
	}
	if c.AbsoluteTimeout != 0 && c.AbsoluteTimeout < time.Second {
		errs = append(errs, fmt.Errorf("Options.AbsoluteTimeout is %v; it must be a second or more", c.AbsoluteTimeout))
	}
	if 0 < c.BackendTimeout && c.BackendTimeout < time.Millisecond {
		errs = append(errs, fmt.Errorf("Options.BackendTimeout is %v; it must be a millisecond or more, or negative for no limit", c.BackendTimeout))
	}
	if min(c.MaxFlashes, c.MaxFlashBytes) < 0 {
		errs = append(errs, fmt.Errorf("Options.MaxFlashes is %d and MaxFlashBytes %d; neither may be negative", c.MaxFlashes, c.MaxFlashBytes))
	}
	if c.MaxCookieSize > maxMaxCookieSize {
		errs = append(errs, fmt.Errorf("Options.MaxCookieSize is %d; it may be %d, 1 MiB, at most", c.MaxCookieSize, maxMaxCookieSize))
	}
	for _, kind := range c.ClearSiteData {
		if !slices.Contains(siteData, kind) {
			errs = append(errs, fmt.Errorf("Options.ClearSiteData has %q; it may have %s", kind, strings.Join(siteData, ", ")))
		}
	}
	c.ClearSiteData = slices.Clone(c.ClearSiteData)
	errs = append(errs, c.checkTokenHeader())
	errs = append(errs, c.Cookie.rules().Normalize("Options.Cookie"))
	c.FormerCookies = slices.Clone(c.FormerCookies)
	for i := range c.FormerCookies {
		former := &c.FormerCookies[i]
		if former.Name == "" || former.Name == c.Cookie.Name {
			errs = append(errs, fmt.Errorf("Options.FormerCookies[%d].Name is %q; it must have a name, and another than Cookie", i, former.Name))
			continue
		}
		errs = append(errs, former.rules().Normalize(fmt.Sprintf("Options.FormerCookies[%d]", i)))
	}
	if c.MaxCookieSize <= len(c.Cookie.Name) {
		errs = append(errs, fmt.Errorf("Options.MaxCookieSize is %d, which leaves nothing for a value beside the name %s", c.MaxCookieSize, c.Cookie.Name))
	}
	if err := errors.Join(errs...); err != nil {
		return Options{}, fmt.Errorf("session: invalid options: %w", err)
	}
	return c, nil
}

// checkTokenHeader checks the header that replaces the cookie, and brings its name into the form
// that net/http has for it.
func (o *Options) checkTokenHeader() error {
	name := http.CanonicalHeaderKey(o.TokenHeader)
	if name == "" {
		return nil
	}
	if err := setcookie.CheckHeader("Options.TokenHeader", name); err != nil {
		return err
	}
	o.TokenHeader = name
	rest := o.Cookie
	rest.Name = ""
	switch {
	case rest != (Cookie{}):
		return errors.New("Options.TokenHeader replaces the cookie, and Options.Cookie describes one; of Cookie set only Name")
	case len(o.FormerCookies) > 0:
		return errors.New("Options.TokenHeader replaces the cookie, so Options.FormerCookies would never be read; set one of them")
	case o.Login != nil:
		return errors.New("Options.TokenHeader replaces the cookie, and Options.Login may believe one that remembers a user; set one of them")
	}
	return nil
}

func (o *Options) logger() *slog.Logger {
	if o.Logger != nil {
		return o.Logger
	}
	return slog.Default()
}
