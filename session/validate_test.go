package session_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

func TestValidateRefusesASessionThatWasRevoked(t *testing.T) {
	revoked := fmt.Errorf("%w: ada was signed out everywhere", session.ErrInvalidated)
	asked := 0
	v := newVisitor(t, session.Options{Validate: func(ctx context.Context, s *session.Session) error {
		asked++
		if ctx == nil || s.IsNew() {
			t.Error("Validate was asked of a new session, or without a context")
		}
		if name, _ := username.Get(s); name == "ada" {
			return revoked
		}
		username.Set(s, "changed by Validate")
		return nil
	}})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	if asked != 0 {
		t.Errorf("asked %d times of a visitor without a session", asked)
	}
	res := v.with(func(s *session.Session) {
		if name, ok := username.Get(s); ok || !s.IsNew() {
			t.Errorf("a revoked session is read: %q", name)
		}
	})
	if res.StatusCode != 200 || len(res.Cookies()) != 0 || asked != 1 {
		t.Errorf("answered %d with %v, asked %d times", res.StatusCode, res.Header, asked)
	}
	if got := errors.Join(v.refused...); !errors.Is(got, session.ErrInvalidated) || !errors.Is(got, revoked) {
		t.Errorf("refused with %v", got)
	}
	v.with(func(s *session.Session) { username.Set(s, "bob") })
	v.with(func(s *session.Session) {
		if name, _ := username.Get(s); name != "bob" || s.Modified() {
			t.Errorf("a good session has the name %q, modified %v", name, s.Modified())
		}
	})
}

func TestValidateIsNotAskedOfASessionLeftAlone(t *testing.T) {
	v := newVisitor(t, session.Options{Validate: func(context.Context, *session.Session) error {
		t.Error("asked")
		return nil
	}})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	v.with(func(*session.Session) {})
}

func TestAValidateThatCannotTellFailsTheRequest(t *testing.T) {
	v := newVisitor(t, session.Options{Validate: func(context.Context, *session.Session) error {
		return errors.New("the database is down")
	}})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	res := v.with(func(s *session.Session) { username.Get(s) })
	if res.StatusCode != http.StatusServiceUnavailable || len(v.refused) != 0 || !strings.Contains(v.log.String(), "the database is down") {
		t.Errorf("answered %d, refused %v, log %s", res.StatusCode, v.refused, v.log)
	}
}

func TestValidateIsAskedOfSessionsOfAnAcceptedKeyToo(t *testing.T) {
	older := secret.New()
	before := newVisitorOf(t, session.Signed(older), session.Options{})
	before.with(func(s *session.Session) { username.Set(s, "ada") })
	v := newVisitorOf(t, session.Signed(secret.New(), older), session.Options{
		AbsoluteTimeout: time.Hour, Validate: func(context.Context, *session.Session) error { return session.ErrInvalidated },
	})
	v.cookies = before.cookies
	if v.known() || !errors.Is(errors.Join(v.refused...), session.ErrInvalidated) {
		t.Errorf("refused with %v", v.refused)
	}
}

func TestTimeoutsHoldForSessionsOfAnAcceptedKeyToo(t *testing.T) {
	older := secret.New()
	before := newVisitorOf(t, session.Signed(older), session.Options{})
	before.with(func(s *session.Session) { username.Set(s, "ada") })
	v := newVisitorOf(t, session.Signed(secret.New(), older), session.Options{AbsoluteTimeout: time.Hour})
	v.cookies, v.clock = before.cookies, before.clock.Add(2*time.Hour)
	if v.known() || !errors.Is(errors.Join(v.refused...), session.ErrExpired) {
		t.Errorf("refused with %v", v.refused)
	}
}

func TestWhatAPanickingValidateDidNotJudgeIsNotSeen(t *testing.T) {
	backend := session.Signed(secret.New())
	v := newVisitorOf(t, backend, session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	judging := newVisitorOf(t, backend, session.Options{Validate: func(context.Context, *session.Session) error { panic("of the program's own") }})
	judging.cookies = v.cookies
	res := judging.with(func(s *session.Session) {
		func() {
			defer func() { _ = recover() }()
			s.Len()
		}()
		if s.Has("username") || s.Len() != 0 {
			t.Error("a handler that recovers sees a session that nobody has judged")
		}
	})
	if res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("answered %d", res.StatusCode)
	}
}
