package memcachestore

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/wafer-go/wafer/store"
)

func TestAForeignItemIsNoRecordAndNotNothing(t *testing.T) {
	s := newStore(t, address(t), nil)
	for _, value := range []string{"", "confidential", "\x03" + strings.Repeat("\x00", 28), "\x02" + strings.Repeat("\x00", 24) + "\x01"} {
		id := randomID()
		if err := s.client.Set(&memcache.Item{Key: s.key(id), Value: []byte(value), Expiration: 60}); err != nil {
			t.Fatal(err)
		}
		_, err := s.Load(t.Context(), id)
		if err == nil || errors.Is(err, store.ErrNotFound) || strings.Contains(err.Error(), "confidential") {
			t.Errorf("Load of %q returned %v", value, err)
		}
	}
}

func TestTheFormatIsTheDocumentedOne(t *testing.T) {
	const want = "\x02" + "\x01\x02\x03\x04\x05\x06\x07\x08" + "\x00\x00\x00\x00\x6b\x49\xd2\x00" + "\x00\x00\x00\x00\x6b\x49\xe0\x10" + "\x03ann" + "data"
	r, err := parse([]byte(want))
	if err != nil {
		t.Fatal(err)
	}
	if r.Nonce != 0x0102030405060708 || r.Used.Unix() != 1_800_000_000 || r.Expires.Unix() != 1_800_003_600 || r.Owner != "ann" || string(r.Data) != "data" {
		t.Errorf("it became %+v", r)
	}
	if b, err := format(r); err != nil || string(b) != want {
		t.Errorf("back it became %q, %v", b, err)
	}
	if _, err := format(store.Record{Owner: strings.Repeat("x", 256)}); err == nil {
		t.Error("an owner of 256 bytes was taken")
	}
}

// A value that is accepted is the only one of its record.
func FuzzParse(f *testing.F) {
	f.Add([]byte("\x02\x01\x02\x03\x04\x05\x06\x07\x08\x00\x00\x00\x00\x6b\x49\xd2\x00\x00\x00\x00\x00\x6b\x49\xe0\x10\x03anndata"))
	f.Fuzz(func(t *testing.T, value []byte) {
		r, err := parse(value)
		if err != nil {
			return
		}
		b, err := format(r)
		if err != nil || !bytes.Equal(b, value) {
			t.Errorf("%q became %+v, and that %q (%v)", value, r, b, err)
		}
	})
}
