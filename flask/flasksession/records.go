package flasksession

import (
	"context"
	"strings"
	"time"
)

// Records is where Flask-Session keeps its records: [Redis], [Files], package sqlrecords, package
// memcachedrecords, or a type of the program's own. It is safe for concurrent use by multiple
// goroutines.
//
// Keys are Flask-Session's own, SESSION_KEY_PREFIX and the session's ID, and names of this package
// that Flask never asks for.
type Records interface {
	// Load returns the record under a key. If there is none, or it has expired, Data is nil.
	Load(ctx context.Context, key string) (Record, error)

	// Swap replaces the record under a key, if its data is still old, and creates it if old is nil.
	// It returns [driver.ErrConflict] if other data is there, [driver.ErrEnded] if old is not nil
	// and nothing is there, and [driver.ErrTooLarge] for data that would be cut.
	Swap(ctx context.Context, key string, old []byte, next Record) error

	// Retire removes the record under a key, if its data is still old, and leaves word under
	// another name in the same step. It returns the errors of Swap. Word that has expired is not
	// left.
	Retire(ctx context.Context, key string, old []byte, name string, word Record) error

	// Delete removes the record under a key. It succeeds if there is none.
	Delete(ctx context.Context, key string) error
}

// A Record is what Records keep under a key.
type Record struct {
	// Data is the session as Flask-Session writes it, or word of this package's.
	Data []byte

	// Expires is the time from which the record is gone. When loaded it may be rounded to the
	// second, or zero if the place does not tell.
	Expires time.Time
}

// wordName returns the name under which this package keeps something beside the record of a key. A
// Redis Cluster keeps both on one server: the part in braces is what it hashes. Of a key that has a
// closing brace and no such part, it may keep them on two.
func wordName(key, what string) string {
	if _, tag, ok := strings.Cut(key, "{"); ok && strings.IndexByte(tag, '}') > 0 {
		return key + ":wafer:" + what
	}
	return "wafer:{" + key + "}:" + what
}
