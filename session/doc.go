// Package session provides sessions and flash messages for net/http.
//
// Create one [Manager] from a [Backend] and wrap your handler in it:
//
//	sessions, err := session.New(session.Signed(key), nil)
//	...
//	http.ListenAndServe("localhost:8080", sessions.Handler(mux))
//
// In a handler, [From] returns the visitor's [Session]. Declare each value once, as a [Field]:
//
//	const username = session.Field[string]("username")
//
//	s := session.From(r)
//	s.SignIn("42") // at every login, with the user's ID
//	username.Set(s, "ada")
//	s.Flash("You are logged in")
//
// [Signed] stores the values in the cookie: the visitor can read them, and can send an older cookie
// again until it expires. [Sealed] also encrypts them. [Stored] stores them in a [store.Store], and
// only a session ID in the cookie. [Overflow] stores small sessions in the cookie and the others in
// a store. You can rotate keys, and change backends with [Migrate], without signing visitors out.
//
// [Manager.Handler] buffers the header and 64 KiB of the body ([Options.BufferSize]) until the
// handler returns, Flush or Hijack is called, or more is written. It saves the session just before
// it sends the header. In a cookie, later changes are lost, and reported to [Options.Logger] and
// [Options.ErrorHandler]; in a store, they are saved when the handler returns.
//
// If the handler panics, its unsaved changes and its unsent output are discarded, and the changes
// are logged. If your program recovers inside Handler, the session is saved as usual.
package session
