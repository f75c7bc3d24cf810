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
)

// The defaults that [Options] name.
const (
	DefaultLifetime      = 31 * 24 * time.Hour // as Flask's
	DefaultBufferSize    = 64 << 10            // bytes
	DefaultMaxCookieSize = 4096                // bytes; RFC 6265bis, section 5.6

	DefaultClockSkew      = 30 * time.Second
	DefaultBackendTimeout = 5 * time.Second
)

// Options change what a [Manager] does. The zero value of each field is the
// safe default.
type Options struct {
	// Cookie describes the session cookie.
	Cookie Cookie

	// FormerCookies are those that the session was kept in before Cookie had its
	// name, Domain and Path: by an older version of the program, or another
	// library; only these fields, and Partitioned, count. A request that brings no
	// cookie of the present name has its session read from the first of them that
	// it does bring. When that session is written, as a session of an old backend
	// is (see ReissueOnRead), or destroyed, the former cookies are deleted. What is in
	// them is what the backend reads, tokens of Signed and Sealed among it. Only
	// the records of our own stores are not found under another name. A former
	// cookie without the __Host- prefix can be planted by a neighbouring host, as
	// before.
	FormerCookies []Cookie

	// Purpose tells managers apart that share a key, or a store, and a cookie
	// name: the sessions of one are nothing to another. To change it signs
	// everybody out. Flask has no such thing, so the flask package takes none.
	Purpose string

	// Lifetime is how long a session may go unwritten: an older one is
	// refused, whatever the browser says, and a permanent session's cookie
	// expires after it, or after the 400 days for which browsers keep one at
	// most (RFC 6265bis, section 5.5). Whole seconds count. Zero means
	// DefaultLifetime.
	Lifetime time.Duration

	// IdleTimeout is how long a session may go unused, to within a tenth: with
	// each request it starts anew. To that end a cookie is written again by
	// the first request that comes a tenth of it or more after the last write,
	// also where the session is left alone (OWASP ASVS 7.3.1). Of two answers
	// at once the last one's cookie stays, so a slow request can bring back a
	// session that another ended meanwhile, unless it is kept in a store; see
	// Validate. A store is asked with each request, so serve files and the like
	// outside the manager. Zero means no limit but Lifetime.
	IdleTimeout time.Duration

	// AbsoluteTimeout is how long a session may last from its first write, or
	// the last [Session.RestartClock], however much it is used (OWASP ASVS
	// 7.3.2). The time is kept in the session at "_created". Sessions that
	// were made without a limit count from when they were last written. Zero
	// means no limit.
	AbsoluteTimeout time.Duration

	// ClockSkew is how far in the future a session may have been written: of
	// two servers, the one that redirects a visitor to the other may have the
	// faster clock, and milliseconds are enough at the turn of a second. Zero
	// means DefaultClockSkew, and a negative one not at all.
	ClockSkew time.Duration

	// RefreshEachRequest writes a permanent session's cookie in each response,
	// so that it expires Lifetime after the visitor's last request. Otherwise
	// it expires Lifetime after the session's last change. As under an
	// IdleTimeout, a slow request's cookie can undo a sign-out. A session in a
	// store is written there once a tenth of Lifetime.
	RefreshEachRequest bool

	// ReissueOnRead writes a session that was signed or sealed with a merely
	// accepted key, or left by an old backend (see [Migrate]), with the current
	// one as soon as it is touched, and not only at its next change. It speeds
	// up a rotation.
	ReissueOnRead bool

	// ClearSiteData are the kinds of data that a browser is asked to delete
	// when the session is destroyed: of "cache", "cookies", "storage",
	// "executionContexts" and "*", those that the program wants (W3C Clear Site
	// Data). Browsers listen to it over HTTPS only. Nil asks for nothing.
	ClearSiteData []string

	// BufferSize is how many bytes of a response's body are held back at most
	// while the session may still change. Zero means DefaultBufferSize; a
	// negative size holds nothing back, so that the first byte written, or
	// WriteHeader, ends what can be changed.
	BufferSize int

	// MaxCookieSize is the number of bytes that the cookie's name and value
	// may have together; a session that needs more fails the response with a
	// [TooLargeError]. Zero means DefaultMaxCookieSize, what browsers keep, and
	// more than that is for visitors that are none: a browser drops such a
	// cookie without a word.
	MaxCookieSize int

	// BackendTimeout is how long one question to a store may take, and how long
	// a save is tried again where other requests keep changing the session. The
	// request fails with [ErrUnavailable] after it. Zero means
	// DefaultBackendTimeout, a negative one no limit.
	BackendTimeout time.Duration

	// Clock tells the time. A store goes by its own clock for all that has
	// expired. Nil means time.Now.
	Clock func() time.Time

	// Logger takes what nobody asked for but somebody should know. It is
	// never given a token or a key; of values, only what the error of a value
	// that could not be encoded or decoded quotes. A store that logs with the context it
	// is given does so while the session is being read or saved: its handler must
	// not use the session. Nil means slog.Default() at the time.
	Logger *slog.Logger

	// ErrorHandler answers a request whose session could not be read or
	// written. What the handler wrote, if the header has not left, is
	// discarded before, so it writes the whole response, beginning with the
	// status: one that writes nothing sends an empty 200. Nil means to log the error and answer 503 for
	// [ErrUnavailable] and 500 for all else.
	//
	// It is also told of [ErrTooLate], when the response can no longer be
	// changed: what it writes then goes nowhere.
	ErrorHandler func(w http.ResponseWriter, r *http.Request, err error)

	// Validate is asked of each session that a cookie brought, once a request,
	// when it is first touched or refreshed: the place to refuse one that was
	// revoked, which a session kept in its cookie cannot be otherwise. It reads
	// the session it is given; what it changes there has no effect, and the
	// request's own session must not be used. [ErrInvalidated], or an error
	// that wraps it, refuses the session: the visitor has an empty one, and the
	// cookie stays. Any other error says that whoever knows could not be asked,
	// and fails the request with [ErrUnavailable]: a database that is down must
	// not sign everybody out.
	Validate func(ctx context.Context, s *Session) error

	// OnFlash is called for each message flashed, once it is kept, with its
	// text: for an audit, say. To count them, [EventFlashed] has the category.
	OnFlash func(ctx context.Context, m Message)

	// Observe is told of what happens to sessions, to be counted and timed. It
	// is called by many goroutines, in the midst of requests, so it should be
	// quick. It may use the session of ctx: to flash that it has expired, say.
	// The reason why a cookie was refused is not for the visitor.
	Observe func(ctx context.Context, e Event)
}

