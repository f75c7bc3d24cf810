package dbsc

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wafer-go/wafer/internal/guard"
	"github.com/wafer-go/wafer/itsdangerous"
	"github.com/wafer-go/wafer/secret"
)

const cookiePrefix = guard.CookiePrefix

// tokens makes and checks bound cookies and challenges. Both are signed, so that no store has to
// remember them:
//
//	dbsc.ID.NONCE.TIMESTAMP.SIGNATURE                                   a bound cookie
//	dbsc.ID.NONCE.ALGORITHM.KEY.SINCE.ENFORCED.TIMESTAMP.SIGNATURE      the same, of a session in its cookie
//	PURPOSE.ID.MILLISECONDS.SIGNATURE                                   a challenge
type tokens struct {
	cookie    *itsdangerous.TimestampSigner
	challenge *itsdangerous.Signer
}

func newTokens(scope string, current secret.Key, accept []secret.Key) (tokens, error) {
	if current.IsZero() {
		return tokens{}, errors.New("dbsc: Options.Key is the zero Key; make one with secret.New or secret.FromEnv")
	}
	for i, key := range accept {
		if key.IsZero() {
			return tokens{}, fmt.Errorf("dbsc: Options.Accept[%d] is the zero Key; leave it out", i)
		}
	}
	cookie, challenge, err := guard.Signers(scope, current, accept)
	if err != nil {
		return tokens{}, fmt.Errorf("dbsc: %w", err)
	}
	return tokens{cookie, challenge}, nil
}

// signCookie returns a new value of the bound cookie. No two are the same, because the browser
// reads the same value as a refresh that did not happen.
func (t *tokens) signCookie(b *binding, withKey bool, at time.Time) string {
	var random [8]byte
	_, _ = rand.Read(random[:])
	text := append([]byte(cookiePrefix), b.id...)
	text = base64.RawURLEncoding.AppendEncode(append(text, '.'), random[:])
	if withKey {
		text = b.appendDevice(text)
	}
	return string(t.cookie.SignTail(text, 0, at))
}

// A bound is what a valid bound cookie says.
type bound struct {
	proved time.Time // when the browser proved that it has the key
	rest   string    // the nonce, and what device returns
}

// device returns what binding.parseDevice reads, or nothing.
func (b bound) device() string {
	_, device, _ := strings.Cut(b.rest, ".")
	return device
}

// openCookie verifies a bound cookie of the session with the identifier. It allocates nothing.
func (t *tokens) openCookie(value, id string) (bound, bool) {
	if !strings.HasPrefix(value, cookiePrefix) {
		return bound{}, false
	}
	signed, err := t.cookie.Open(value)
	if err != nil {
		return bound{}, false
	}
	rest, ok := strings.CutPrefix(signed.Value[len(cookiePrefix):], id)
	rest, whole := strings.CutPrefix(rest, ".")
	return bound{signed.SignedAt, rest}, ok && whole
}

// The purposes of a challenge.
const (
	toRegister = "register"
	toRefresh  = "refresh"
)

// signChallenge returns a challenge that is good for one session and one purpose.
func (t *tokens) signChallenge(purpose, id string, at int64) string {
	return t.challenge.Sign(purpose + "." + id + "." + strconv.FormatInt(at, 10))
}

var errChallenge = errors.New("dbsc: the challenge is not one of this session, or stale")

// openChallenge returns when a challenge was made, in milliseconds.
func (t *tokens) openChallenge(challenge, purpose, id string) (at int64, err error) {
	text, err := t.challenge.Unsign(challenge)
	if err != nil {
		return 0, errChallenge
	}
	rest, ok := strings.CutPrefix(text, purpose+"."+id+".")
	if !ok {
		return 0, errChallenge
	}
	if at, err = strconv.ParseInt(rest, 10, 64); err != nil {
		return 0, errChallenge
	}
	return at, nil
}
