// Package fibersession gives programs on [Fiber] v3 the sessions and flash
// messages of package session.
//
//	app.Use(fibersession.Middleware(sessions))
//
//	func login(c fiber.Ctx) error {
//		s := fibersession.From(c)
//		s.Renew()
//		username.Set(s, c.FormValue("username"))
//		s.Flash("You were successfully logged in")
//		return c.Redirect().Status(fiber.StatusSeeOther).To("/")
//	}
//
// All else is package session, and works as it does under net/http: the
// session is read when it is first touched, and written when the handlers after
// the middleware have returned. Fiber holds the whole response back until then,
// so [session.Options.BufferSize] has no effect.
//
// # Errors
//
// An error that a handler returns is given to the app's ErrorHandler within the
// middleware, before the session is written, and goes no further, as with
// Fiber's own logger. So what the handler changed is kept, the error page has
// the cookie, and a page that shows the flashes clears them. A middleware that
// looks at the error of c.Next(), to roll a transaction back, say, belongs
// after this one.
//
// Where the session cannot be read or written, the whole response is replaced
// by that of [session.Options.ErrorHandler], or by 503. It is given an
// *http.Request with the method, address, headers and context of the visitor's,
// and no body.
//
// # Panics
//
// Where Fiber's recover middleware stands before this one, what a panicking
// handler changed is dropped and logged, and so is what it wrote. Where it
// stands after this one, the panic is an error like any other.
//
// # Other middlewares
//
// Fiber's cache belongs before this middleware, where it sees that a response
// has a cookie and is not to be kept. Fiber's timeout belongs after it: one that
// stands before has answered when the session is written, and its cookie reaches
// nobody.
//
// # Streams and WebSockets
//
// The function given to SendStreamWriter, and a hijacked connection, go on when
// the handlers have returned and the session was written. What they change in a
// session that is kept in the cookie cannot reach the visitor, and is reported
// as [session.ErrTooLate]. A session in a store is saved when the response has
// been written, or the connection given back; call [session.Session.Save] to
// have it saved before, to learn of errors, and for what a stream changes when
// the visitor has gone away. Ask for the session before the stream begins: a
// fiber.Ctx is not valid in it.
//
// c.End and c.Drop end the response themselves, before the session is written. A
// session in its cookie is lost by that, and slog's default logger is told.
//
// [Fiber]: https://gofiber.io
package fibersession
