// Package echosession gives programs on [Echo] v5 the sessions and flash messages of package
// session.
//
//	e.Use(echosession.Middleware(sessions))
//
//	func login(c *echo.Context) error {
//		s := echosession.From(c)
//		s.SignIn(c.FormValue("username")) // in your program, the user's ID
//		username.Set(s, c.FormValue("username"))
//		s.Flash("You were successfully logged in")
//		return c.Redirect(http.StatusSeeOther, "/")
//	}
//
// A session works as under net/http: it is loaded when a handler first uses it, and saved just
// before the response header is sent. The response is buffered until the handlers after the
// middleware have returned, or until Flush, Hijack or a large body sends it.
//
// # Errors
//
// The middleware calls e.HTTPErrorHandler with the error that a handler returned, while the session
// can still be saved. So the handler's changes are kept, the error page has the cookie, and a page
// that shows the flash messages removes them. The middleware then returns the error to the loggers
// outside of it. Echo calls its HTTPErrorHandler with it again, as it does after its own
// RequestLogger. An HTTPErrorHandler can check Committed of [echo.UnwrapResponse]. What it writes
// the second time is dropped, and Echo's logger warns.
//
// Add a middleware that does not answer errors through HTTPErrorHandler after this one.
//
// If the session cannot be loaded or saved, [session.Options.ErrorHandler] writes the whole
// response, or it is a 503.
//
// # Panics
//
// If Echo's Recover is added after this middleware, a panic is an error like any other. If it is
// added before, the changes of the panicking handler are dropped and logged, and so is its output.
// The error page that follows can read the session, as the handler left it, but cannot change it.
//
// # Several middlewares
//
// Two middlewares of one manager in one chain act as one. Of two managers, From returns the session
// of the inner one, and each manager's Load its own. An HTTPErrorHandler that also serves routes
// without a session calls [session.Manager.Load], because From panics there.
//
// # Echo v4
//
// Wrap the whole program, and use [session.From]:
//
//	http.ListenAndServe("localhost:8080", sessions.Handler(e))
//
//	s := session.From(c.Request())
//
// Do not use echo.WrapMiddleware(sessions.Handler), in v4 or in v5. After a panic, it leaves its
// own response in the context, so that Recover's error page can be an empty one of status 200. An
// error page that shows a flash message does not remove it.
//
// [Echo]: https://echo.labstack.com
package echosession
