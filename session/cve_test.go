package session_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// The tests of this file are named after weaknesses that other session
// libraries had. docs/security.md lists them, with those that other tests
// hold.

// CVE-2023-30861 (Flask): a session that was only refreshed set a cookie without Vary.
func TestCVE2023_30861ARefreshedCookieHasVary(t *testing.T) {
	for name, o := range map[string]session.Options{"refreshed": {RefreshEachRequest: true}, "idle": {IdleTimeout: time.Minute}} {
		v := newVisitor(t, o)
		v.with(func(s *session.Session) { s.SetPermanent(true) })
		v.clock = v.clock.Add(30 * time.Second)
		if res := v.with(func(*session.Session) {}); len(res.Cookies()) != 1 || res.Header.Get("Vary") != "Cookie" {
			t.Errorf("%s: the header is %v", name, res.Header)
		}
	}
}

// CVE-2025-47278 (Flask): with fallback keys, the oldest one signed.
func TestCVE2025_47278TheCurrentKeySigns(t *testing.T) {
	current, older, oldest := secret.New(), secret.New(), secret.New()
	for name, backend := range map[string]func(secret.Key, ...secret.Key) session.Backend{"Signed": session.Signed, "Sealed": session.Sealed} {
		v := newVisitorOf(t, backend(current, older, oldest), session.Options{})
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		for key, want := range map[string]session.Backend{"current": backend(current), "older": backend(older), "oldest": backend(oldest)} {
			w := newVisitorOf(t, want, session.Options{})
			w.cookies = v.cookies
			if got := w.known(); got != (key == "current") {
				t.Errorf("%s: the %s key reads a new cookie: %v", name, key, got)
			}
		}
	}
}

// CVE-2026-39324 (Rack): where decryption failed, a plain decoder was tried.
func TestCVE2026_39324NothingPlainIsTakenForSealed(t *testing.T) {
	key := secret.New()
	v := newVisitorOf(t, session.Sealed(key), session.Options{})
	signed := newVisitorOf(t, session.Signed(key), session.Options{})
	signed.with(func(s *session.Session) { username.Set(s, "ada") })
	const payload = `{"username":"ada"}`
	for _, value := range []string{payload, base64.RawURLEncoding.EncodeToString([]byte(payload)), strings.TrimPrefix(signed.cookies[0], "__Host-session=")} {
		v.cookies = []string{"__Host-session=" + value}
		if v.known() {
			t.Errorf("took %q", value)
		}
	}
}

// CVE-2026-25899 (Fiber): a length before the authenticated part was believed.
func TestCVE2026_25899NothingIsInflatedBeforeItIsVerified(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { username.Set(s, strings.Repeat("a", 15_000)) })
	if len(v.cookies) == 0 {
		t.Fatal("the large session was not compressed into a cookie")
	}
	last := v.cookies[0][len(v.cookies[0])-1:]
	forged := []string{strings.TrimSuffix(v.cookies[0], last) + map[bool]string{true: "E", false: "A"}[last == "A"]}
	handler := func(s *session.Session) { s.Has("username") }
	v.cookies = forged
	const times = 20
	bytes := allocated(func() {
		for range times {
			v.log.Reset()
			v.with(handler)
			v.cookies = forged
		}
	}) / times
	if bytes > 100_000 {
		t.Errorf("refusing a forged bomb of 900,000 bytes allocates %d", bytes)
	}
	if len(v.refused) == 0 || !errors.Is(v.refused[0], session.ErrBadSignature) {
		t.Error("the forged bomb was not refused for its signature")
	}
}

// CVE-2025-66630 (Fiber): where secure randomness failed, weak randomness was
// used. crypto/rand does not fail since Go 1.24: it ends the program.
func TestCVE2025_66630NoWeakRandomnessIsImported(t *testing.T) {
	weak := regexp.MustCompile(`"math/rand(/v2)?"`)
	files := 0
	for _, folder := range []string{".", "../seal", "../secret", "../itsdangerous", "../flask"} {
		sources, err := filepath.Glob(folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range sources {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			files++
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if weak.Match(text) {
				t.Errorf("%s imports weak randomness", file)
			}
		}
	}
	if files == 0 {
		t.Error("found no sources")
	}
}

// CVE-2023-23934 (Werkzeug): a cookie without a name was taken for one with it.
func TestCVE2023_23934ANamelessCookieIsNoSession(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	good := v.cookies[0]
	for _, header := range []string{"=" + good, " =" + good, "; =" + good} {
		v.cookies = []string{header}
		if v.known() {
			t.Errorf("took %q", header)
		}
	}
}

// CVE-2015-5143 (Django): a request that left its session empty had one made.
func TestCVE2015_5143AnEmptySessionIsKeptNowhere(t *testing.T) {
	f := &faulty{Backend: session.Signed(secret.New()), save: errors.New("asked to save")}
	v := newVisitorOf(t, f, session.Options{RefreshEachRequest: true, IdleTimeout: time.Minute, AbsoluteTimeout: time.Hour, ReissueOnRead: true})
	for name, touch := range map[string]func(s *session.Session){
		"left alone": func(*session.Session) {}, "read": func(s *session.Session) { s.Flashes() }, "renewed": (*session.Session).Renew,
		"set and deleted": func(s *session.Session) { s.Set("a", 1); s.Delete("a") },
	} {
		if res := v.with(touch); res.StatusCode != http.StatusOK {
			t.Errorf("%s: answered %d", name, res.StatusCode)
		}
	}
}
