package dbsc

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

// value is the session's value that has its binding. It is one that sessions reserve, so that
// nothing but a sign-in, a sign-out and this package changes it.
const value = session.Field[string](driver.BindingKey)

// A binding is what a session says of its device: an identifier, which a sign-in sets, and after a
// registration the key. Its text is
//
//	ID                                                       offered
//	ID.ALGORITHM.KEY.SINCE.ENFORCED.LATEST.BEFORE            registered
//
// with times in decimal: SINCE and ENFORCED in seconds, LATEST and BEFORE in milliseconds. A bound
// cookie of a session that is kept in its cookie has ALGORITHM to ENFORCED too.
type binding struct {
	id             string // of the session, as the browser knows it
	algorithm, key string // empty until a key is registered

	since    int64 // when it was
	enforced int64 // from when on each request must have the bound cookie

	// latest and before are when the challenges of the two latest proofs were made. A proof over an
	// older challenge is a replay.
	latest, before int64
}

// A Binding tells of the device that a session is bound to.
type Binding struct {
	// Algorithm is that of the device's key: "ES256" or "RS256".
	Algorithm string

	// Since is when the browser registered the key, moments after the sign-in.
	Since time.Time
}

// BindingOf returns the device that a session is bound to. It returns false if the session is not
// bound: no user is signed in, or the browser does not know the protocol. It also works for the
// sessions that [session.Manager.Sessions] yields.
func BindingOf(s *session.Session) (Binding, bool) {
	b, _ := bindingOf(s)
	if !b.registered() {
		return Binding{}, false
	}
	return Binding{b.algorithm, time.Unix(b.since, 0)}, true
}

func bindingOf(s *session.Session) (binding, bool) {
	b, err := parseBinding(value.GetOr(s, ""))
	return b, err == nil
}

// idLength is the length of an identifier: 128 random bits in base64url.
const idLength = 22

func newID() string {
	var random [16]byte
	_, _ = rand.Read(random[:]) // it never fails: it would end the program
	return base64.RawURLEncoding.EncodeToString(random[:])
}

var errBinding = errors.New("dbsc: the value " + driver.BindingKey + " of the session is not a binding")

// parseBinding reads a binding. It allocates nothing, and does not read the key.
func parseBinding(text string) (binding, error) {
	id, rest, device := strings.Cut(text, ".")
	if len(id) != idLength {
		return binding{}, errBinding
	}
	b := binding{id: id}
	if !device {
		return b, nil
	}
	rest, ok := b.parseDevice(rest)
	latest, before, _ := strings.Cut(rest, ".")
	var err1, err2 error
	b.latest, err1 = strconv.ParseInt(latest, 10, 64)
	b.before, err2 = strconv.ParseInt(before, 10, 64)
	if !ok || err1 != nil || err2 != nil {
		return binding{}, errBinding
	}
	return b, nil
}

// parseDevice reads ALGORITHM.KEY.SINCE.ENFORCED and returns what follows them.
func (b *binding) parseDevice(text string) (rest string, ok bool) {
	var since, enforced string
	b.algorithm, rest, _ = strings.Cut(text, ".")
	b.key, rest, _ = strings.Cut(rest, ".")
	since, rest, _ = strings.Cut(rest, ".")
	enforced, rest, _ = strings.Cut(rest, ".")
	var err1, err2 error
	b.since, err1 = strconv.ParseInt(since, 10, 64)
	b.enforced, err2 = strconv.ParseInt(enforced, 10, 64)
	return rest, err1 == nil && err2 == nil && b.key != "" && (b.algorithm == es256 || b.algorithm == rs256)
}

// registered reports whether a browser has registered a key.
func (b *binding) registered() bool { return b.key != "" }

// String returns the text that parseBinding reads.
func (b *binding) String() string {
	if !b.registered() {
		return b.id
	}
	text := append(b.appendDevice([]byte(b.id)), '.')
	text = append(strconv.AppendInt(text, b.latest, 10), '.')
	return string(strconv.AppendInt(text, b.before, 10))
}

// appendDevice appends what parseDevice reads, with a dot before it.
func (b *binding) appendDevice(dst []byte) []byte {
	dst = append(append(dst, '.'), b.algorithm...)
	dst = append(append(dst, '.'), b.key...)
	dst = strconv.AppendInt(append(dst, '.'), b.since, 10)
	return strconv.AppendInt(append(dst, '.'), b.enforced, 10)
}
