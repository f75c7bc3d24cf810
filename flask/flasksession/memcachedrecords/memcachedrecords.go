// Package memcachedrecords keeps sessions in the memcached of a Flask program with
// SESSION_TYPE="memcached".
//
//	records := memcachedrecords.New(memcache.New("localhost:11211"))
//	backend, err := flasksession.New(records, nil)
//
// memcached does not tell when a record expires: a session that a Go program only reads ends
// [session.Options.Lifetime] after it was last saved, or after Flask last answered a request with
// it. It drops records when it is full, which signs visitors out, as under Flask.
package memcachedrecords

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/session/driver"
)

// New returns the records in the client's servers, which must be those of the Flask program, in the
// same order. The client's Timeout limits each call.
func New(client *memcache.Client) flasksession.Records { return records{client} }

type records struct{ client *memcache.Client }

// Load returns an item. Retire leaves an empty one for a moment, which does not count.
func (r records) Load(ctx context.Context, key string) (flasksession.Record, error) {
	item, err := r.get(ctx, key)
	if err != nil || item == nil || len(item.Value) == 0 {
		return flasksession.Record{}, err
	}
	return flasksession.Record{Data: item.Value}, nil
}

// get returns an item, or nil if there is none.
func (r records) get(ctx context.Context, key string) (*memcache.Item, error) {
	if err := ctx.Err(); err != nil {
		return nil, fail("read", err)
	}
	item, err := r.client.Get(key)
	switch {
	case errors.Is(err, memcache.ErrCacheMiss):
		return nil, nil
	case err != nil:
		return nil, fail("read", err)
	}
	return item, nil
}

// Swap replaces an item that still has old, or adds one.
func (r records) Swap(ctx context.Context, key string, old []byte, next flasksession.Record) error {
	item := &memcache.Item{Key: key, Value: next.Data, Expiration: expiration(next.Expires)}
	if old == nil {
		return told("add", r.client.Add(item), driver.ErrConflict)
	}
	return r.replace(ctx, old, item)
}

// replace replaces the item that still has old.
func (r records) replace(ctx context.Context, old []byte, next *memcache.Item) error {
	item, err := r.still(ctx, next.Key, old)
	if err != nil {
		return err
	}
	next.CasID, next.Flags = item.CasID, item.Flags
	return told("replace", r.client.CompareAndSwap(next), driver.ErrEnded)
}

// still returns the item that has old.
func (r records) still(ctx context.Context, key string, old []byte) (*memcache.Item, error) {
	item, err := r.get(ctx, key)
	switch {
	case err != nil:
		return nil, err
	case item == nil, len(item.Value) == 0:
		return nil, driver.ErrEnded
	case !bytes.Equal(item.Value, old):
		return nil, driver.ErrConflict
	}
	return item, nil
}

// Retire leaves word first: while the record is there, the word is not read. memcached has no
// command to delete an item that has not changed, so the record is replaced by an empty one, which
// Flask reads as no session.
func (r records) Retire(ctx context.Context, key string, old []byte, name string, word flasksession.Record) error {
	item, err := r.still(ctx, key, old)
	if err != nil {
		return err
	}
	added := false
	if time.Now().Before(word.Expires) {
		err := r.client.Add(&memcache.Item{Key: name, Value: word.Data, Expiration: expiration(word.Expires)})
		if added = err == nil; err != nil && !errors.Is(err, memcache.ErrNotStored) {
			return fail("write", err)
		}
	}
	item.Value, item.Expiration = nil, 1
	err = told("replace", r.client.CompareAndSwap(item), driver.ErrEnded)
	if err != nil && added {
		_ = r.client.Delete(name) // it expires in a minute
	}
	return err
}

// Delete deletes an item.
func (r records) Delete(_ context.Context, key string) error {
	if err := r.client.Delete(key); err != nil && !errors.Is(err, memcache.ErrCacheMiss) {
		return fail("delete", err)
	}
	return nil
}

// relative is up to where memcached counts an expiration from now: 30 days, in seconds.
const relative = 30 * 24 * 3600

// expiration returns a time in memcached's form, rounded up to the second.
func expiration(at time.Time) int32 {
	left := time.Until(at)
	switch seconds := int64((left + time.Second - 1) / time.Second); {
	case seconds <= 0:
		return -1 // at once
	case seconds <= relative:
		return int32(seconds) // #nosec G115 -- compared just before
	}
	return int32(min(at.Unix(), 1<<31-1)) // #nosec G115 -- likewise
}

// told returns the error of a change, of which memcached says that it did not happen because of the
// item that is there, or is not.
func told(what string, err, refused error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, memcache.ErrCASConflict):
		return driver.ErrConflict
	case errors.Is(err, memcache.ErrNotStored), errors.Is(err, memcache.ErrCacheMiss):
		return refused
	case strings.Contains(err.Error(), "SERVER_ERROR object too large"):
		err = fmt.Errorf("%w: %w", driver.ErrTooLarge, err)
	}
	return fail(what, err)
}

func fail(what string, err error) error {
	return fmt.Errorf("memcachedrecords: could not %s the item of a session: %w", what, err)
}
