package driver

import (
	"net/http"
	"time"
)

// A Login keeps in a session who is signed in as another program does, for example as Flask-Login:
// with session.Options.Login, Session.SignIn, SignOut and Owner agree with that program.
//
// Its methods read and change the values that they are given, and call nothing else of the session:
// it is locked. What they change is one edit of the session: if another request saved the session
// first, they are called again, with fresher values. They are safe for concurrent use by multiple
// goroutines.
type Login interface {
	// Owner returns the user who is signed in, or the empty string.
	Owner(v Values) string

	// Arrive is called once for each request that uses its session, before any method of the
	// session returns a value: to sign a remembered user in, or one out whose browser is another.
	// If it changes the owner, that counts as a sign-in.
	Arrive(r *http.Request, v Values)

	// SignIn makes owner the user who is signed in, from the time at on. The values of another user
	// have been removed. An error, for an owner that cannot be one in the other program, fails the
	// response.
	SignIn(r *http.Request, v Values, owner string, at time.Time) error

	// SignOut removes the user who is signed in. Session.SignOut has removed all values before, and
	// one that SignOut sets is a value of the session that follows.
	SignOut(r *http.Request, v Values)

	// Leave is called once for each request that has used its session, just before the session is
	// saved and the header is sent with it. It returns a Set-Cookie line, or the empty string.
	Leave(r *http.Request, v Values, at time.Time) (cookie string)
}

// Values are the values of a session.
type Values interface {
	// Len returns how many there are.
	Len() int

	// Get decodes the value at key into the non-nil pointer into, and reports whether there is one
	// that fits.
	Get(key string, into any) bool

	// Set sets the value at key. One that cannot be encoded fails the response.
	Set(key string, value any)

	// Delete removes the value at key.
	Delete(key string)
}