// siteData are the kinds that Clear-Site-Data knows.
var siteData = []string{"cache", "cookies", "storage", "executionContexts", "*"}

// binding is what the backend is told, for one of the cookies.
func (o *Options) binding(c *Cookie) Binding {
	return Binding{
		CookieName: c.Name, Purpose: o.Purpose, Lifetime: o.Lifetime, IdleTimeout: o.IdleTimeout,
		MaxCookieSize: o.MaxCookieSize, Timeout: o.BackendTimeout,
	}
}

// withDefaults returns a checked copy in which no field needs interpretation
// any more, or all that is impossible in it.
func (o *Options) withDefaults() (Options, error) {
	var c Options
	if o != nil {
		c = *o
	}
	c.Lifetime = cmp.Or(c.Lifetime, DefaultLifetime)
	c.BufferSize = cmp.Or(c.BufferSize, DefaultBufferSize)
	c.MaxCookieSize = cmp.Or(c.MaxCookieSize, DefaultMaxCookieSize)
	c.ClockSkew = max(0, cmp.Or(c.ClockSkew, DefaultClockSkew))
	c.BackendTimeout = cmp.Or(c.BackendTimeout, DefaultBackendTimeout)
	if c.Clock == nil {
		c.Clock = time.Now
	}
	var errs []error
	if c.Lifetime < time.Second {
		errs = append(errs, fmt.Errorf("Options.Lifetime is %v; it must be a second or more", c.Lifetime))
	}
	if c.IdleTimeout != 0 && (c.IdleTimeout < time.Second || c.IdleTimeout > c.Lifetime) {
		errs = append(errs, fmt.Errorf("Options.IdleTimeout is %v; it must be a second or more, and not more than Lifetime, %v", c.IdleTimeout, c.Lifetime))
	}
	if c.AbsoluteTimeout != 0 && c.AbsoluteTimeout < time.Second {
		errs = append(errs, fmt.Errorf("Options.AbsoluteTimeout is %v; it must be a second or more", c.AbsoluteTimeout))
	}
	for _, kind := range c.ClearSiteData {
		if !slices.Contains(siteData, kind) {
			errs = append(errs, fmt.Errorf("Options.ClearSiteData has %q; it may have %s", kind, strings.Join(siteData, ", ")))
		}
	}
	c.ClearSiteData = slices.Clone(c.ClearSiteData)
	errs = append(errs, c.Cookie.normalize())
	c.FormerCookies = slices.Clone(c.FormerCookies)
	for i := range c.FormerCookies {
		former := &c.FormerCookies[i]
		if former.Name == "" || former.Name == c.Cookie.Name {
			errs = append(errs, fmt.Errorf("Options.FormerCookies %d is called %q; it must have a name, and another than Cookie", i+1, former.Name))
			continue
		}
		errs = append(errs, former.normalize())
	}
	if c.MaxCookieSize <= len(c.Cookie.Name) {
		errs = append(errs, fmt.Errorf("Options.MaxCookieSize is %d, which leaves nothing for a value beside the name %s", c.MaxCookieSize, c.Cookie.Name))
	}
	if err := errors.Join(errs...); err != nil {
		return Options{}, fmt.Errorf("session: impossible options: %w", err)
	}
	return c, nil
}

func (o *Options) logger() *slog.Logger {
	if o.Logger != nil {
		return o.Logger
	}
	return slog.Default()
}
