package flasklogin

// What Flask-Login keeps in a session. Its releases before 0.5 had other names for three of them.
const (
	userKey     = "_user_id"
	freshKey    = "_fresh"
	idKey       = "_id" // a hash of the visitor's address and browser
	rememberKey = "_remember"
	secondsKey  = "_remember_seconds"
	nextKey     = "next"

	oldUserKey     = "user_id"
	oldRememberKey = "remember"
	oldSecondsKey  = "remember_seconds"
)

// The values of rememberKey: what the response is to do with the remember cookie.
const (
	rememberSet   = "set"
	rememberClear = "clear"
)

// What Flask-Principal and Flask-Security keep.
const (
	identityKey = "identity.id"
	authTypeKey = "identity.auth_type"
	authTimeKey = "fs_paa" // when the user last proved their identity, in seconds since 1970
	csrfKey     = "fs_cc"  // what the response is to do with Flask-Security's CSRF cookie
)

// ofOneLogin are all keys that belong to one user's login. What is left of them after a sign-out,
// Principal's above all, gives the next user the former one's rights.
var ofOneLogin = []string{
	userKey, freshKey, idKey, rememberKey, secondsKey, oldUserKey, oldRememberKey, oldSecondsKey,
	identityKey, "identity.name", authTypeKey,
	authTimeKey, "fs_gexp", csrfKey,
	"tf_state", "tf_user_id", "tf_primary_method", "tf_remember_login", "tf_totp_secret", "tf_select",
}

// names are the keys that differ between releases.
type names struct{ user, remember, seconds string }

func (r Release) names() names {
	if r == Before05 {
		return names{oldUserKey, oldRememberKey, oldSecondsKey}
	}
	return names{userKey, rememberKey, secondsKey}
}
