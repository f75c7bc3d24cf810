// Package flask reads and writes the session cookies of Flask, Python's web
// framework, so that a Go program and a Flask program share one login, and one
// can take over from the other page by page.
//
// Give [Cookies] the Flask program's SECRET_KEY and hand what it returns to
// [session.New]:
//
//	backend, err := flask.Cookies(os.Getenv("SECRET_KEY"), nil)
//	...
//	sessions, err := session.New(backend, flask.Defaults())
//
// Everything else is the session package's: [session.Field], Flash and so on.
// What the Go program writes, Flask reads, and the other way round; values
// that the Go program does not touch come back byte for byte.
//
// # Types
//
// Flask's JSON has tags for what Python has and JSON has not. They hold at any
// depth, also in structs:
//
//	Python           JSON                           Go
//	None, bool       null, true                     nil, bool
//	int              1                              int64, json.Number beyond it; big.Int
//	float            1.0, NaN                       float64
//	str              "\u00e9"                       string
//	list             [1,2]                          []any, slices and arrays
//	tuple            {" t":[1,2]}                   Tuple
//	dict             {"a":1}                        map[string]any, maps and structs
//	bytes            {" b":"/w=="}                  []byte
//	Markup           {" m":"<b>"}                   template.HTML
//	uuid.UUID        {" u":"1234..."}               UUID
//	datetime         {" d":"Tue, 02 Jan 2024 ..."}  time.Time
//
// A value read without a type (with [session.Session.Value], or into an any) has the Go type of the
// last column that comes first. Read with a type, it must have that type in Python: a float accepts
// an int, a string accepts Markup, a Tuple accepts a list and a list a tuple. []byte, UUID and
// time.Time also accept the str in which session.Sealed and the other backends keep them (base64,
// the UUID, RFC 3339), so a session can move there and back. Nothing else is converted: a str does
// not become template.HTML, which templates do not escape, so markup that has moved back from
// another backend is missing until the program sets it again. A null gives the
// zero value inside a larger value, and nil to what can be nil; elsewhere it is an error. A type
// with UnmarshalJSON or UnmarshalText gets what encoding/json would have written for the value.
//
// A value written follows the rules of encoding/json: field tags with their
// names and the options omitempty, omitzero and string, embedded structs,
// MarshalJSON, MarshalText. The types in the table come before the latter. Nil
// slices, maps and pointers become None. What could not be read back into its
// own type is an error: a struct whose fields are all unexported, an interface
// with methods, a type with MarshalJSON and no UnmarshalJSON. So a value comes
// back equal, except that in an any it has the type of the table, that a
// pointer to nil comes back as nil, that a json.RawMessage has its keys sorted,
// and for the times in the list below.
//
// Some of what the two languages have does not fit the other:
//
//   - A datetime has whole seconds and is in UTC. The years 100 to 9999 can be
//     written; Python reads earlier ones as 1969 to 2068.
//   - Python's strings may hold lone surrogates. In Go each has three bytes, as if it were a code
//     point (WTF-8), and is written as it was read. Other strings that are not UTF-8 cannot be
//     written: use []byte.
//   - Python reads integers of at most 4300 digits.
//   - Values may be nested 700 levels deep, tags included.
//   - An object with a key twice counts the last, as in Python.
//
// # Messages
//
// Flask shows a message's title before its text, as "Title: text", and does not
// see its data. A Go program reads all three back, until Flask writes the
// session: from then on, the title is a part of the text and the data is gone.
//
// # Security
//
// The cookie is signed, not encrypted: a visitor can read it. Anyone who has the secret key can
// forge a session. Flask accepts any string as a key, and so does this package. So it refuses keys
// that tutorials show and warns of short ones; the session package's own backends accept only
// random keys.
//
// Flask signs with HMAC-SHA-1. That is not broken as a signature, but programs
// that run with GODEBUG=fips140=only cannot use it: [Cookies] then fails
// unless the Flask program's session interface and [CookieOptions] agree on
// SHA-256.
//
// # Differences
//
// A few things are done better on purpose. Exactly one spelling of a signature is accepted; Python
// also accepts padding and stray characters. A compressed cookie inflates to at most
// [CookieOptions.MaxPayload] bytes, 16 KiB by default. A signed payload that is not a session gives
// an empty one, where Flask answers 500. A cookie too large for browsers fails the response, where
// Flask sends it and the login is lost; flash messages give way first. The cookie of a permanent
// session has Max-Age beside Expires, and a Partitioned cookie needs SameSite=None. A response that
// cannot show flash messages, to a HEAD request for example or with the status 304, leaves them for
// the next one (see [session.Session.Flashes]), and no more than [session.Options.MaxFlashes] wait.
package flask
