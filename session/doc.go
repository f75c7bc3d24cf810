// Package session gives net/http programs a session, which remembers a
// visitor from one request to the next, and messages that are flashed in one
// request and shown in the next, and only the next.
//
// A [Manager] is made once, from a [Backend] and [Options], and wraps the
// program's handler:
//
//	sessions, err := session.New(session.Signed(key), nil)
//	...
//	http.ListenAndServe("localhost:8080", sessions.Handler(mux))
//
// A handler asks for the visitor's [Session] and reads and changes its values,
// best through a [Field], which gives a key its type:
//
//	const username = session.Field[string]("username")
//
//	s := session.From(r)
//	s.SignIn("42") // the user's ID
//	username.Set(s, "ada")
//	s.Flash("You were successfully logged in")
//
// The session is read when it is first touched, and written when the response
// header leaves. A request that leaves it alone costs almost nothing.
//
// # What a visitor can and cannot do
//
// With [Signed], the session travels in the cookie: a visitor can read it but
// cannot change it without the secret key, and can send an old one again until
// it is older than [Options.Lifetime]. Keep no secrets in it. With [Sealed] the
// visitor cannot read it either. With [Stored] the cookie holds an id, and the
// session is in a store: an old copy is worth nothing, concurrent requests keep
// each other's changes (if both set one key, the later save wins), and
// [Manager.SignOutEverywhere] ends it from elsewhere. [Overflow] is a cookie
// that moves to a store when it grows too large.
//
// To rotate keys, accept the old one; to change the backend, use [Migrate].
// Visitors stay signed in.
//
// # The held-back start
//
// The response's header and first bytes (64 KiB, see [Options.BufferSize]) are
// held back until the handler returns, so that a template which reads flashes
// while it is being written still clears them. Flush, Hijack, ReadFrom (io.Copy
// of a file) and a longer body end the holding; what is changed after that
// cannot reach a cookie, and is reported to [Options.Logger] and
// [Options.ErrorHandler]. Changes to the header map still count until the
// holding ends, also after WriteHeader.
//
// # Panics
//
// When a handler panics through [Manager.Handler], what it changed in the
// session is dropped (and logged), what it wrote but did not send is discarded,
// and the panic goes on to whoever recovers outside. A program that recovers
// inside, between Handler and the code that panics, has its session saved as
// in any other response.
package session
