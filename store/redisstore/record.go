package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/wafer-go/wafer/store"
)

// fields are those of a record's hash.
var fields = []string{"version", "owner", "data", "used", "expires"}

// maxTime is the end of the year 9999, in Unix seconds: what Redis is told if a record is to last
// for longer.
const maxTime = 253402300799

// Load returns the record, or store.ErrNotFound, in one round trip.
func (s *Store) Load(ctx context.Context, id store.ID) (store.Record, error) {
	a, err := s.run(ctx, loadScript, []string{s.recordKey(id)})
	var r store.Record
	if err == nil {
		r, err = parse(a.slice)
	}
	if err != nil {
		return store.Record{}, fail(ctx, "Load", id, err)
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
	if r.Used, err = parseTime(text[3]); err != nil {
		return store.Record{}, notNumber("used")
	}
	if r.Expires, err = parseTime(text[4]); err != nil {
		return store.Record{}, notNumber("expires")
	}
	r.Nonce, r.Owner, r.Data = r.Version, text[1], []byte(text[2])
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

// till returns until when an index shall name a record: for as long again as the record lasts now,
// so that the index of a record that is used often is seldom written.
func till(expires time.Time) int64 {
	left := max(time.Until(expires), 0)
	return min(max(expires.Unix(), 0)+int64(left/time.Second)+60, maxTime)
}
