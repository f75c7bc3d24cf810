package session

import (
	"context"
	"time"
)

// A Backend says where a session lives between requests, and how it is
// written there. [Signed], [Sealed], [Stored] and [Overflow] make one, and so
// does Cookies in the flask package; programs choose one and hand it to [New].
//
// Implementing one is for those who must read another system's cookies.
type Backend interface {
	// Open returns the backend as one Manager uses it. [New] calls it once,
	// after it has checked the options, and returns its error.
	Open(Binding) (Keeper, error)
}

// Binding is what a Manager tells its backend about itself, so that a token
// made for one cookie is worth nothing in another.
type Binding struct {
	// CookieName is the name of the session cookie, never empty.
	CookieName string

	// Purpose is [Options.Purpose].
	Purpose string

	// Lifetime is how long a session may go unwritten, and IdleTimeout, if it
	// is not zero, how long it may go unused.
	Lifetime, IdleTimeout time.Duration

	// MaxCookieSize is how many bytes the cookie's name and value may have.
	MaxCookieSize int

	// Timeout is how long a call may wait; see [Options.BackendTimeout].
	Timeout time.Duration
}

// scope names the manager's cookie and purpose in one text, unlike that of any
// other two: no cookie's name has a colon.
func (b Binding) scope() string {
	if b.Purpose == "" {
		return b.CookieName
	}
	return b.CookieName + ":" + b.Purpose
}

// A Keeper is a [Backend] bound to one manager's cookie. It is called by many
// goroutines at once.
type Keeper interface {
	// Format returns how values are written. It is called once.
	Format() Format

	// FirstCookie reports which of several cookies of one name counts. True
	// means the first, as in Python. False, the safe answer, means none,
	// unless exactly one of them, and of eight at most, loads.
	FirstCookie() bool

	// Load reads the session that a cookie's value holds or names. The context
	// is the request's, and ends when the visitor leaves.
	//
	// A value that is not a session of this backend gives an error that wraps
	// one of the reasons under [ErrRefused]: the visitor then starts with an
	// empty session. Any other error means that the backend itself failed; the
	// request fails with it, for a store out of reach must not look like a
	// visitor who was never there. Load does not judge the age: the Manager
	// does, from Loaded.WrittenAt.
	Load(ctx context.Context, value string) (Loaded, error)

	// Save keeps a session and appends the value of its cookie to dst. The
	// record is what it keeps besides, nil if nothing. An error that is
	// [ErrConflict] says that c.From is not what there is any more, and
	// [ErrEnded] that there is nothing any more; all others fail the request.
	// With a record beside the error, the session was kept under that, and
	// the visitor gets its cookie with the page that tells of the error.
	Save(ctx context.Context, dst []byte, c Change) (value []byte, record Record, err error)

	// Drop forgets a session that was destroyed or cleared. The cookie itself
	// is deleted by the Manager, so a backend that keeps everything in the
	// cookie has nothing to do.
	Drop(ctx context.Context, from Loaded) error
}

// A Fader is a [Keeper] whose records can be left for a while. Where [Migrate]
// has moved a session into its cookie, the requests that a browser has sent
// meanwhile come with the old one: of a Fader they find it still, and of other
// Keepers it is dropped.
type Fader interface {
	// Fade has the record in from end at a time that is near, or when it would
	// have ended anyway if that is sooner.
	Fade(ctx context.Context, from Loaded, at time.Time) error
}

// A Record is what a backend keeps of one session besides its cookie.
type Record interface {
	// ID names the record. It is worth nothing in a cookie, so it may be shown.
	ID() string

	// Reload reads the session again, after Save has failed with
	// [ErrConflict]: the Manager then repeats what the request did, and the
	// Save. An error is as one of Load.
	Reload(ctx context.Context) (Loaded, error)
}

// Loaded is a session as a backend found it. The zero value stands for none.
type Loaded struct {
	// Payload is a JSON object: the session's values as they were written.
	// Only keys and extents are read until a value is asked for, so a value
	// may use what JSON does not have (Python's NaN, say): it is written back
	// byte for byte and only its own decoding fails.
	Payload string

	// WrittenAt is when the session was last written, to the second. The zero
	// time means that the backend keeps the age itself.
	WrittenAt time.Time

	// ExpiresAt is when the session ends by the word of whoever wrote it,
	// besides what the Manager's Lifetime says. The zero time means that it
	// does not say.
	ExpiresAt time.Time

	// Accepted says that a key or backend which is merely accepted wrote it.
	// The next write is with the current one.
	Accepted bool

	// By names who wrote it, for logs: a key by its public id, never the key.
	By string

	// Record is what the backend keeps of the session, or nil where all of it
	// is in the cookie.
	Record Record

	translation *translation // that Payload still needs, if any
}

// Change is what a Manager asks a backend to keep.
type Change struct {
	// From is what Load returned, zero for a new session.
	From Loaded

	// Payload is a JSON object with its keys in ascending order of their code
	// points. It is only valid during the call.
	Payload []byte

	// At is the time of the write.
	At time.Time

	// Owner is whose session it is; see [Session.SetOwner].
	Owner string

	// Renew asks for a new identity: the old one must not work any more,
	// where the backend can see to that.
	Renew bool

	// Destroyed says that the session in From was ended, so that this is
	// another. Renew is set too.
	Destroyed bool

	// Unmodified says that Payload is From's, and only its age is to begin
	// anew.
	Unmodified bool

	// Empty says that Payload holds nothing of the program's.
	Empty bool

	// Stay asks that the session does not move between cookie and record,
	// since the response may not carry a cookie. It may still be created.
	Stay bool
}

// A Format writes one value as JSON text and reads it back. It is called by
// many goroutines at once and, like a Keeper, implemented only by backends.
type Format interface {
	// AppendKey appends key as a quoted JSON string. A key may hold lone
	// surrogates, each encoded in three bytes as if it were a code point
	// (WTF-8), since Python's strings can.
	AppendKey(dst []byte, key string) []byte

	// AppendValue appends v as compact JSON, or returns an error that says
	// what cannot be encoded. On an error dst's own bytes are unchanged.
	AppendValue(dst []byte, v any) ([]byte, error)

	// DecodeValue decodes raw into the non-nil pointer into, or returns an
	// error where the text or its type does not fit. Into a *any it puts nil,
	// bool, string, int64 (json.Number where that is too small), float64,
	// []any, map[string]any or a type of the format's own.
	DecodeValue(raw string, into any) error

	// AppendMessage appends one flashed message.
	AppendMessage(dst []byte, m Message) []byte

	// DecodeMessage reads one flashed message. What another program kept
	// there in another shape is given as text where that is possible: a
	// message is not lost over its type.
	DecodeMessage(raw string) (Message, error)
}
