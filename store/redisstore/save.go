package redisstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/wafer-go/wafer/store"
)

// Save creates or replaces the record, in one round trip.
func (s *Store) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	w, err := newWrite(r)
	if err == nil {
		err = s.write(ctx, saveScript, s.withIndex([]string{s.recordKey(id)}, id, r.Owner), w.args())
	}
	if err != nil {
		return 0, fail(ctx, "Save", id, err)
	}
	return w.version, nil
}

// Move saves r under another ID and leaves mark under the old one, in one step and one round trip.
// Unless Options.Prefix names a slot, both IDs must be in the same part ([store.ID.Part]);
// otherwise the error wraps errors.ErrUnsupported.
func (s *Store) Move(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
	w, err := newWrite(r)
	if err == nil {
		err = checkSize(mark)
	}
	if err == nil && !s.together(from, to) {
		err = errApart
	}
	if err == nil {
		keys := s.withIndex([]string{s.recordKey(from), s.recordKey(to)}, to, r.Owner)
		err = s.write(ctx, moveScript, keys, append(w.args(), mark.Data, mark.Used.Unix(), mark.Expires.Unix(), end(mark.Expires)))
	}
	if err != nil {
		return 0, fail(ctx, "Move", from, err)
	}
	return w.version, nil
}

var errApart = fmt.Errorf("the new ID is in another part than the old one; give it the same store.ID.Part: %w", errors.ErrUnsupported)

// withIndex adds the key of the owner's index, if the record has an owner.
func (s *Store) withIndex(keys []string, id store.ID, owner string) []string {
	if owner == "" {
		return keys
	}
	return append(keys, s.index(id, owner))
}

// A write is what saveScript and moveScript write.
type write struct {
	r       store.Record
	version uint64 // the new one
}

func newWrite(r store.Record) (write, error) {
	w := write{r: r}
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

// args are those that the two scripts share.
func (w write) args() []any {
	r := &w.r
	return []any{
		strconv.FormatUint(r.Version, 10), strconv.FormatUint(w.version, 10), r.Owner, r.Data, r.Used.Unix(), r.Expires.Unix(),
		end(r.Expires), till(r.Expires),
	}
}

func checkSize(r store.Record) error {
	if len(r.Data) > maxData {
		return fmt.Errorf("%d bytes of data, and at most %d are kept: %w", len(r.Data), maxData, store.ErrTooLarge)
	}
	return nil
}

// write runs a script that changes a record if it has a certain version.
func (s *Store) write(ctx context.Context, sc *script, keys []string, args []any) error {
	a, err := s.run(ctx, sc, keys, args...)
	if err != nil || a.text == done {
		return err
	}
	return judge(a.text, a.lost)
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

// Touch sets Used and Expires of the record that has the version, unless they are later already, in
// one round trip.
func (s *Store) Touch(ctx context.Context, id store.ID, version uint64, used, expires time.Time) error {
	a, err := s.run(ctx, touchScript, []string{s.recordKey(id)},
		strconv.FormatUint(version, 10), used.Unix(), expires.Unix(), end(expires), till(expires))
	if err == nil && a.text != done {
		err = judge(a.text, nil) // sent twice it does the same, so that a lost answer does not matter
	}
	if err != nil {
		return fail(ctx, "Touch", id, err)
	}
	return nil
}

// Delete removes the record, in one round trip. If its answer is lost, it is sent again.
func (s *Store) Delete(ctx context.Context, id store.ID) error {
	if _, err := s.run(ctx, deleteScript, []string{s.recordKey(id)}); err != nil {
		return fail(ctx, "Delete", id, err)
	}
	return nil
}
