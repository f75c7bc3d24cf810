package sqlstores

import (
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/sqlstore"
)

// id returns the n-th id. Like real ones, they are spread over all there are.
func id(n int) (id store.ID) {
	binary.BigEndian.PutUint64(id[:], uint64(n)*0x9e3779b97f4a7c15)
	return id
}

func record(data string) store.Record {
	now := time.Now()
	return store.Record{Data: []byte(data), Used: now, Expires: now.Add(time.Hour)}
}

func expired(data string) store.Record {
	r := record(data)
	r.Expires = time.Now().Add(-time.Minute)
	return r
}

// save saves a record and returns it in its new version.
func save(t testing.TB, s *sqlstore.Store, id store.ID, r store.Record) store.Record {
	t.Helper()
	version, err := s.Save(t.Context(), id, r)
	if err != nil {
		t.Fatal(err)
	}
	r.Version = version
	return r
}

func load(t testing.TB, s *sqlstore.Store, id store.ID) store.Record {
	t.Helper()
	r, err := s.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func wraps(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("the error is %v; it should be %v", err, want)
	}
}
