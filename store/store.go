// Package store says what a place that keeps sessions on the server must do.
//
// A program creates a store of a package beside this one (memstore, sqlstore, redisstore,
// memcachestore) and passes it to session.Stored. This package is for those who write another: they
// implement [Store], as many of the optional interfaces as their engine is good at, and run the
// suite in storetest.
package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"time"
)

var (
	// ErrNotFound: no record has the id, or it has expired.
	ErrNotFound = errors.New("store: no record has this id")

	// ErrConflict: the record has another version than the one that was to be
	// replaced, or there is one where none was expected.
	ErrConflict = errors.New("store: the record was changed since it was loaded")

	// ErrTooLarge: the store does not keep a record as large as this one.
	ErrTooLarge = errors.New("store: the record is too large")

	// ErrFull: the store is full, and does not drop a session to make room.
	ErrFull = errors.New("store: no room for another record")
)

// An ID names a record. It is the SHA-256 of something that only the visitor's
// cookie holds, so whoever reads a store cannot make a cookie of it.
type ID [sha256.Size]byte

// String returns the id as 64 lowercase hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Parts is how many parts of a store there may be; see [ID.Part].
const Parts = 64

// Part returns the first six bits of the id. A store that cannot change any two of its records in
// one step may keep those whose IDs have the same Part together. Whoever gives a record another ID
// chooses one of the same Part, so that [Mover.Move] can do it, and so that
// [OwnerIndex.DeleteOwned], which may work on one part after the other, does not miss it.
func (id ID) Part() int { return int(id[0] >> 2) }

// ParseID reads what String wrote, in either case.
func ParseID(text string) (ID, error) {
	var id ID
	if len(text) != hex.EncodedLen(len(id)) {
		return id, fmt.Errorf("store: a record's id is %d hexadecimal digits, not %d bytes of text", hex.EncodedLen(len(id)), len(text))
	}
	if _, err := hex.Decode(id[:], []byte(text)); err != nil {
		return ID{}, fmt.Errorf("store: a record's id has hexadecimal digits only: %w", err)
	}
	return id, nil
}

// A Record is what a store keeps under an id.
type Record struct {
	// Data is the session's values. It is the caller's: a store copies it.
	Data []byte

	// Version changes with each Save and is never 0 in a record that was
	// loaded. What it counts is the store's own business.
	Version uint64

	// Nonce is a random number below 1<<63 by which its writer recognizes the record. Save and Move
	// keep the one that they are given, and Load returns it: if the answer to a save was lost, the
	// writer saves again, and finds by the nonce that the record is there already. What has other
	// content has another nonce. A store may use it as the version. If a writer gives 0, the store
	// may keep another.
	Nonce uint64

	// Used is when the record was last saved or touched, and Expires when it
	// is gone. Both are kept to the second, rounded down, and in UTC.
	Used, Expires time.Time

	// Owner is the user whose session it is, as the program names users; empty if there is none.
	// It is valid UTF-8 of at most 255 bytes.
	Owner string
}

// A Store keeps records. It must be safe for concurrent use by multiple goroutines, and usually by
// multiple processes. The contract:
//
//   - A record is there from its first Save until Delete or its expiry,
//     whichever comes first. From the second named in Expires on, every method
//     behaves as if it had been deleted, whether or not it was purged yet.
//   - A change is seen by every Load that begins after Save returned, through
//     any instance of the store.
//   - Save with Version 0 creates, if no record has the id; else it fails with
//     [ErrConflict]. Of many at once, one succeeds.
//   - Save with another Version replaces the record which has that version. If the record has
//     another version, Save fails with [ErrConflict]; if there is no record, with [ErrNotFound]: a
//     deleted record does not come back.
//   - Delete succeeds also if there is no record.
//   - Ids are random: one that was deleted or has expired is not used again,
//     so nothing is promised of it.
//   - If a method fails with an error that is not of this package, it may have had its effect or
//     not, for example because the connection broke.
//   - A context that is done ends a method early, with an error that wraps the
//     context's.
//   - Data may hold any bytes, none at all too, and at least 1 MiB of them
//     unless the store's documentation says otherwise; more than a store can
//     keep is [ErrTooLarge], never cut short.
//   - Errors wrap the engine's own, and never hold a record's data.
type Store interface {
	// Load returns the record, or ErrNotFound. It must not return the same Data to another caller.
	Load(ctx context.Context, id ID) (Record, error)

	// Save creates or replaces a record, as r.Version says, and returns its new version; or 0 if
	// the engine does not tell it, so that the caller must load before the next save.
	Save(ctx context.Context, id ID, r Record) (version uint64, err error)

	// Delete removes the record.
	Delete(ctx context.Context, id ID) error
}

