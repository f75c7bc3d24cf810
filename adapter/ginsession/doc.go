// Package ginsession gives programs on [Gin] the sessions and flash messages of package session.
//
//	r.Use(ginsession.Middleware(sessions))
//
//	func login(c *gin.Context) {
//		s := ginsession.From(c)
//		s.SignIn(c.PostForm("username")) // in your program, the user's ID
//		username.Set(s, c.PostForm("username"))
//		s.Flash("You were successfully logged in")
//		c.Redirect(http.StatusSeeOther, "/")
//	}
//
// A session works as under net/http: it is loaded when a handler first uses it, and saved just
// before the response header is sent. The response is buffered until the handlers after the
// middleware have returned, or until Flush, Hijack or a large body sends it. Status, Size and
// Written of c.Writer tell the handlers after this middleware what they have written, and those
// before it what was sent.
//
// As with any middleware of Gin, r.Use serves the routes that are added after it, and the pages for
// 404 and 405.
//
// # Errors and aborts
//
// The changes of a handler that calls c.Error, c.Abort or c.AbortWithStatus are kept. Add a
// middleware that makes a page of c.Errors after this one if the page changes the session. Showing
// a flash message is such a change.
//
// If the session cannot be loaded or saved, [session.Options.ErrorHandler] writes the whole
// response, or it is a 503.
//
// # Panics
//
// If gin.Recovery is added before this middleware, as in gin.Default, the changes of a panicking
// handler are dropped and logged, and so is its output. If it is added after, the changes are kept.
//
// In debug mode, gin.Recovery logs the header of a request that panics, with the cookie. Anyone who
// reads that log can sign in as the visitor until the session expires. Gin masks only the
// Authorization header. In release mode (GIN_MODE=release), it logs the header only for broken
// connections and [http.ErrAbortHandler]. gin.RecoveryWithWriter(nil) logs nothing.
//
// # Several middlewares
//
// Two middlewares of one manager in one chain act as one. Of two managers, From returns the session
// of the inner one, and each manager's Load its own. HandleContext works if the middleware also
// serves the route that it leads to, as it does after r.Use. If not, a change before HandleContext
// that needs a new cookie is lost, and c.Errors says so.
//
// [Gin]: https://gin-gonic.com
package ginsession
