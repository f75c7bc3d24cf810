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
	// expired: itsdangerous: signature expired: it is 7200 seconds old, and 3600 are allowed
	// forged: itsdangerous: bad signature: the signature does not match
	// forged: itsdangerous: bad signature: the signature does not match
	// forged: itsdangerous: bad signature: the separator is missing
}

// A new secret signs, and the older one is read until its tokens have expired.
func ExampleOptions_rotation() {
	older, newer := []byte("the older secret"), []byte("the newer secret")
	before, _ := itsdangerous.NewSigner(older, nil)
	after, _ := itsdangerous.NewSigner(newer, nil, older)

	value, err := after.Unsign(before.Sign("user 1"))
	fmt.Println(value, err)
	_, err = before.Unsign(after.Sign("user 1"))
	fmt.Println(errors.Is(err, itsdangerous.ErrBadSignature))
	// Output:
	// user 1 <nil>
	// true
}

// Python's Signer("a secret key").sign("user 1") gives the same text.
func ExampleSigner() {
	signer, err := itsdangerous.NewSigner([]byte("a secret key"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(signer.Sign("user 1"))
	// Output:
	// user 1.CWC_m7PO_YZ-0ukHJESiG2RX6us
}

// Tokens made with SHA-1 are still taken after the move to SHA-256.
func ExampleSerializerOptions_fallback() {
	key := []byte("a secret key")
	before, _ := itsdangerous.NewURLSafeSerializer(key, nil)
	after, _ := itsdangerous.NewURLSafeSerializer(key, &itsdangerous.SerializerOptions{
		Options:  itsdangerous.Options{Digest: sha256.New},
		Fallback: []itsdangerous.Options{{}}, // Python's defaults
	})

	token, err := before.Dump(map[string]int{"user": 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	var value map[string]int
	err = after.Load(token, &value)
	fmt.Println(value, err)
	// Output:
	// map[user:1] <nil>
}

// A look into a token that somebody changed, for a log or a debugger.
func ExampleTimedSerializer_LoadUnsafe() {
	tokens, err := itsdangerous.NewURLSafeTimedSerializer([]byte("a secret key"), &itsdangerous.SerializerOptions{
		Options: itsdangerous.Options{Salt: "confirm e-mail", Clock: newYear},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	look := tokens.LoadUnsafe("ImV2ZUBleGFtcGxlLmNvbSI.ZZIAgA.2eU2bjUnamJJyvuIjlluTrZneHU", 24*time.Hour)
	fmt.Println(look.SignatureHolds())
	fmt.Println(look.Refusal)
	fmt.Printf("%s, dated %v\n", look.Payload, look.SignedAt)
	// Output:
	// false
	// itsdangerous: bad signature: the signature does not match
	// "eve@example.com", dated 2024-01-01 00:00:00 +0000 UTC
}

// A program with a format of its own builds the token in one buffer.
func ExampleTimestampSigner_SignTail() {
	signer, err := itsdangerous.NewTimestampSigner([]byte("a secret key"), &itsdangerous.Options{Digest: sha256.New})
	if err != nil {
		fmt.Println(err)
		return
	}
	line := []byte("token=")
	start := len(line)
	line = itsdangerous.AppendURLSafe(line, []byte("any bytes"), -1)
	line = signer.SignTail(line, start, newYear())
	fmt.Printf("%s\n", line)

	signed, err := signer.Open(string(line[start:]))
	if err != nil {
		fmt.Println(err)
		return
	}
	payload, err := itsdangerous.AppendDecodedURLSafe(nil, signed.Value, 1024)
	fmt.Printf("%s, %v, key %d, %v\n", payload, signed.SignedAt, signed.Key, err)
	// Output:
	// token=YW55IGJ5dGVz.ZZIAgA.VaYG3J9PkbM4ox6QSLTTebbmrFm-pyqeaKngN1Vd04A
	// any bytes, 2024-01-01 00:00:00 +0000 UTC, key 0, <nil>
}
