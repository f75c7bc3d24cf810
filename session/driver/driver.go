// Package driver is for those who keep sessions in a place or a format that package session does
// not know: another program's cookies, another library's records.
//
// Programs never call it. They choose a [Backend], such as session.Signed, and hand it to
// session.New, which opens it as a [Driver]. A driver implements [Driver] and as many of the
// optional interfaces ([Toucher], [Owners], [Adopter], [Retirer], [Departer], [Lister]) as its
// place can; its records may be an [Arrival] and a [Sharer]. Package drivertest holds the rules, a
// subtest each. The backends of package session are built on this package alone.
package driver

import (
	"context"
	"iter"
	"time"
)

// A Backend is what a program chooses to store its sessions, with the keys or the store that it
// needs.
type Backend interface {
	// Open returns the driver for one manager's cookie. session.New calls it once for each cookie
	// name, after it has checked the options, and returns its error.
	Open(Config) (Driver, error)
}

// A Config is what a manager tells a backend about itself.
type Config struct {
	// CookieName is the name of the session cookie, never empty. A token or an ID made for one name
	// must be refused under another, unless the format is one that others wrote.
	CookieName string

	// Purpose is session.Options.Purpose. It separates tokens and IDs as CookieName does.
	Purpose string

	// MaxCookieSize is how many bytes the cookie's name and value may have together.
	MaxCookieSize int

	// Timeout limits each call to a store. Zero or less means no limit.
	Timeout time.Duration

	// Clock is the manager's. Nil means time.Now.
	Clock func() time.Time
}

// MaxPayload returns how many bytes the values may have that a driver keeps in the cookie,
// compressed or not: four times what the cookie may have. So a visitor cannot have a small cookie
// inflate to much.
func (c Config) MaxPayload() int { return 4 * c.MaxCookieSize }

// Room returns how many bytes the cookie's value may have.
func (c Config) Room() int { return c.MaxCookieSize - len(c.CookieName) }

// Scope names the cookie and its purpose in one text, which differs from that of every other pair:
// a cookie's name cannot contain a colon.
func (c Config) Scope() string {
	if c.Purpose == "" {
		return c.CookieName
	}
	return c.CookieName + ":" + c.Purpose
}

// Info is what a manager must know of a driver before it uses it.
type Info struct {
	// Name describes the driver for the inspector: "signed", "stored".
	Name string

	// Codec is how the driver's payloads are written.
	Codec Codec

	// Store is the store of the driver's records, to compare with that of another driver; nil if
	// the whole session is in the cookie's value.
	Store any

	// FirstCookie means that of several cookies of one name the first counts, as in Flask. False,
	// the safe answer, means that none counts unless exactly one of them is valid. A driver whose
	// cookie can hold an ID must leave it false: a sibling subdomain could plant its own ID in
	// front.
	FirstCookie bool
}

// A Driver is a [Backend] opened for one manager's cookie. It is safe for concurrent use by
// multiple goroutines.
//
// A cookie's value consists of the octets that RFC 6265 allows in one. A backend that cannot keep
// purposes apart fails Open if it is given one. Times are kept to the second.
//
// The context of a call carries no session that the program could wait for: code that a driver
// calls, a logger for example, sees the session as it was before the call.
type Driver interface {
	// Info returns what does not change. It is called once.
	Info() Info

	// Load returns the session that a cookie's value contains or names.
	//
	//   - If the value is not a valid session of this driver, the error wraps one of the reasons
	//     under [ErrRefused], and the visitor starts with an empty session.
	//   - If a record says that its session was ended, the error wraps both [ErrUnknown] and
	//     [ErrEnded].
	//   - Any other error means that the driver could not find out. The request fails: a store that
	//     cannot be reached must not look like a visitor without a session.
	//   - Load judges no age except that which the value or the record itself carries; the manager
	//     judges by SavedAt and ExpiresAt.
	//   - Beside [ErrBadPayload], a snapshot may tell who wrote the value, and when: SavedAt,
	//     Accepted and By.
	//   - A driver that asks a store calls [Spend] first.
	Load(ctx context.Context, value string) (Snapshot, error)

	// Save saves a session and appends the value of its cookie to dst. The record is the one that
	// has it now, nil if the value contains all of it.
	//
	//   - It returns [ErrConflict] if the record changed since w.From was loaded, or was renewed,
	//     and [ErrEnded] if it is gone. All other errors fail the request.
	//   - On an error dst's own bytes are unchanged and nothing was saved, unless a record comes
	//     with the error: then the session was saved under that, and the visitor gets its cookie
	//     with the page that reports the error.
	//   - If it cannot be found out whether the session has got another identity, the error is an
	//     [UnsettledError], with a cookie that names the session in either case.
	//   - If w.From is superseded, another session begins, and its successor is left alone.
	//   - w.Payload is valid only during the call.
	Save(ctx context.Context, dst []byte, w Write) (value []byte, record Record, err error)

	// Delete ends the session in from. A request that loaded it before must get [ErrEnded] from
	// Save. It succeeds if there is nothing to delete, as for a session that is all in its cookie,
	// or one that is superseded.
	Delete(ctx context.Context, from Snapshot) error
}

