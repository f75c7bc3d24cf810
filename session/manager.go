package session

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"weak"

	"github.com/wafer-go/wafer/internal/cookieheader"
	"github.com/wafer-go/wafer/internal/guard"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/age"
	"github.com/wafer-go/wafer/session/internal/content"
	"github.com/wafer-go/wafer/session/internal/moving"
	"github.com/wafer-go/wafer/session/internal/queue"
	"github.com/wafer-go/wafer/session/internal/seen"
)

// A Manager gives the requests of a program their sessions. [New] makes it. It is safe for
// concurrent use by multiple goroutines.
type Manager struct {
	o           Options
	driver      driver.Driver
	info        driver.Info
	codec       driver.Codec
	age         age.Limits
	limits      content.Limits // of messages
	toucher     driver.Toucher // the driver, if it is one
	owners      driver.Owners  // the same
	moving      *moving.Driver // the driver, if there are Options.FormerCookies
	guard       guard.Hooks    // of package dbsc, or nil
	firstCookie bool           // see driver.Info
	refreshes   bool           // a session may have to be saved that nothing used

	arrivesIn             string // the header that Vary names
	prefix, before, after string // of a Set-Cookie line, around value and expiry

	seen   seen.Seen
	queues queue.Queues[passed]

	rivals            atomic.Bool   // another manager of this program has the same cookie
	firstUse, lastUse atomic.Uint64 // in uses, if there are rivals
}

// New returns a Manager that keeps sessions in backend. If opts is nil, the defaults apply; the
// struct is copied. The error names all options that cannot work, or what the backend lacks.
func New(backend Backend, opts *Options) (*Manager, error) {
	if backend == nil {
		return nil, errors.New("session: New needs a backend, such as session.Signed(key)")
	}
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	m := &Manager{o: o, prefix: o.Cookie.Name + "="}
	m.age = age.Limits{
		Lifetime: o.Lifetime, IdleTimeout: o.IdleTimeout, AbsoluteTimeout: o.AbsoluteTimeout, ClockSkew: o.ClockSkew, Clock: o.Clock,
	}
	m.limits = content.Limits{Count: o.MaxFlashes, Bytes: o.MaxFlashBytes}
	if m.driver, err = backend.Open(o.config(&o.Cookie)); err != nil {
		return nil, err
	}
	if len(o.FormerCookies) > 0 {
		m.moving = moving.New(o.config(&o.Cookie), m.driver)
		m.driver = m.moving
	}
	for i := range o.FormerCookies {
		former := &o.FormerCookies[i]
		d, err := backend.Open(o.config(former))
		if err != nil {
			return nil, fmt.Errorf("%w; that is for Options.FormerCookies[%d]", err, i)
		}
		m.moving.Add(d, "the former cookie "+former.Name)
	}
	m.info = m.driver.Info()
	m.codec, m.firstCookie = m.info.Codec, m.info.FirstCookie
	m.toucher, _ = m.driver.(driver.Toucher)
	m.owners, _ = m.driver.(driver.Owners)
	m.refreshes = o.RefreshEachRequest || o.IdleTimeout != 0
	m.arrivesIn = cmp.Or(o.TokenHeader, "Cookie")
	m.before, m.after = o.Cookie.rules().Attributes()
	m.makeKnown()
	return m, nil
}

// managersKnown is how many managers of this program can be asked about a cookie: those that New
// made last.
const managersKnown = 16

// known are the managers of this program. Nothing depends on them, except a warning.
var known struct {
	sync.Mutex
	last [managersKnown]weak.Pointer[Manager]
	next int
}

// uses counts the sessions that managers with rivals looked for, to put them in order.
var uses atomic.Uint64

// makeKnown lets other managers ask m about a cookie.
func (m *Manager) makeKnown() {
	known.Lock()
	defer known.Unlock()
	for _, p := range known.last {
		if other := p.Value(); other != nil && m.sharesCookie(other) {
			other.rivals.Store(true)
			m.rivals.Store(true)
		}
	}
	known.last[known.next%managersKnown] = weak.Make(m)
	known.next++
}

// sharesCookie reports whether a browser has only one cookie for the two managers: what tells its
// cookies apart is the same (RFC 6265bis, section 5.7; Partitioned is CHIPS').
func (m *Manager) sharesCookie(other *Manager) bool {
	a, b := &m.o.Cookie, &other.o.Cookie
	return m.o.TokenHeader == "" && other.o.TokenHeader == "" &&
		a.Name == b.Name && strings.EqualFold(a.Domain, b.Domain) && a.Path == b.Path && a.Partitioned == b.Partitioned
}

// noteUse notes that m looks for a session.
func (m *Manager) noteUse() {
	if m.rivals.Load() {
		now := uses.Add(1)
		m.firstUse.CompareAndSwap(0, now)
		m.lastUse.Store(now)
	}
}

// tokens returns the different tokens that a request brought, or one more than are looked into.
func (m *Manager) tokens(h http.Header, into []string) []string {
	if m.o.TokenHeader == "" {
		return m.cookies(h, m.o.Cookie.Name, into)
	}
	for _, token := range h[m.o.TokenHeader] {
		if token != "" && len(into) < cap(into) && !slices.Contains(into, token) {
			into = append(into, token)
		}
	}
	return into
}

// cookies returns the values of the named cookie that count.
func (m *Manager) cookies(h http.Header, name string, into []string) []string {
	if m.firstCookie {
		return cookieheader.First(h, name, into)
	}
	return cookieheader.Different(h, name, into)
}
