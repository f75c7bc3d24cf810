package itsdangerous_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/wafer-go/wafer/itsdangerous"
)

// In an example the time must stand still, so that the token is always the
// same.
func newYear() time.Time { return time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC) }

// A link that confirms an e-mail address, which a Python service also reads:
//
//	URLSafeTimedSerializer("a secret key", salt="confirm e-mail").loads(token, max_age=86400)
func Example() {
	tokens, err := itsdangerous.NewURLSafeTimedSerializer([]byte("a secret key"), &itsdangerous.SerializerOptions{
		Options: itsdangerous.Options{Salt: "confirm e-mail", Clock: newYear},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	token, err := tokens.Dump("ada@example.com")
	fmt.Println(token, err)

	var address string
	signedAt, err := tokens.Load(token, 24*time.Hour, &address)
	fmt.Println(address, signedAt, err)
	// Output:
	// ImFkYUBleGFtcGxlLmNvbSI.ZZIAgA.2eU2bjUnamJJyvuIjlluTrZneHU <nil>
	// ada@example.com 2024-01-01 00:00:00 +0000 UTC <nil>
}

// What an attacker may send, and how the errors tell it apart.
func ExampleError() {
	now := newYear()
	o := &itsdangerous.Options{Digest: sha256.New, Clock: func() time.Time { return now }}
	signer, err := itsdangerous.NewTimestampSigner([]byte("a secret key"), o)
	if err != nil {
		fmt.Println(err)
		return
	}
	token := signer.Sign("user 1")
	now = now.Add(2 * time.Hour)
	for _, token := range []string{token, "user 2" + token[6:], token + "=", "user 2"} {
		_, err := signer.Unsign(token, time.Hour)
		switch {
		case errors.Is(err, itsdangerous.ErrSignatureExpired):
			fmt.Println("expired:", err)
		case errors.Is(err, itsdangerous.ErrBadSignature):
			fmt.Println("forged:", err)
		}
	}
	// Output:
	// expired: itsdangerous: bad data: bad signature: bad timestamp: signature expired: it is older than allowed
	// forged: itsdangerous: bad data: bad signature: the signature does not match
	// forged: itsdangerous: bad data: bad signature: the signature does not match
	// forged: itsdangerous: bad data: bad signature: the separator is missing
}

// A new secret signs, and the older one is read until its tokens have expired.
func ExampleOptions_rotation() {
	older, newer := []byte("the older secret"), []byte("the newer secret")
	before, _ := itsdangerous.NewSigner(older, nil)
	after, _ := itsdangerous.NewSigner(newer, &itsdangerous.Options{Accept: [][]byte{older}})

	value, err := after.Unsign(before.Sign("user 1"))
	fmt.Println(value, err)
	_, err = before.Unsign(after.Sign("user 1"))
	fmt.Println(errors.Is(err, itsdangerous.ErrBadSignature))
	// Output:
	// user 1 <nil>
	// true
}
