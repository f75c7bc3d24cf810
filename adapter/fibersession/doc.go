// Package fibersession gives programs on [Fiber] v3 the sessions and flash messages of package
// session.
//
//	app.Use(fibersession.Middleware(sessions))
//
//	func login(c fiber.Ctx) error {
//		s := fibersession.From(c)
//		s.SignIn(c.FormValue("username")) // in your program, the user's ID
//		username.Set(s, c.FormValue("username"))
//		s.Flash("You were successfully logged in")
//		return c.Redirect().Status(fiber.StatusSeeOther).To("/")
//	}
//
// A session works as under net/http: it is loaded when a handler first uses it, and saved when the
// handlers after the middleware have returned. Fiber buffers the whole response until then, so
// [session.Options.BufferSize] has no effect.
//
// # Errors
//
// The middleware calls the app's ErrorHandler with the error that a handler returned, before it
// saves the session, and returns nil, as Fiber's own logger does. So the handler's changes are
// kept, the error page has the cookie, and a page that shows the flash messages removes them. Add a
// middleware that uses the error of c.Next(), for example to roll back a transaction, after this
// one.
//
// If the session cannot be loaded or saved, [session.Options.ErrorHandler] writes the whole
// response, or it is a 503. The *http.Request that it receives has the method, address, headers and
// context of the visitor's, and no body.
//
// # Panics
//
// If Fiber's recover middleware is added before this one, the changes of a panicking handler are
// dropped and logged, and so is its output. If it is added after this one, the panic is an error
// like any other.
//
// # Caches and timeouts
//
// Add Fiber's cache before this middleware: it must see that a response has a cookie or varies by
// cookie. Add Fiber's timeout after this middleware: one that was added before has answered when
// the session is saved, and the visitor does not get its cookie. A handler that goes on after its
// timeout can use its session; in Fiber it must not write to the response.
//
// Fiber's timeout runs what is added after it in another goroutine, and writes its answer to the
// same response without waiting for it. So all that writes to the response there before the timeout
// is a data race, with any middleware or none. This middleware writes to it before and after the
// handlers, and does not once the timeout has answered.
//
// # Streams and WebSockets
//
// The function given to SendStreamWriter, and a hijacked connection, go on after the handlers have
// returned and the session was saved. If the session is in a cookie, a change there is too late,
// and is reported as [session.ErrTooLate]. A session in a store is saved when the response has been
// written, or the connection is given back. Call [session.Session.Save] to save it earlier, to
// learn of errors, and for changes after the visitor has gone away. Call From before the stream
// begins: a fiber.Ctx is not valid in it.
//
// c.End and c.Drop send the response before the session is saved. The visitor does not get the
// cookie, and slog's default logger says so.
//
// [Fiber]: https://gofiber.io
package fibersession
