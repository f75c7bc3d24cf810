package session_test

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

const flaskKey = "8c1fb2a07d4e93b65a12f7c0d3e8496b7f"

func flaskCookies(t testing.TB) session.Backend {
	t.Helper()
	b, err := flask.Cookies(flaskKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// countOf counts the events of a kind.
func countOf(kind session.EventKind, n *int) func(context.Context, session.Event) {
	return func(_ context.Context, e session.Event) {
		if e.Kind == kind {
			*n++
		}
	}
}

func TestMigratingSignsNobodyOut(t *testing.T) {
	key, older := secret.New(), secret.New()
	name := session.Options{Cookie: session.Cookie{Name: "s"}}
	for what, tt := range map[string]struct{ to, from session.Backend }{
		"signed to sealed": {session.Sealed(key), session.Signed(key)},
		"sealed to signed": {session.Signed(key), session.Sealed(older)},
		"Flask to sealed":  {session.Sealed(key), flaskCookies(t)},
		"Flask to signed":  {session.Signed(key), flaskCookies(t)},
		"signed to Flask":  {flaskCookies(t), session.Signed(key)},
	} {
		before := newVisitorOf(t, tt.from, name)
		before.with(func(s *session.Session) {
			username.Set(s, "adä 😀")
			s.Set("list", []any{1, "x", nil, 1.5})
			s.Set("zé", true)
			s.SetPermanent(true)
			s.FlashAs("info", "<one>")
			s.FlashHTML("info", "<b>")
		})
		told := 0
		o := name
		o.Observe = countOf(session.EventAccepted, &told)
		during := newVisitorOf(t, session.Migrate(tt.to, session.Signed(secret.New()), tt.from), o)
		during.cookies = before.cookies
		during.with(func(s *session.Session) { username.Get(s) })
		if !slices.Equal(during.cookies, before.cookies) {
			t.Errorf("%s: reading wrote the session", what)
		}
		if told != 1 {
			t.Errorf("%s: Observe was told %d times of one session", what, told)
		}
		during.with(func(s *session.Session) { visits.Set(s, 1) })
		after := newVisitorOf(t, tt.to, name)
		after.cookies = during.cookies
		after.with(func(s *session.Session) {
			who, _ := username.Get(s)
			list, _ := session.Field[[]any]("list").Get(s)
			if who != "adä 😀" || len(list) != 4 || !s.Permanent() || !s.Has("zé") || !s.Has("visits") {
				t.Errorf("%s: the session has %q, %q, %v", what, s.Keys(), who, list)
			}
			messages := s.Flashes()
			if len(messages) != 2 || !reflect.DeepEqual(messages[0], session.Message{Category: "info", Text: "<one>"}) || !reflect.DeepEqual(messages[1], session.Message{Category: "info", Text: "<b>", Markup: true}) {
				t.Errorf("%s: the flashes are %+v", what, messages)
			}
		})
	}
}

func TestACookieThatNoBackendTakesIsRefusedForTheNewOnesReason(t *testing.T) {
	key := secret.New()
	v := newVisitorOf(t, session.Migrate(session.Signed(key), session.Sealed(key)), session.Options{Lifetime: time.Hour})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	good := v.cookies[0]
	v.cookies = []string{good[:len(good)-1]}
	v.with(func(s *session.Session) {
		if !s.IsNew() {
			t.Error("a forged cookie was taken")
		}
	})
	v.cookies, v.clock = []string{good}, v.clock.Add(2*time.Hour)
	v.with(func(s *session.Session) {
		if !s.IsNew() {
			t.Error("an expired cookie was taken")
		}
	})
	if len(v.refused) != 2 || !errors.Is(v.refused[0], session.ErrBadSignature) || !errors.Is(v.refused[1], session.ErrExpired) {
		t.Errorf("refused with %v", v.refused)
	}
}

func TestAValueThatCannotBeCarriedOverIsNamed(t *testing.T) {
	name := session.Options{Cookie: session.Cookie{Name: "s"}}
	before := newVisitorOf(t, flaskCookies(t), name)
	before.with(func(s *session.Session) { s.Set("ratio", math.NaN()) })
	during := newVisitorOf(t, session.Migrate(session.Signed(secret.New()), flaskCookies(t)), name)
	during.cookies = before.cookies
	during.with(func(s *session.Session) {
		if !s.IsNew() {
			t.Error("the session was taken")
		}
	})
	if !errors.Is(errors.Join(during.refused...), session.ErrBadPayload) || !strings.Contains(during.log.String(), "level=ERROR") || !strings.Contains(during.log.String(), "ratio") {
		t.Errorf("refused with %v, log %s", during.refused, during.log)
	}
}

func TestMigrateFailsAtStartWhereABackendDoes(t *testing.T) {
	good := session.Signed(secret.New())
	for what, b := range map[string]session.Backend{
		"no backend": session.Migrate(nil, good), "no old backend": session.Migrate(good, nil),
		"zero key": session.Migrate(session.Signed(secret.Key{})), "old zero key": session.Migrate(good, session.Sealed(secret.Key{})),
	} {
		if _, err := session.New(b, nil); err == nil {
			t.Errorf("%s: New made a manager", what)
		}
	}
}

func TestReissueOnReadWritesWhatAnAcceptedKeySignedOnce(t *testing.T) {
	older, newer := secret.New(), secret.New()
	before := newVisitorOf(t, session.Signed(older), session.Options{})
	before.with(func(s *session.Session) { username.Set(s, "ada") })
	told := 0
	v := newVisitorOf(t, session.Signed(newer, older), session.Options{ReissueOnRead: true, Observe: countOf(session.EventAccepted, &told)})
	v.cookies = before.cookies
	if res := v.with(func(*session.Session) {}); len(res.Cookies()) != 0 {
		t.Error("a session left alone was written")
	}
	if res := v.with(func(s *session.Session) { username.Get(s) }); len(res.Cookies()) != 1 || res.Header.Get("Vary") != "Cookie" {
		t.Errorf("the header is %v", res.Header)
	}
	if res := v.with(func(s *session.Session) { username.Get(s) }); len(res.Cookies()) != 0 {
		t.Error("it was written twice")
	}
	if logged := strings.Count(v.log.String(), "cookie was written with an accepted key"); logged != 1 || told != 1 {
		t.Errorf("logged %d times, told %d times", logged, told)
	}
	only := newVisitorOf(t, session.Signed(newer), session.Options{})
	only.cookies = v.cookies
	only.with(func(s *session.Session) {
		if name, _ := username.Get(s); name != "ada" {
			t.Errorf("username is %q", name)
		}
	})
}
