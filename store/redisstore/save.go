package redisstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/store"
)

// Save creates or replaces the record, in one round trip; under a Redis Cluster there are two more
// if the record gets another owner, or outlives what its owner's index says of it (one more if it
// is new).
func (s *Store) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	w, err := newWrite(id, r)
	if err != nil {
		return 0, fail(ctx, "Save", id, err)
	}
	key, index := s.recordKey(id), s.indexKey(r.Owner)
	err = s.write(ctx, saveScript, w, []string{key}, index, r.Version == 0, nil)
	if err != nil {
		return 0, fail(ctx, "Save", id, err)
	}
	return w.version, nil
}

// Move saves r under another ID and leaves mark under the old one, in one step and one round trip.
// In a Redis Cluster the two IDs must be in one slot, by chance or by the prefix; otherwise the
// error wraps errors.ErrUnsupported. There a record with an owner costs another round trip.
func (s *Store) Move(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
	w, err := newWrite(to, r)
	if err == nil {
		err = checkSize(mark)
	}
	if err != nil {
		return 0, fail(ctx, "Move", from, err)
	}
	keys := []string{s.recordKey(from), s.recordKey(to)}
	if !s.reaches(keys[0], keys[1]) {
		return 0, fail(ctx, "Move", from, errApart)
	}
	left := []any{mark.Data, mark.Used.Unix(), mark.Expires.Unix(), end(mark.Expires), from.String()}
	if err := s.write(ctx, moveScript, w, keys, s.indexKey(r.Owner), true, left); err != nil {
		return 0, fail(ctx, "Move", from, err)
	}
	return w.version, nil
}

var errApart = fmt.Errorf("the two ids are in different slots of a Redis Cluster, which changes nothing in two slots in one step: %w", errors.ErrUnsupported)

// A write is what saveScript and moveScript write.
type write struct {
	id      store.ID
	r       store.Record
	version uint64 // the new one
}

func newWrite(id store.ID, r store.Record) (write, error) {
	w := write{id: id, r: r}
	if err := checkSize(r); err != nil {
		return w, err
	}
	// The nonce is the version. One that is random differs from that of a record which had this ID
	// before, from one that a server gave which has been replaced since, and from that of a
	// concurrent save.
	w.version = r.Nonce
	for w.version == 0 || w.version == r.Version {
		w.version = rand.Uint64() // #nosec G404 -- told apart, not kept secret
	}
	return w, nil
}

func checkSize(r store.Record) error {
	if len(r.Data) > maxData {
		return fmt.Errorf("%d bytes of data, and at most %d are kept: %w", len(r.Data), maxData, store.ErrTooLarge)
	}
	return nil
}

// write runs a script that writes, and enters the record in its owner's index before, if the script
// asks for that or certainly will. More arguments of the script follow those of the record.
func (s *Store) write(ctx context.Context, sc *script, w write, keys []string, index string, enter bool, more []any) error {
	r := &w.r
	var lost error
	var good claim
	mode := list
	for range maxTries {
		all := keys
		switch {
		case r.Owner == "":
		case s.reaches(keys[0], index):
			all = append(keys[:len(keys):len(keys)], index)
		case enter:
			var err error
			if good, err = s.claim(ctx, w.id, r.Owner, r.Expires, mode); err != nil {
				return err
			}
		}
		named := good.till
		if named == 0 {
			named = till(r.Expires)
		}
		args := append([]any{
			strconv.FormatUint(r.Version, 10), strconv.FormatUint(w.version, 10), r.Data, r.Used.Unix(), r.Expires.Unix(), r.Owner,
			end(r.Expires), named, good.until, w.id.String(), s.indexes(),
		}, more...)
		a, err := s.run(ctx, sc, all, args...)
		if a.lost != nil {
			lost = a.lost
		}
		if isApart(err) && !s.spread.Swap(true) {
			// The client is one for a single server, and the server one of a
			// cluster. Nothing was done.
			if !s.reaches(keys[0], keys[len(keys)-1]) {
				return errApart
			}
			continue
		}
		switch {
		case err != nil:
			return err
		case a.text == done:
			return nil
		case a.text == list, a.text == relist:
			enter, mode = true, a.text
			continue
		}
		return judge(a.text, lost)
	}
	return errors.New("the index of the owner could not be written in time; are the servers' clocks more than 30 s apart?")
}

// isApart reports whether a script failed because its keys are in several slots of a cluster.
func isApart(err error) bool {
	return err != nil && (redis.HasErrorPrefix(err, "CROSSSLOT") || strings.Contains(err.Error(), "Script attempted to access"))
}

// judge makes an error of what a script refused. If an earlier try may have been carried out, and
// its record changed since, the outcome is unknown.
func judge(text string, lost error) error {
	switch {
	case text != none && text != conflict:
		return fmt.Errorf("the script answered %q", text)
	case lost != nil:
		return fmt.Errorf("it is not known whether it took effect: %w", lost)
	case text == none:
		return store.ErrNotFound
	}
	return store.ErrConflict
}

// Touch sets Used and Expires of the record that has the version, unless they
// are later already, in one round trip; three if the record would outlive
// what its owner's index says of it, which
// is so once in its lifetime, as that was when the record was saved.
func (s *Store) Touch(ctx context.Context, id store.ID, version uint64, used, expires time.Time) error {
	var good claim
	var owner string
	key := []string{s.recordKey(id)}
	for range maxTries {
		// Sent twice it does the same, so that a lost answer does not matter.
		a, err := s.run(ctx, touchScript, key, used.Unix(), expires.Unix(), end(expires), owner, good.till, good.until, strconv.FormatUint(version, 10), id.String(), s.indexes())
		if isApart(err) && !s.spread.Swap(true) {
			continue
		}
		if err != nil {
			return fail(ctx, "Touch", id, err)
		}
		var enter bool
		if owner, enter = strings.CutPrefix(a.text, relist); !enter {
			if a.text == done {
				return nil
			}
			return fail(ctx, "Touch", id, judge(a.text, nil))
		}
		if good, err = s.claim(ctx, id, owner, expires, relist); err != nil {
			return fail(ctx, "Touch", id, err)
		}
	}
	return fail(ctx, "Touch", id, errors.New("the owner changed again and again"))
}