// A Snapshot is a session as a driver loaded it. The zero value means that there is no session.
type Snapshot struct {
	// Payload is a JSON object, the session's values as they were written. Only keys and extents
	// are read until a value is asked for. So a value may use what JSON does not have, such as
	// Python's NaN: it is written back byte for byte, and only decoding it fails.
	Payload string

	// Codec is how Payload is written, if not as [Info] says. Values are then translated as soon as
	// the session is read; one that the driver's own codec cannot write refuses the session.
	Codec Codec

	// SavedAt is when the session was last saved or touched, to the second. The zero time means
	// that the driver judges its age itself.
	SavedAt time.Time

	// ExpiresAt is when the session ends by the word of whoever wrote it. The zero time means that
	// only the manager's limits apply. If SavedAt is zero, a record is saved again, so that it ends
	// later, when a tenth of the time that a save gives it has passed.
	ExpiresAt time.Time

	// By names who wrote it, for logs: a key by its public ID, never the key itself.
	By string

	// Accepted reports whether a key, a backend or a name wrote it that is accepted and not
	// current. The next save uses the current one.
	Accepted bool

	// Superseded reports whether the session has moved on: its ID was renewed, or it moved to
	// another place, and this request was sent before the browser had the new cookie. What Payload
	// holds may be read. The manager saves nothing to it and sets no cookie, which would replace
	// the new one.
	Superseded bool

	// Unconfirmed reports whether the record ends within [UnconfirmedLifetime] of SavedAt, as one
	// saved with Write.Unconfirmed does. The manager extends its life.
	Unconfirmed bool

	// Record has the session, or is nil if the cookie's value contains all of it.
	Record Record
}

// UnconfirmedLifetime is how long the record of an anonymous session lasts whose cookie has not
// come back yet: most of them are of programs that keep no cookies, each of whose requests begins
// another.
const UnconfirmedLifetime = time.Hour

// A Record is a driver's handle on what it keeps of one session outside the cookie.
type Record interface {
	// ID names the record. It is worth nothing in a cookie, so a page may show it.
	ID() string

	// Reload loads the session again, after Save returned [ErrConflict]. Its errors are those of
	// [Driver.Load]. After a Save from this Record whose outcome is not known, it returns the
	// session as it was before, from which another Save replaces what that one saved; or
	// [ErrUnknownOutcome], if the edits of that Save may be in what is there now. It is not charged
	// to the request's budget; see [Spend].
	Reload(ctx context.Context) (Snapshot, error)
}

// An Arrival is the Record of a session that may be moving here: unless the place that the session
// comes from returns a [MovedError] with the same move, the session is still there, or over.
type Arrival interface {
	Record

	// Move is Write.Move of the write that the record was saved with; empty if it has arrived.
	Move() string
}

// A Sharer is a Record of which another request that saves the session in this process can be given
// a copy, so that it need not load what was saved a moment ago.
type Sharer interface {
	Record

	// Share returns the record as another request would load it, if nothing has changed it since
	// it was loaded or saved: nil if it has to be loaded, as after a save of unknown outcome, or if
	// the store does not tell versions. Save returns [ErrConflict] if something has.
	Share() Record
}

// Life is what a save means for the session's identity.
type Life uint8

const (
	// Keep saves the session under the identity that it has, or creates one.
	Keep Life = iota

	// Renew gives the session a new identity. For a minute, requests with the old one find
	// Write.Leave, superseded; afterwards nothing.
	Renew

	// Begin ends the session in Write.From and begins another.
	Begin
)