// A Toucher can say that a record was used without writing it again.
type Toucher interface {
	// Touch sets Used and Expires of the record that has the version, unless they are later
	// already, and leaves the version as it is. It fails with ErrNotFound if there is no record,
	// and with ErrConflict if the record has another version: another request has saved it, or
	// [Mover.Move] made it a mark, which must not live longer because of that.
	Touch(ctx context.Context, id ID, version uint64, used, expires time.Time) error
}

// A Mover can give a record another ID and leave a mark under the old one, in one step, so that
// there is no instant at which both IDs are valid, or neither.
type Mover interface {
	// Move saves r under the ID to and, in the same step, replaces the record at from by mark. The
	// two IDs must differ, and the record at from must have r.Version. Move returns the version of
	// the record at to, or 0 if the engine does not tell it.
	//
	// Of mark, Data, Used and Expires are kept. Version, Nonce and Owner are ignored: the mark gets
	// a new version and has no owner. It is a record like any other from then on, so it can be
	// loaded, and saved over in its own version.
	//
	// Move fails with ErrConflict if the record at from has another version or if there is a record
	// at to, and with ErrNotFound if there is no record at from. If the IDs have not the same
	// [ID.Part] and the store cannot change both in one step, the error wraps
	// [errors.ErrUnsupported], and Move has not asked the engine. After each of these errors
	// nothing has changed.
	Move(ctx context.Context, from, to ID, r, mark Record) (version uint64, err error)
}

// An Entry is a record with its id.
type Entry struct {
	ID ID
	Record
}

// An OwnerIndex knows which records are whose.
type OwnerIndex interface {
	// Owned yields the records of an owner, in no particular order. It yields every record that the
	// owner has from the beginning to the end of the iteration, once, and may yield those that come
	// or go in between. It must not load all of them into memory or block other users of the store.
	// An error ends the iteration. If the owner has no records, it yields nothing; the empty owner
	// has none.
	Owned(ctx context.Context, owner string) iter.Seq2[Entry, error]

	// DeleteOwned deletes the records of an owner, except those with the IDs in except, and returns
	// how many it deleted, also beside an error. If it returns a nil error, no record that the
	// owner had when it was called exists, under its ID or under one of the same [ID.Part] to which
	// others have moved it since. It must not block other users of the store: if it cannot delete
	// all records in one short step, it works in several. A record that is created while it runs
	// may stay.
	DeleteOwned(ctx context.Context, owner string, except ...ID) (deleted int, err error)

	// DeleteOne deletes the record with the ID if owner is its owner, in one step, and reports
	// whether it did. If the record has another owner or none, or does not exist, DeleteOne reports
	// false and a nil error. The empty owner has no records.
	DeleteOne(ctx context.Context, owner string, id ID) (deleted bool, err error)
}

// A Lister can go through all records.
type Lister interface {
	// All yields once every record that exists from the beginning to the end of the iteration, and
	// may yield those that are created or end during it. It must not load all records into memory
	// or block other users of the store. An error ends the iteration.
	All(ctx context.Context) iter.Seq2[Entry, error]
}

// A Purger keeps expired records until it is told to drop them.
type Purger interface {
	// Purge deletes up to limit expired records and returns how many it
	// deleted. Fewer than limit means that there are no more for now.
	Purge(ctx context.Context, limit int) (purged int, err error)
}

// A Clock tells the time by which a store judges what has expired. If the program's clock is
// behind, a record would be gone too early, or at once: session.Stored then saves it with a later
// Expires.
type Clock interface {
	// Now returns the time to within two seconds. It is called for each Save and Touch, so it
	// should ask the engine rarely. After an error the two clocks count as one.
	Now(ctx context.Context) (time.Time, error)
}

// A Pinger can say whether its engine is within reach.
type Pinger interface {
	// Ping returns nil if the store can be read and written.
	Ping(ctx context.Context) error
}
