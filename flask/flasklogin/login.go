package flasklogin

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

var _ driver.Login = (*Logins)(nil)

// Owner returns the user who is signed in: the text of what Flask-Login keeps, which is a str, an
// int or a UUID. An ID of another type, or longer than an owner may be, does not count.
func (l *Logins) Owner(v driver.Values) string {
	var id any
	if !v.Get(l.names.user, &id) {
		return ""
	}
	var text string
	switch id := id.(type) {
	case string:
		text = id
	case int64:
		text = strconv.FormatInt(id, 10)
	case json.Number:
		text = id.String()
	case flask.UUID:
		text = id.String()
	}
	if !isOwner(text) {
		return ""
	}
	return text
}

// Arrive judges the session as Flask-Login does when it loads a user: first its protection, then
// the remember cookie if no user is signed in.
func (l *Logins) Arrive(r *http.Request, v driver.Values) {
	if !l.protect(r, v) || l.Owner(v) != "" || l.operation(v) == rememberClear {
		return
	}
	value, ok := cookieValue(r.Header, l.o.Cookie.Name)
	if !ok {
		return
	}
	owner, err := l.OpenToken(value)
	if err != nil {
		// Without the request's context: a handler that used its session would wait for itself.
		l.o.Logger.LogAttrs(context.Background(), slog.LevelDebug, "flasklogin: remember cookie refused", slog.Any("reason", err))
		return
	}
	forget(v)
	v.Set(l.names.user, owner)
	v.Set(freshKey, false)
	v.Set(idKey, l.Identifier(r)) // without it, Strong would end the login at the next request
}

// protect compares "_id" with the request and reports whether the login holds. A session in which
// no user is signed in has nothing to protect, except that Strong refuses the remember cookie too.
func (l *Logins) protect(r *http.Request, v driver.Values) bool {
	if l.o.Protection == Off || v.Len() == 0 {
		return true
	}
	in, strong := l.Owner(v) != "", l.o.Protection == Strong
	if _, came := cookieValue(r.Header, l.o.Cookie.Name); !in && !came {
		return true
	}
	var id string
	if v.Get(idKey, &id) && id == l.Identifier(r) {
		return true
	}
	var permanent bool
	if !strong || v.Get(driver.PermanentKey, &permanent) && permanent {
		var fresh bool
		if in && (!v.Get(freshKey, &fresh) || fresh) {
			v.Set(freshKey, false)
		}
		return true
	}
	forget(v)
	v.Delete(nextKey)
	v.Set(l.names.remember, rememberClear)
	return false
}

// SignIn writes what login_user does, and with [Options.Security] or [Options.Principal] what those
// do. The remember cookie of another user is deleted: it would sign that user in again after the
// session's end.
func (l *Logins) SignIn(r *http.Request, v driver.Values, owner string, at time.Time) error {
	id, err := l.id(owner)
	if err != nil {
		return err
	}
	forget(v)
	v.Set(l.names.user, id)
	v.Set(freshKey, true)
	v.Set(idKey, l.Identifier(r))
	if remembered, ok := l.Remembered(r); ok && remembered != owner {
		v.Set(l.names.remember, rememberClear)
	}
	if l.o.Security {
		v.Set(authTimeKey, float64(at.UnixMicro())/1e6)
		v.Set(csrfKey, rememberSet)
	}
	if l.o.Security || l.o.Principal {
		v.Set(identityKey, id)
		v.Set(authTypeKey, nil)
	}
	return nil
}

// forget removes all that belongs to one user's login.
func forget(v driver.Values) {
	for _, name := range ofOneLogin {
		v.Delete(name)
	}
}

// id returns a user's ID in the type that the session keeps.
func (l *Logins) id(owner string) (any, error) {
	switch l.o.IDs {
	case Int:
		id, err := strconv.ParseInt(owner, 10, 64)
		if err != nil {
			return nil, errors.New("the owner is not an integer, and flasklogin.Options.IDs is Int")
		}
		return id, nil
	case UUID:
		id, err := flask.ParseUUID(owner)
		if err != nil {
			return nil, errors.New("the owner is not a UUID, and flasklogin.Options.IDs is UUID")
		}
		return id, nil
	}
	return owner, nil
}

// SignOut removes what belongs to the user's login, and has the response delete the remember
// cookie, which would sign the user in again.
func (l *Logins) SignOut(_ *http.Request, v driver.Values) {
	forget(v)
	v.Set(l.names.remember, rememberClear)
}

// Leave does what the session says about the remember cookie.
func (l *Logins) Leave(r *http.Request, v driver.Values, at time.Time) (cookie string) {
	if l.o.FlaskWritesCookie {
		return ""
	}
	operation := l.operation(v)
	v.Delete(l.names.remember)
	if operation == rememberClear {
		return l.clearLine()
	}
	owner := l.Owner(v)
	if owner == "" {
		return ""
	}
	if operation != rememberSet {
		if !l.o.Cookie.RefreshEachRequest {
			return ""
		}
		if remembered, ok := l.Remembered(r); !ok || remembered != owner {
			return ""
		}
	}
	return l.setLine(v, owner, at)
}

// operation returns what the session says about the remember cookie.
func (l *Logins) operation(v driver.Values) (operation string) {
	v.Get(l.names.remember, &operation)
	return operation
}

// Fresh reports whether the user signed in by a proof of identity in this session, and was not
// remembered: login_fresh. Ask for the password again before a change of address or password if it
// is false.
func Fresh(s *session.Session) bool {
	return s.Owner() != "" && session.Field[bool](freshKey).GetOr(s, false)
}

// Confirm makes the login of the request's session fresh again, after its user has proved their
// identity once more: confirm_login.
func (l *Logins) Confirm(r *http.Request) {
	s := session.From(r)
	s.Set(freshKey, true)
	s.Set(idKey, l.Identifier(r))
	if l.o.Security {
		s.Set(authTimeKey, float64(time.Now().UnixMicro())/1e6)
	}
}
