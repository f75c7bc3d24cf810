package driver

import "encoding/json"

// A Codec writes one value as JSON text and reads it back. It is safe for concurrent use by
// multiple goroutines. Packages that implement a driver export theirs, as [JSON] is.
type Codec interface {
	// Name tells codecs apart: two with one name write alike. It is part of what a record's ID is
	// hashed with, so it must not change, and has no colon.
	Name() string

	// AppendKey appends key as a quoted JSON string. A key may contain lone surrogates, each
	// encoded in three bytes as if it were a code point (WTF-8), because Python's strings can.
	AppendKey(dst []byte, key string) []byte

	// AppendValue appends v as compact JSON, or returns an error that says what in it cannot be
	// kept: what DecodeValue could not return, into a variable of v's type, is an error here. On an
	// error dst's own bytes are unchanged.
	AppendValue(dst []byte, v any) ([]byte, error)

	// DecodeValue decodes raw into the non-nil pointer into. If the text or its type does not fit,
	// it returns an error, which must not quote the text. Wherever into has an any, at any depth,
	// it puts nil, bool, string, int64 (json.Number if that is too small), float64, []any,
	// map[string]any or a type of the codec's own.
	DecodeValue(raw string, into any) error

	// AppendMessage appends a flash message, or returns an error that says what in it cannot be
	// kept.
	AppendMessage(dst []byte, m Message) ([]byte, error)

	// DecodeMessage reads a flash message. One that another program wrote in an unknown shape is
	// returned as text that a visitor can read, if there is any in it.
	DecodeMessage(raw string) (Message, error)
}

// A Message is one flash message.
type Message struct {
	// Category classifies it: "message", "success", "info", "warning", "error" or a word of the
	// program's own.
	Category string

	// Title is a headline, which may be empty.
	Title string

	// Text is the message. Templates escape it unless Markup is set.
	Text string

	// Markup means that Text is HTML from a trusted source: Session.FlashHTML, or Python's Markup
	// in a cookie that Flask signed.
	Markup bool

	// Data is JSON of the program's own, such as the link of an "undo" button; nil if there is
	// none.
	Data json.RawMessage
}

// DefaultCategory is the category of a message that is flashed without one, the same as Flask's.
const DefaultCategory = "message"

// Some of the keys that sessions use themselves; see [Reserved].
const (
	PermanentKey = "_permanent" // as in Flask: the cookie outlives the browser's closing
	FlashesKey   = "_flashes"   // as in Flask: the messages that wait to be shown
	CreatedKey   = "_created"   // Unix time from which Options.AbsoluteTimeout counts
	OwnerKey     = "_owner"     // the user who signed in
	LifetimeKey  = "_lifetime"  // seconds; see Session.ExpireAfter
	OnceKey      = "_once"      // the keys of values for the next request only; see Field.Flash
	BindingKey   = "_dbsc"      // the device that the session is bound to; see package dbsc
)

// Reserved reports whether a session uses the key itself. A driver that reads what another program
// wrote must not pass on a value of that program under such a key, unless it means the same.
func Reserved(key string) bool {
	switch key {
	case PermanentKey, FlashesKey, CreatedKey, OwnerKey, LifetimeKey, OnceKey, BindingKey:
		return true
	}
	return false
}

// MaxOwner is how many bytes an owner may have, the limit of the stores.
const MaxOwner = 255
