package flaskwtf

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"html/template"
	"time"

	"github.com/wafer-go/wafer/itsdangerous"
	"github.com/wafer-go/wafer/session"
)

// secretBytes is how many random bytes the session's token has, in hex.
const secretBytes = 20

// Token returns a token for a form, or for a header that a script sends. The first one of a session
// puts the secret into it that the tokens of both halves are bound to.
func (p *Protection) Token(s *session.Session) string {
	secret, ok := p.secret(s)
	if !ok {
		var random [secretBytes]byte
		_, _ = rand.Read(random[:]) // it never fails
		secret = hex.EncodeToString(random[:])
		s.Set(p.o.FieldName, secret)
	}
	token, _ := p.tokens.Dump(secret) // a string is always written
	return token
}

// secret returns what the session's tokens are bound to.
func (p *Protection) secret(s *session.Session) (string, bool) {
	secret, ok := session.Field[string](p.o.FieldName).Get(s)
	return secret, ok && secret != ""
}

// Field returns a form's hidden field with a token.
func (p *Protection) Field(s *session.Session) template.HTML {
	return template.HTML(`<input type="hidden" name="` + template.HTMLEscapeString(p.o.FieldName) + // #nosec G203 -- escaped
		`" value="` + p.Token(s) + `">`)
}

// Funcs returns functions for templates. Add them before parsing; the argument of each is the
// session:
//
//	<form method="post">{{csrf_field .Session}} ...</form>
//	<meta name="csrf-token" content="{{csrf_token .Session}}">
//
// csrf_field is [Protection.Field], csrf_token is [Protection.Token].
func (p *Protection) Funcs() template.FuncMap {
	return template.FuncMap{"csrf_field": p.Field, "csrf_token": p.Token}
}

// judge returns why a token is not one of the session's.
func (p *Protection) judge(s *session.Session, token string) error {
	secret, ok := p.secret(s)
	if !ok {
		return ErrNoSession
	}
	return p.compare(secret, token)
}

// compare returns why a token is not one of the secret's.
func (p *Protection) compare(secret, token string) error {
	var signed string
	_, err := p.tokens.Load(token, p.o.TimeLimit.Truncate(time.Second), &signed)
	switch {
	case errors.Is(err, itsdangerous.ErrSignatureExpired):
		return ErrExpired
	case err != nil:
		return ErrInvalid
	case !hmac.Equal([]byte(secret), []byte(signed)):
		return ErrMismatch
	}
	return nil
}
