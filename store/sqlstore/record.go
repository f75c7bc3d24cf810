package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"
	"unicode/utf8"

	"github.com/wafer-go/wafer/store"
)

// maxOwner is how many bytes an owner has at most: the contract of store.Record.
const maxOwner = 255

// attempts is how often a statement is repeated that found the table changed
// between itself and the one that asked why it had failed.
const attempts = 4

// Load returns the record, or ErrNotFound.
func (s *Store) Load(ctx context.Context, id store.ID) (store.Record, error) {
	var e store.Entry
	err := s.dialect.read(ctx, func() (err error) {
		e, err = scan(s.statements.load.queryRow(ctx, id[:]))
		return err
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return store.Record{}, store.ErrNotFound
	case err != nil:
		return store.Record{}, s.fail(ctx, "load a record", err)
	}
	return e.Record, nil
}

// Save creates or replaces a record, as r.Version says, and returns its new
// version.
func (s *Store) Save(ctx context.Context, id store.ID, r store.Record) (version uint64, err error) {
	const what = "save a record"
	if err := s.check(r); err != nil {
		return 0, err
	}
	if r.Version == 0 {
		return s.create(ctx, what, id, r)
	}
	return s.replace(ctx, what, id, r)
}

// create makes a record if there is none, or an expired one.
func (s *Store) create(ctx context.Context, what string, id store.ID, r store.Record) (uint64, error) {
	version := newVersion(r)
	data, used, expires, owner := s.values(r)
	if s.dialect != MySQL {
		rows, err := s.write(ctx, &s.statements.create, id[:], version, data, used, expires, owner)
		switch {
		case err != nil:
			return 0, s.fail(ctx, what, err)
		case rows == 0:
			return 0, store.ErrConflict
		}
		return uint64(version), nil // #nosec G115 -- newVersion makes none below 1
	}
	for range attempts {
		_, err := s.write(ctx, &s.statements.create, id[:], version, data, used, expires, owner)
		if err == nil {
			return uint64(version), nil // #nosec G115 -- as above
		}
		if s.dialect.causeOf(err) != duplicate {
			return 0, s.fail(ctx, what, err)
		}
		rows, err := s.write(ctx, &s.statements.revive, version, data, used, expires, owner, id[:])
		if err != nil {
			return 0, s.fail(ctx, what, err)
		}
		if rows > 0 {
			return uint64(version), nil // #nosec G115 -- as above
		}
		_, err = s.look(ctx, what, id)
		switch {
		case err == nil:
			return 0, store.ErrConflict
		case !errors.Is(err, store.ErrNotFound):
			return 0, err
		}
		// It was there and expired, and was purged just then.
	}
	return 0, store.ErrConflict
}

// replace saves r over the record.
func (s *Store) replace(ctx context.Context, what string, id store.ID, r store.Record) (uint64, error) {
	version := newVersion(r)
	data, used, expires, owner := s.values(r)
	for range attempts {
		var rows int64
		var err error
		if r.Version <= math.MaxInt64 { // newVersion makes none above
			rows, err = s.write(ctx, &s.statements.replace, version, data, used, expires, owner, id[:], int64(r.Version)) // #nosec G115 -- compared above
		}
		switch {
		case err != nil:
			return 0, s.fail(ctx, what, err)
		case rows > 0:
			return uint64(version), nil // #nosec G115 -- as in create
		}
		found, err := s.look(ctx, what, id)
		if err != nil {
			return 0, err
		}
		if found.version != r.Version {
			return 0, store.ErrConflict
		}
		// A server that lags behind the one that was written to said so.
	}
	return 0, store.ErrConflict
}

// vacate drops an expired record, and fails with ErrConflict if there is one that has not expired.
func (s *Store) vacate(ctx context.Context, what string, id store.ID) error {
	rows, err := s.write(ctx, &s.statements.vacate, id[:])
	if err != nil {
		return s.fail(ctx, what, err)
	}
	if rows > 0 {
		return nil
	}
	switch _, err := s.look(ctx, what, id); {
	case err == nil:
		return store.ErrConflict
	case errors.Is(err, store.ErrNotFound):
		return nil
	default:
		return err
	}
}

// A glance is all of a record except its data.
type glance struct {
	version       uint64
	used, expires int64
}

// look returns a record's version and times, or ErrNotFound.
func (s *Store) look(ctx context.Context, what string, id store.ID) (glance, error) {
	var g glance
	err := s.dialect.read(ctx, func() error {
		return s.statements.look.queryRow(ctx, id[:]).Scan(&g.version, &g.used, &g.expires)
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return glance{}, store.ErrNotFound
	case err != nil:
		return glance{}, s.fail(ctx, what, err)
	}
	return g, nil
}

// Delete removes the record.
func (s *Store) Delete(ctx context.Context, id store.ID) error {
	if _, err := s.write(ctx, &s.statements.remove, id[:]); err != nil {
		return s.fail(ctx, "delete a record", err)
	}
	return nil
}

// check refuses what the table cannot keep, before an engine does so in its
// own words or cuts it short.
func (s *Store) check(r store.Record) error {
	if len(r.Data) > s.maxData {
		why := ""
		if s.maxData < maxData {
			why = ", which is what the server's max_allowed_packet lets through"
		}
		return fmt.Errorf("sqlstore: save a record: %w: it has %d bytes, and the most is %d%s", store.ErrTooLarge, len(r.Data), s.maxData, why)
	}
	if len(r.Owner) > maxOwner {
		return fmt.Errorf("sqlstore: save a record: its owner has %d bytes, and the most is %d", len(r.Owner), maxOwner)
	}
	if !utf8.ValidString(r.Owner) {
		return errors.New("sqlstore: save a record: its owner is not valid UTF-8")
	}
	if r.Nonce > math.MaxInt64 {
		return fmt.Errorf("sqlstore: save a record: its nonce is %d, and the largest is %d", r.Nonce, int64(math.MaxInt64))
	}
	return nil
}

// values returns a record's columns.
func (s *Store) values(r store.Record) (data []byte, used, expires int64, owner any) {
	data = r.Data
	if data == nil {
		data = []byte{} // nil is NULL for drivers
	}
	return data, r.Used.Unix(), r.Expires.Unix(), s.dialect.owner(r.Owner)
}

// scan reads a row of columns.
func scan(row interface{ Scan(dest ...any) error }) (store.Entry, error) {
	var (
		e                      store.Entry
		id                     []byte
		version, used, expires int64
		owner                  sql.NullString
	)
	if err := row.Scan(&id, &version, &e.Data, &used, &expires, &owner); err != nil {
		return store.Entry{}, err
	}
	if len(id) != len(e.ID) {
		return store.Entry{}, idSizeError(len(id))
	}
	e.ID = store.ID(id)
	e.Version = uint64(version) // #nosec G115 -- newVersion makes none below 1
	e.Nonce = e.Version
	e.Used, e.Expires = time.Unix(used, 0).UTC(), time.Unix(expires, 0).UTC()
	e.Owner = owner.String
	return e, nil
}

func idSizeError(size int) error {
	return fmt.Errorf("a row's id has %d bytes instead of %d", size, len(store.ID{}))
}

// newVersion returns the version that a save of r gives the record: the writer's nonce, or one that
// is random too, so that it is not that of a record which had this ID before.
func newVersion(r store.Record) int64 {
	if r.Nonce != 0 && r.Nonce != r.Version {
		return int64(r.Nonce) // #nosec G115 -- check compared it
	}
	var b [8]byte
	_, _ = rand.Read(b[:])                             // never fails: crypto/rand
	return int64(binary.BigEndian.Uint64(b[:])>>1) | 1 // #nosec G115 -- 63 bits
}
