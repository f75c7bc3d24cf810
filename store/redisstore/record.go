package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/store"
)

// fields are those of a record's hash. A further one, listed, says until when
// its owner's index names it.
var fields = []string{"version", "data", "used", "expires", "owner"}

// maxTime is the end of the year 9999, in Unix seconds: what Redis is told if a record is to last
// for longer.
const maxTime = 253402300799

// Load returns the record, or store.ErrNotFound, in one round trip. Under a Redis Cluster it is two
// if the record has an owner, whose index has to name it.
func (s *Store) Load(ctx context.Context, id store.ID) (store.Record, error) {
	if err := ctx.Err(); err != nil {
		return store.Record{}, fail(ctx, "Load", id, err)
	}
	r, err := s.load(ctx, id)
	if err != nil {
		return store.Record{}, fail(ctx, "Load", id, err)
	}
	return r, nil
}

func (s *Store) load(ctx context.Context, id store.ID) (store.Record, error) {
	if indexes := s.indexes(); indexes != "" {
		a, err := s.run(ctx, loadScript, []string{s.recordKey(id)}, id.String(), indexes)
		if err == nil {
			return parse(a.slice)
		}
		if !isApart(err) {
			return store.Record{}, err
		}
		s.spread.Store(true)
	}
	values, err := s.client.HMGet(ctx, s.recordKey(id), fields...).Result()
	if err != nil {
		return store.Record{}, err
	}
	r, err := parse(values)
	if err != nil || r.Owner == "" {
		return r, err
	}
	if err := s.client.ZScore(ctx, s.indexKey(r.Owner), id.String()).Err(); errors.Is(err, redis.Nil) {
		return store.Record{}, store.ErrNotFound // all of the owner's were deleted, or the index was evicted
	} else if err != nil {
		return store.Record{}, err
	}
	return r, nil
}

// parse makes a record of the values of its fields. It returns ErrNotFound if there are none.
func parse(values []any) (r store.Record, err error) {
	var text [5]string
	found := 0
	for i := range min(len(values), len(text)) {
		var ok bool
		if text[i], ok = values[i].(string); ok {
			found++
		}
	}
	switch {
	case found == 0:
		return r, store.ErrNotFound
	case found < len(text):
		return r, errors.New("the hash lacks fields of a record; something else has written to this key")
	}
	if r.Version, err = strconv.ParseUint(text[0], 10, 64); err != nil || r.Version == 0 {
		return store.Record{}, notNumber("version")
	}
	if r.Used, err = parseTime(text[2]); err != nil {
		return store.Record{}, notNumber("used")
	}
	if r.Expires, err = parseTime(text[3]); err != nil {
		return store.Record{}, notNumber("expires")
	}
	r.Nonce, r.Data, r.Owner = r.Version, []byte(text[1]), text[4]
	return r, nil
}

func notNumber(field string) error {
	return fmt.Errorf("the field %s is not a number as this package writes them; something else has written to this key", field)
}

func parseTime(text string) (time.Time, error) {
	seconds, err := strconv.ParseInt(text, 10, 64)
	return time.Unix(seconds, 0).UTC(), err
}

// end returns the last millisecond at which Redis shall have the record. It
// drops a key when that has passed, so this is the one before the second in
// which the record is gone.
func end(expires time.Time) int64 {
	return min(max(expires.Unix(), 1), maxTime)*1000 - 1
}

// till returns until when an index shall name a record: for as long again as
// the record lasts now, so that a record that is used often is seldom entered again.
func till(expires time.Time) int64 {
	left := max(time.Until(expires), 0)
	return min(max(expires.Unix(), 0)+int64(left/time.Second)+60, maxTime)
}

// Delete removes the record, in one round trip. Where its answer is lost, it
// is sent again.
func (s *Store) Delete(ctx context.Context, id store.ID) error {
	if err := ctx.Err(); err != nil {
		return fail(ctx, "Delete", id, err)
	}
	if err := s.client.Del(ctx, s.recordKey(id)).Err(); err != nil && !errors.Is(err, redis.Nil) {
		return fail(ctx, "Delete", id, err)
	}
	return nil
}
