package dbsc

import (
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
)

// What is signed for one manager, session or purpose is worth nothing for another.
func TestTokens_AreOfOneScopeSessionAndPurpose(t *testing.T) {
	key, at := secret.New(), time.Unix(1_800_000_000, 0)
	id, other := strings.Repeat("A", idLength), strings.Repeat("B", idLength)
	scoped := func(scope string, key secret.Key) *tokens {
		made, err := newTokens(scope, key, nil)
		if err != nil {
			t.Fatal(err)
		}
		return &made
	}
	own := scoped("s", key)
	cookie, challenge := own.signCookie(&binding{id: id}, false, at), own.signChallenge(toRefresh, id, 7)
	for what, tt := range map[string]struct {
		tokens      *tokens
		id, purpose string
		good        bool
	}{
		"its own":         {own, id, toRefresh, true},
		"another scope":   {scoped("s:purpose", key), id, toRefresh, false},
		"another key":     {scoped("s", secret.New()), id, toRefresh, false},
		"another session": {own, other, toRefresh, false},
		"no session":      {own, "", toRefresh, false},
	} {
		if found, ok := tt.tokens.openCookie(cookie, tt.id); ok != tt.good || ok && !found.proved.Equal(at) {
			t.Errorf("%s: the bound cookie is read as %+v, %v", what, found, ok)
		}
		if made, err := tt.tokens.openChallenge(challenge, tt.purpose, tt.id); (err == nil) != tt.good || err == nil && made != 7 {
			t.Errorf("%s: the challenge is of %d, %v", what, made, err)
		}
	}
	if _, err := own.openChallenge(challenge, toRegister, id); err == nil {
		t.Error("a challenge for a refresh is good for a registration")
	}
	if _, err := own.openChallenge(own.signChallenge(toRegister, id, 7), toRefresh, id); err == nil {
		t.Error("a challenge for a registration is good for a refresh")
	}
	if text, err := own.challenge.Unsign(cookie); err == nil {
		t.Errorf("a bound cookie is signed as the challenge %q is", text)
	}
}
