package fromflask

import "github.com/wafer-go/wafer/session"

// What Flask-Login keeps in the session.
const (
	loginUser  = session.Field[string]("_user_id") // str(user.id)
	loginFresh = session.Field[bool]("_fresh")     // signed in by password in this session
)

// signIn is login_user(user) if Flask-Login reads the session next.
func signIn(s *session.Session, userID string) {
	s.Renew()
	loginUser.Set(s, userID)
	loginFresh.Set(s, true)
	s.Delete("_id") // Flask-Login's hash of address and browser
}

// signOut is logout_user().
func signOut(s *session.Session) {
	loginUser.Delete(s)
	loginFresh.Delete(s)
	s.Delete("_id")
}
