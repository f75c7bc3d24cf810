// Package ginsession gives programs on [Gin] the sessions and flash messages
// of package session.
//
//	r.Use(ginsession.Middleware(sessions))
//
//	func login(c *gin.Context) {
//		s := ginsession.From(c)
//		s.Renew()
//		username.Set(s, c.PostForm("username"))
//		s.Flash("You were successfully logged in")
//		c.Redirect(http.StatusSeeOther, "/")
//	}
//
// All else is package session, and works as it does under net/http: the
// session is read when it is first touched, and written when the response's
// header leaves, which is held back until the handlers after the middleware
// have returned, or Flush, Hijack or a large body send it. Status, Size and
// Written of c.Writer tell, to the handlers and middlewares after this one, what
// they have written, and to those before it, what was sent.
//
// As with any middleware of Gin, r.Use serves the routes that are added after
// it, and the pages for 404 and 405.
//
// # Errors and aborts
//
// A handler that calls c.Error, c.Abort or c.AbortWithStatus has ended like any
// other: what it changed is kept. A middleware that makes a page of c.Errors
// belongs after this one, if the page changes the session; showing a flash does.
//
// Where the session cannot be read or written, the whole response is replaced
// by that of [session.Options.ErrorHandler], or by 503.
//
// # Panics
//
// Where gin.Recovery stands before this middleware, as with gin.Default, what a
// panicking handler changed is dropped and logged, and so is what it wrote.
// Where it stands after, the session is kept.
//
// In debug mode gin.Recovery logs the header of a request that panics, and so
// the cookie: whoever reads that log can sign in as the visitor for as long as
// the session lasts. It masks the Authorization header alone. In release mode
// (GIN_MODE=release) it does so for broken connections and [http.ErrAbortHandler]
// only. gin.RecoveryWithWriter(nil) logs nothing.
//
// # Several middlewares
//
// Two of one manager in one chain act as one. Of two managers, From gives the
// session of the inner one, and each manager's Load its own. HandleContext
// works where the middleware serves the route it leads to as well, as it does
// after r.Use. Where it does not, a change is lost that was made before it and
// needs a new cookie; c.Errors says so.
//
// [Gin]: https://gin-gonic.com
package ginsession