// A Write is what a manager asks a driver to save.
type Write struct {
	// From is what Load returned; zero for a new session.
	From Snapshot

	// Payload is a JSON object in the driver's codec, its keys in ascending order of code points.
	Payload []byte

	// At is the time of the save, and Expires when the session ends unless it is used or saved
	// again.
	At, Expires time.Time

	// Owner is the user whose session it is, empty if no user is signed in.
	Owner string

	// Life is what becomes of the identity in From.
	Life Life

	// Leave is what a request with the old identity may still read after Renew; nil means nothing.
	Leave []byte

	// Unconfirmed reports that no request has come with a cookie of this session yet. If it has no
	// owner, a record lasts for [UnconfirmedLifetime] at most.
	Unconfirmed bool

	// Empty reports whether Payload holds nothing of the program's.
	Empty bool

	// Move names, at random, the move of a session that is still in another place, under the same
	// cookie value, and counts there until [Departer] has ended it. The record is then an
	// [Arrival]; a driver that cannot saves the session as usual.
	Move string

	// Stay asks that the session does not move between cookie and record, because the response may
	// not carry a cookie. It may still be created.
	Stay bool
}

// A Toucher can extend a session's life without writing its values.
type Toucher interface {
	// Touch sets when the session in from was last used and when it ends, unless both are later
	// already. It returns [ErrConflict] if the record changed since it was loaded, which another
	// request then has extended or renewed, and [ErrEnded] if it is gone. If the error wraps
	// [errors.ErrUnsupported], the manager saves the session instead.
	Touch(ctx context.Context, from Snapshot, at, expires time.Time) error
}

// Owners finds sessions by the user who signed in. A driver that has the methods and whose store
// has no such index returns an error that wraps [errors.ErrUnsupported].
type Owners interface {
	// Owned yields the sessions of an owner, in no particular order. An error ends it.
	Owned(ctx context.Context, owner string) iter.Seq2[Snapshot, error]

	// EndOwned ends the sessions of an owner, except those whose Record.ID is in except, and
	// returns how many it ended. If the error is nil, every session that the owner had is over,
	// also if others renew it at that moment.
	EndOwned(ctx context.Context, owner string, except ...string) (ended int, err error)

	// EndOne ends the owner's session whose Record.ID is id and reports whether it ended one: true
	// means that no request finds it afterwards, under this ID or another.
	EndOne(ctx context.Context, owner, id string) (bool, error)
}

// An Adopter can take over a session under the cookie value that it has with another driver, so
// that no visitor depends on the answer with a new cookie.
type Adopter interface {
	// Adopt returns the record that value would name, and false if it could not name one. Nothing
	// is asked or written. Save with From.Record set to it creates the record, or renews it away,
	// and returns [ErrConflict] if anything has the ID; Delete leaves a mark there that later
	// creation meets for at least 12 hours, in which a request may be under way.
	Adopt(value string) (Record, bool)
}

// A Retirer can leave a record readable for a while after its session moved to another place. The
// session of a driver that cannot is deleted when it moves: of a sign-out at that very moment,
// between a last look and the deletion, the new place does not hear.
type Retirer interface {
	// Retire ends the session in w.From and leaves w.Leave to be read, superseded, during a minute
	// after w.At, or nothing if it is nil. It returns [ErrConflict] if the record changed since it
	// was loaded, [ErrEnded] if it is gone. A driver without versions retires what is there. After
	// any other error the session may be retired or not.
	Retire(ctx context.Context, w Write) error
}

// A Departer can say of a record that its session is in another place under the same cookie value,
// so that programs which move sessions to and from a place can run beside each other.
type Departer interface {
	// Depart ends the session in w.From. Until w.Expires, Load returns a [MovedError] with w.Move.
	// It returns [ErrConflict] if the record changed since it was loaded, [ErrEnded] if it is gone.
	// After any other error the session may have departed or not, and Depart can be called again
	// with the same Write: what Depart itself left is not a conflict.
	Depart(ctx context.Context, w Write) error
}

// A Lister can go through all sessions. One whose store cannot returns an error that wraps
// [errors.ErrUnsupported].
type Lister interface {
	// All yields every session that exists from beginning to end of the iteration, once, and may
	// yield those that begin or end during it. An error ends it.
	All(ctx context.Context) iter.Seq2[Snapshot, error]
}
