// Package gorilla reads the sessions that github.com/gorilla/sessions wrote, so that a program can
// move from it to Wafer without signing visitors out.
//
//	old := gorilla.Cookies([]gorilla.Keys{gorilla.NewKeys(hashKey, blockKey)}, nil)
//	sessions, err := session.New(session.Migrate(session.Sealed(key), old), &session.Options{
//		Cookie: session.Cookie{Name: "session-name"},
//	})
//
// [Cookies] reads what its CookieStore made, and [Files] what its FilesystemStore did. Sessions are
// saved by the backend that session.Migrate is given first, and the manager's cookie must have the
// name, Domain and Path of gorilla's, so that the new cookie replaces the old one. The package
// knows gorilla's formats and does not import it.
//
// # Values
//
// gorilla keeps a map[any]any in encoding/gob. Its values become JSON by the
// rules of encoding/json: []byte is base64, a time.Time its RFC 3339 text, a
// struct an object. Types that the program gave to gob.Register must be
// registered here too, under the same name. That is the import path and the type,
// such as "main.User"; if the type has moved, gob.RegisterName gives it the name that it had.
//
// Flashes become Wafer's, those of the key "_flash" with the category
// "message", those of the keys in [Options.FlashKeys] with their own.
//
// A session is refused with session.ErrBadPayload, and logged as an error, if a value cannot be
// kept as it is. The log names the key of a value that has no JSON or whose key is not a string,
// and [Options.Convert] can rename, change or drop it; of a type that is not registered it names
// the type. Nothing is dropped silently. The keys that Wafer uses itself ("_permanent", "_flashes",
// "_created", "_owner") are such a reason too, unless Convert gives them to a value of another key.
//
// # What a cookie must pass
//
// The value of a cookie is, in base64 with the URL's letters and padding,
//
//	time "|" contents "|" MAC
//
// The time is Unix seconds in decimal digits. The contents are base64 again, of
// the gob or, with a block key, of an initialization vector of 16 bytes and the
// gob in AES-CTR. The MAC is HMAC-SHA-256, as bytes, of
//
//	name "|" time "|" contents
//
// (securecookie 1.1.2).
//
// A value is first held to its size, then to its MAC in constant time, and only then decoded, so
// that encoding/gob, which was not made for an attacker's bytes, sees only what a key's holder
// wrote, and nothing that claims more elements than it has bytes ([Options.Decode] is given
// contents as they are). The session is then held to its age by the Manager: to [Options.MaxAge],
// and to the Manager's own Lifetime. Base64 is read in its one spelling alone. The pairs sign
// nothing here except the file of a session that has moved, during one minute.
//
// A sealed cookie's contents are encrypted, and not bound to anything but the
// name and the time by the MAC; the MAC is over the encrypted text, and is
// checked before it is decrypted.
package gorilla
