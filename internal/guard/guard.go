// Package guard is what package session and package dbsc agree on: how the one lets the other bind
// its sessions to a device.
package guard

import (
	"context"
	"crypto/sha256"
	"net/http"
	"time"

	"github.com/wafer-go/wafer/itsdangerous"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session/inspect"
)

// Hooks are called by a session.Manager. A binding is the text at driver.BindingKey, or empty. None
// is called under a session's lock, except those that say so: they must not use the session.
type Hooks interface {
	// Offer returns the binding that a sign-in sets, under the lock.
	Offer() string

	// SignedIn and SignedOut add to h, the header of the response to a request that signs in or
	// out, under the lock.
	SignedIn(h http.Header, binding string)
	SignedOut(h http.Header, r *http.Request)

	// Admit judges a session that a cookie brought, at a time in Unix seconds. An error that wraps
	// driver.ErrNotBound fails the request. A binding that it returns is set.
	Admit(r *http.Request, binding string, at int64) (heal string, err error)

	// Answer answers a request that Admit did not admit, or adds to w's header what the error page
	// is to carry. Forget asks that the session's cookie is deleted in this browser.
	Answer(w http.ResponseWriter, r *http.Request) (answered, forget bool)

	// Describe says what the inspector shows.
	Describe(r *http.Request, binding string) inspect.Binding
}

// Install has the hooks that open returns judge the sessions of a *session.Manager. The error is
// that of open, or says that the manager has hooks already. Package session sets it.
var Install func(manager any, open func(Host) (Hooks, error)) error

// A Host is what a manager offers to its hooks.
type Host struct {
	Cookie     string // the session cookie's name
	Scope      string // the name and the purpose; see driver.Config
	Domain     string
	Path       string
	Attributes string // of the session's cookie, as in Set-Cookie, without the expiry; begins with "; "
	Partition  bool   // it is Partitioned
	InHeader   bool   // there is no cookie; see session.Options.TokenHeader

	// Now is the time by session.Options.Clock.
	Now func() time.Time

	// Observe reports an action, one of Actions.
	Observe func(ctx context.Context, action string, err error)

	// Fail answers a request with an error, as if its session could not be loaded.
	Fail func(w http.ResponseWriter, r *http.Request, err error)

	// Outside returns r without its session, so that Load finds one which Admit does not judge.
	Outside func(r *http.Request) *http.Request
}

// Tools that read a bound cookie need these: its name is the session cookie's and CookieSuffix, and
// its value begins with CookiePrefix.
const (
	CookieSuffix = "-bound"
	CookiePrefix = "dbsc."
)

// The salts, with the scope behind them, separate what is signed from all else that is signed with
// the same key.
const (
	cookieSalt    = "wafer.dbsc.cookie:"
	challengeSalt = "wafer.dbsc.challenge:"
)

// Signers returns what signs bound cookies and challenges of a scope, which driver.Config has. They
// accept what an accepted key signed, too.
func Signers(scope string, current secret.Key, accepted []secret.Key) (cookie *itsdangerous.TimestampSigner, challenge *itsdangerous.Signer, err error) {
	others := make([][]byte, len(accepted))
	for i, key := range accepted {
		others[i] = key.Bytes()
	}
	options := func(salt string) *itsdangerous.Options {
		return &itsdangerous.Options{Salt: salt + scope, Digest: sha256.New, Derivation: itsdangerous.HMAC}
	}
	if cookie, err = itsdangerous.NewTimestampSigner(current.Bytes(), options(cookieSalt), others...); err != nil {
		return nil, nil, err
	}
	challenge, err = itsdangerous.NewSigner(current.Bytes(), options(challengeSalt), others...)
	return cookie, challenge, err
}

// The actions: what can happen to a binding. The words do not change, because alerts are made of
// them.
const (
	Offered    = "offered"    // a response asked the browser to register a key
	Registered = "registered" // a browser registered one
	Refreshed  = "refreshed"  // it proved that it has the key, and got a new cookie
	Challenged = "challenged" // it was asked to prove it again, over a fresh challenge
	Rejected   = "rejected"   // a registration or a proof was not accepted, for Err
	Ended      = "ended"      // the browser was told that the session has ended
	Missing    = "missing"    // a request came without a valid bound cookie
	Skipped    = "skipped"    // the same, and the browser said that it could not refresh
	Asked      = "asked"      // it was answered with a redirect that makes the browser prove itself
	Healed     = "healed"     // a binding that an older response had overwritten was restored
)

// Actions returns all of them.
func Actions() []string {
	return []string{Offered, Registered, Refreshed, Challenged, Rejected, Ended, Missing, Skipped, Asked, Healed}
}
