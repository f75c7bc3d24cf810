package dbsc

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/wafer-go/wafer/internal/guard"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

// ErrNotBound is what [session.Options.ErrorHandler] receives if the session of a request is bound
// to a device and the browser did not prove that it is there, although it was asked. It wraps
// nothing. Without an ErrorHandler the request is answered with 403.
var ErrNotBound = driver.ErrNotBound

// DefaultLifetime is how long a bound cookie is valid, unless Options say otherwise.
const DefaultLifetime = 10 * time.Minute

// Options say how sessions are bound. Only Key is required; of the others the zero value is the
// safe default.
type Options struct {
	// Key signs bound cookies and challenges. It may be the key that signs or encrypts the
	// sessions. All servers that share sessions share it.
	Key secret.Key

	// Accept are further keys whose signatures are valid, as during a rotation.
	Accept []secret.Key

	// Lifetime is how long a bound cookie is valid, and so how long a stolen one works at most.
	// Each refresh costs the visitor one request and the server one signature to verify and, if the
	// session is in a store, one save. Whole seconds count, an hour at most. Zero means
	// DefaultLifetime.
	Lifetime time.Duration

	// Path is below which the two endpoints are, as browsers see it; it ends with a slash. The
	// session's cookie must be sent there. Empty means "dbsc/" below the path of the session's
	// cookie.
	Path string

	// ReportOnly reports a request without its proof, by [session.Options.Observe], and lets it
	// pass: the first step of a rollout. A stolen cookie works as before.
	ReportOnly bool
}

// A Guard binds the sessions of one manager to the devices that their browsers run on. [New] makes
// it. It is safe for concurrent use by multiple goroutines.
type Guard struct {
	sessions *session.Manager
	host     guard.Host
	tokens   tokens

	reportOnly        bool
	register, refresh string // paths, as browsers see them

	cookie, asked string // names
	attributes    string // of both, as the browser is told them
	lifetime      int64  // of a bound cookie, seconds
	leeway        int64  // in which a bound cookie is still valid that a browser sent at its end
	grace         int64  // in which a request may still come that was sent before a registration
}

const (
	maxLifetime = time.Hour
	maxSkew     = 30 // seconds that the clocks of two servers may differ
	maxGrace    = 30 // seconds
	askedAge    = 30 // seconds in which a browser that was asked for a proof must have it
)

// Actions returns all words that a session.EventBound can have as its Name, for counters that are
// to begin at zero.
func Actions() []string { return guard.Actions() }

// New returns a Guard for the sessions of a manager, which judges them from then on, wherever they
// are loaded. Call it once, before the manager serves its first request. The error says which
// option cannot work: there is no key, the cookie is one that browsers do not bind, or the manager
// has a Guard already.
func New(sessions *session.Manager, opts *Options) (*Guard, error) {
	if sessions == nil {
		return nil, errors.New("dbsc: New needs the manager of the sessions")
	}
	var o Options
	if opts != nil {
		o = *opts
	}
	g := &Guard{sessions: sessions, reportOnly: o.ReportOnly}
	err := guard.Install(sessions, func(host guard.Host) (guard.Hooks, error) {
		g.host = host
		return (*hooks)(g), errors.Join(g.setLifetime(o.Lifetime), g.setKeys(o.Key, o.Accept), g.setCookie(), g.setPaths(o.Path))
	})
	if err != nil {
		return nil, err
	}
	return g, nil
}

func (g *Guard) setLifetime(d time.Duration) error {
	if d == 0 {
		d = DefaultLifetime
	}
	if d < time.Second || d > maxLifetime {
		return fmt.Errorf("dbsc: Options.Lifetime is %v; it must be from a second to %v", d, maxLifetime)
	}
	g.lifetime = int64(d / time.Second)
	g.leeway, g.grace = 1+g.lifetime/20, min(g.lifetime, maxGrace)
	return nil
}

func (g *Guard) setKeys(current secret.Key, accept []secret.Key) (err error) {
	g.tokens, err = newTokens(g.host.Scope, current, accept)
	return err
}

// setCookie makes the bound cookie a twin of the session's: browsers send both or neither.
func (g *Guard) setCookie() error {
	if g.host.Partition {
		return errors.New("dbsc: the session's cookie is Partitioned, and browsers bind no such cookie; leave out Cookie.Partitioned")
	}
	if g.host.InHeader {
		return errors.New("dbsc: the manager has a TokenHeader and no cookie, and only browsers can bind sessions; leave those of other clients unbound")
	}
	g.cookie, g.asked = g.host.Cookie+guard.CookieSuffix, g.host.Cookie+"-asked"
	g.attributes = strings.TrimPrefix(g.host.Attributes, "; ")
	for _, needed := range []string{"Secure", "HttpOnly"} {
		if !strings.Contains("; "+g.attributes+";", "; "+needed+";") {
			g.attributes += "; " + needed
		}
	}
	return nil
}

func (g *Guard) setPaths(path string) error {
	under := strings.TrimSuffix(g.host.Path, "/") + "/"
	if path == "" {
		path = under + "dbsc/"
	}
	if !strings.HasPrefix(path, under) || !strings.HasSuffix(path, "/") || strings.ContainsFunc(path, notPath) {
		return fmt.Errorf("dbsc: Options.Path is %q; it must begin with %q, where browsers send the session's cookie, end with a slash, and have only characters of a path", path, under)
	}
	g.register, g.refresh = path+"register", path+"refresh"
	return nil
}

func notPath(r rune) bool { return r != '/' && r != '%' && r != '~' && notPlain(r) }

// Handler returns a handler that answers registrations and refreshes itself. For all other requests
// it replaces [session.Manager.Handler].
//
// If next uses the session, which is bound to a device, and the request has no valid bound cookie,
// next finds an empty session and its response is discarded. The request is redirected to its own
// address, with 307 and the body if it has one, so that the browser proves itself. If it does not,
// the request fails with [ErrNotBound]; if it opened a page, the response also deletes the
// session's cookie in this browser, so that the visitor can sign in again.
//
// If next does not use the session, it answers as before.
func (g *Guard) Handler(next http.Handler) http.Handler {
	guarded := g.sessions.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case at(r, g.register, "/register"):
			g.serve(w, r, g.answerRegistration)
		case at(r, g.refresh, "/refresh"):
			g.serve(w, r, g.answerRefresh)
		default:
			guarded.ServeHTTP(w, r)
		}
	})
}

// at reports whether a request is for a path with the end. Something may have removed the beginning
// of its own: [http.StripPrefix], which leaves the RequestURI, or a proxy.
func at(r *http.Request, path, end string) bool {
	if r.URL == nil || !strings.HasSuffix(r.URL.Path, end) {
		return false
	}
	asked, _, _ := strings.Cut(r.RequestURI, "?")
	own, prefix := r.URL.EscapedPath(), strings.TrimRight(r.Header.Get("X-Forwarded-Prefix"), "/")
	return own == path || asked == path || prefix+own == path
}
