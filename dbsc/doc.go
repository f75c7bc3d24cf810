// Package dbsc binds sessions to the device of their browser, so that a stolen cookie stops working
// within minutes: Device Bound Session Credentials (W3C, draft).
//
//	sessions, err := session.New(session.Stored(st), nil)
//	...
//	guard, err := dbsc.New(sessions, &dbsc.Options{Key: key})
//	...
//	http.ListenAndServeTLS(addr, cert, certKey, guard.Handler(mux))
//
// [Guard.Handler] replaces [session.Manager.Handler]. A [session.Session.SignIn] then
// offers the browser to make a key pair, whose private key never leaves the device (in a TPM, if
// it has one). The browser registers the public key, and gets a second cookie that is valid for
// ten minutes. For the next one it signs a challenge. A session that is bound in this way is not
// given to a request without a valid second cookie.
//
// Chrome has the protocol. Safari and Firefox do not know it: their sessions are not bound, and
// work as before.
//
// The binding is a value of the session itself, under a reserved key, so that no request which
// saves the session at the same moment loses it. What the second cookie proves is checked without
// asking a store. docs/dbsc.md has the threat model, a rollout in steps, and what operators see.
package dbsc
