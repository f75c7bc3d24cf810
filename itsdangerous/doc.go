// Package itsdangerous signs text so that it can pass through hands that are
// not trusted, such as a browser's or a mail reader's, and be recognized when
// it comes back. Its tokens are those of Python's itsdangerous (2.x): what one
// side signs, the other reads.
//
// For a link in an e-mail:
//
//	tokens, err := itsdangerous.NewURLSafeTimedSerializer(key, &itsdangerous.SerializerOptions{
//		Options: itsdangerous.Options{Salt: "confirm e-mail"},
//	})
//	...
//	token, err := tokens.Dump("ada@example.com")
//	...
//	var address string
//	_, err = tokens.Load(token, 24*time.Hour, &address)
//
// which in Python is URLSafeTimedSerializer(key, salt="confirm e-mail") with
// dumps and loads(token, max_age=86400).
//
// A [Signer] signs text, a [TimestampSigner] adds the time, a [Serializer] and
// a [TimedSerializer] sign values as JSON, or bytes as they are; those made by
// the constructors with URLSafe in their name write it in base64, compressed
// where that is shorter.
//
// The contents of a token are not hidden: anyone can read them. Give every use
// a salt of its own, so that a token made for one purpose is worth nothing for
// another.
//
// Python's other names: dumps is Dump, loads is Load, loads_unsafe is
// LoadUnsafe, a list of secret keys is the secret and those to accept,
// fallback_signers is [SerializerOptions.Fallback], max_age=None is [AnyAge], and
// the exceptions are [ErrBadData] and those that wrap it.
//
// # Differences from Python
//
// A token has one spelling. Python's base64 decoder passes over padding, foreign characters and
// spare bits, so many tokens are the same for it; this package accepts only the one that it would
// make. It also refuses a timestamp with leading zero bytes or past the year 9999, which Python
// never makes. (A payload that was compressed may have been so at any level.) Inflation of a
// compressed payload is bounded, a forged timed token is not called a bad timestamp, an empty
// secret is an error, and so is a separator with a character of base64's alphabet anywhere in it.
// The defaults, SHA-1 among them, are Python's: a program without Python on the other side sets
// [Options.Digest] to sha256.New.
package itsdangerous
