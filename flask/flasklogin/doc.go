// Package flasklogin has a Go program agree with Flask-Login on who is signed in, in the sessions
// that both share.
//
//	logins, err := flasklogin.New(secretKey, nil)
//	...
//	opts := flask.Defaults()
//	opts.Login = logins
//	sessions, err := session.New(backend, opts)
//
// From then on, [session.Session.Owner] is Flask-Login's user, SignIn is its login_user and SignOut
// its logout_user:
//
//	s.SignIn("42")
//	logins.Remember(s) // with a cookie that outlives the session
//	if s.Owner() != "" && flasklogin.Fresh(s) { ... }
//	s.SignOut()
//
// When a request's session is first used, it is judged as Flask-Login does it: by its protection,
// and by the remember cookie if no user is signed in.
//
// # Flask-Login, in Go
//
//	current_user.get_id()             s.Owner()
//	login_user(user)                  s.SignIn(id)
//	login_user(user, remember=True)   s.SignIn(id), logins.Remember(s)
//	logout_user()                     s.SignOut()
//	login_fresh()                     flasklogin.Fresh(s)
//	confirm_login()                   logins.Confirm(r)
//	@login_required                   flasklogin.Required("/login", handler)
//	@fresh_login_required             flasklogin.FreshRequired("/login", handler)
//
// # Differences
//
//   - SignOut ends the whole session, where logout_user leaves other values in it. What Principal
//     and Flask-Security keep goes with it; left behind by logout_user, it gives the next user the
//     former one's rights. SignIn removes what is left of that.
//   - SignIn removes the values of another user, and deletes that user's remember cookie.
//   - A user whom Go remembers has an "_id". Flask-Login gives none to a user whom it remembers, so
//     that with SESSION_PROTECTION = "strong" the second request ends the login, in both halves.
//   - A session in which no user is signed in is not protected, and so not written.
//   - The remember cookie has Max-Age beside Expires.
//
// # Security
//
// A remember cookie is a permanent password: no sign-out ends a copy of it, and
// [session.Manager.SignOutEverywhere] does not reach the cookies of other browsers. They end if the
// ID in them changes, which can be a random one (Flask-Login's "alternative tokens",
// Flask-Security's fs_uniquifier), or with the secret key. [session.Options.Validate] judges
// remembered users too.
//
// Up to Flask-Login 0.6.3 the visitor's address is the first one of X-Forwarded-For, which a
// visitor can write: have the proxy in front of both halves set that header, and not add to it.
package flasklogin
