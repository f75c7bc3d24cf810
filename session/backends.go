package session

import (
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/cookie"
	"github.com/wafer-go/wafer/session/internal/moving"
	"github.com/wafer-go/wafer/session/internal/record"
	"github.com/wafer-go/wafer/store"
)

// A Backend is where sessions live between requests: [Signed], [Sealed], [Stored], [Overflow] and
// [Migrate] return one, and so does Cookies in the flask package. To write another, see package
// driver.
type Backend = driver.Backend

// Signed keeps the session in its cookie, signed: the visitor can read it and cannot change it. New
// cookies are signed with current. Cookies signed with a key of accept are read too, and are signed
// with current at their next save.
//
// The token has the layout of Python's itsdangerous, payload.timestamp.signature, with HMAC-SHA-256
// and the salt "wafer.session:" followed by the cookie's name, and by ":" and [Options.Purpose] if
// there is one, so Python reads it with
//
//	URLSafeTimedSerializer(key, salt="wafer.session:__Host-session", signer_kwargs={
//	    "key_derivation": "hmac", "digest_method": hashlib.sha256})
//
// A payload of 2 KiB or more is compressed; it may have four times the bytes of
// [Options.MaxCookieSize].
//
// [New] fails if a key is the zero Key, or is given twice.
func Signed(current secret.Key, accept ...secret.Key) Backend {
	return cookie.Signed(current, accept...)
}

// Sealed keeps the session in its cookie, encrypted: the visitor cannot read or change it. New
// cookies are encrypted with current. Cookies encrypted with a key of accept are read too, and are
// encrypted with current at their next save.
//
// A token is bound to the cookie's name and [Options.Purpose], and contains the time at which it
// expires. It is longer than a signed one by some 110 bytes and a third of the payload, which is
// padded to a multiple of 32 bytes and never compressed, because both its length and its compressed
// length would tell of its contents. Package seal describes it. It uses only the standard library's
// FIPS 140-3 module, so it works under GODEBUG=fips140=only.
//
// As with [Signed], a copy of a cookie works until it expires, or [Options.AbsoluteTimeout] ends
// it.
//
// [New] fails if a key is the zero Key, or is given twice.
func Sealed(current secret.Key, accept ...secret.Key) Backend {
	return cookie.Sealed(current, accept...)
}

// Stored keeps sessions in a store, and in the cookie only a session ID of 256 random bits. The
// store never sees the session ID, only its SHA-256 together with the cookie's name and
// [Options.Purpose], so a copy of the store contains no usable cookie.
//
// If another request changed the record, the Manager reloads it, reapplies this request's edits and
// saves again. A session that was ended does not come back; see [ErrEnded]. An ID that the store
// does not know is never adopted. A store that cannot be reached fails the request with
// [ErrUnavailable], because it must not look like an empty session.
//
// After the session ID was renewed, requests that the browser had sent before still come with the
// old one for up to a minute. Their responses set no cookie, which would replace the new one. They
// find the values only if an anonymous session signed in, and what they change fails with ErrEnded,
// unless they sign in or out themselves.
//
// Nothing is stored for a session without values. One that has lost its last value, other than by
// Clear or Destroy, keeps its cookie, and its record for ten minutes.
//
// Managers with different cookies or purposes may share a store, but they share the owners too.
func Stored(st store.Store) Backend { return record.Stored(st) }

// Overflow keeps the session in its cookie, as the backend cookie does, while it fits there; in the
// store when it does not; and in its cookie again when it has shrunk to half of what fits. A
// session that has an owner is always in the store, so that [Manager.Sessions] and
// [Manager.SignOutEverywhere] find it; one that the other backend kept in its cookie before moves
// there at its next change, and is not found until then.
//
// While it is in the store a session is what [Stored] says of it. While it is in its cookie, it is
// what the other backend says: of two requests that change it at once the later answer wins, and a
// copy of it cannot be ended. For a minute after a session has moved into its cookie, a request
// with its old ID still finds it as it was then, and cannot change it; a browser that never got the
// answer with the new cookie has lost the session after that.
func Overflow(cookie Backend, st store.Store) Backend { return record.Overflow(cookie, st) }

// Migrate keeps sessions in the backend to, and reads those that one of from left, so that a
// program can change its backend without signing anyone out:
//
//	session.Migrate(session.Sealed(key), session.Signed(key))
//
// A session that a previous backend left is saved to the new one at its next change or, with
// [Options.ReissueOnRead], as soon as it is read. All of them share one cookie name; to change
// that, see [Options.FormerCookies].
//
// The old cookie of a session that was kept in its cookie works until it expires, as a copy of it
// always did: Destroy and [Manager.SignOutEverywhere] do not reach it. Refuse it with
// [Options.Validate] if that matters, or change the key.
//
// [Manager.Sessions], [Manager.SignOutEverywhere] and [Manager.All] need a new backend that can
// list, and find what the previous ones have if those can too.
//
// If the formats differ, as from Flask's to our own, values are carried over as what they mean in
// JSON: a tuple becomes an array, bytes their base64, a datetime its RFC 3339 text. A session with
// a value that the new format cannot hold, such as Python's NaN, is refused with [ErrBadPayload]
// and the value's key, which is logged as an error.
func Migrate(to Backend, from ...Backend) Backend { return moving.Backend(to, from...) }
