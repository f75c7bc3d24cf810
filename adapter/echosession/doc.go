// Package echosession gives programs on [Echo] v5 the sessions and flash
// messages of package session.
//
//	e.Use(echosession.Middleware(sessions))
//
//	func login(c *echo.Context) error {
//		s := echosession.From(c)
//		s.Renew()
//		username.Set(s, c.FormValue("username"))
//		s.Flash("You were successfully logged in")
//		return c.Redirect(http.StatusSeeOther, "/")
//	}
//
// All else is package session, and works as it does under net/http: the
// session is read when it is first touched, and written when the response's
// header leaves, which is held back until the handlers after the middleware
// have returned, or Flush, Hijack or a large body send it.
//
// # Errors
//
// An error that a handler returns is given to e.HTTPErrorHandler within the
// middleware, while the session can still be written. So what the handler
// changed is kept, the error page has the cookie, and a page that shows the
// flashes clears them. The error is then returned, for the loggers before the
// middleware. Echo calls its HTTPErrorHandler with it once more, as it does
// after its own RequestLogger: one that has to know looks at Committed of
// [echo.UnwrapResponse]. What it writes then is dropped, and Echo's logger told.
//
// A middleware that answers an error in another way than HTTPErrorHandler
// belongs after this one.
//
// Where the session cannot be read or written, the whole response is replaced
// by that of [session.Options.ErrorHandler], or by 503.
//
// # Panics
//
// Where Echo's Recover stands after this middleware, a panic is an error like
// any other. Where it stands before, what the panicking handler changed is
// dropped and logged, and so is what it wrote; the error page that follows can
// read the session, as the handler left it, and not change it.
//
// # Several middlewares
//
// Two of one manager in one chain act as one. Of two managers, From gives the
// session of the inner one, and each manager's Load its own. An HTTPErrorHandler
// that also serves routes without a session asks [session.Manager.Load], for
// From panics there.
//
// # Echo v4
//
// A program on Echo v4 wraps all of it, and uses [session.From]:
//
//	http.ListenAndServe("localhost:8080", sessions.Handler(e))
//
//	s := session.From(c.Request())
//
// echo.WrapMiddleware(sessions.Handler) is not enough, in v4 and in v5: it
// does not give the context its own response back when a handler panics, so
// that Recover's error page can be an empty one of status 200, and a flash that
// an error page shows is shown again.
//
// [Echo]: https://echo.labstack.com
package echosession
