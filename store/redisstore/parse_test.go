package redisstore

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/store"
)

func TestAForeignHashIsNoRecordAndNotNothing(t *testing.T) {
	s := newStore(t, connect(t, address(t)))
	id := randomID()
	s.client.HSet(t.Context(), s.recordKey(id), "version", "1", "data", "confidential")
	if _, err := s.Load(t.Context(), id); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("Load returned %v", err)
	}
}

// An index or a record that something else has replaced is an error. The session has not ended, and
// was not deleted.
func TestAForeignKeyIsAnError(t *testing.T) {
	s := newStore(t, connect(t, address(t)))
	for what, key := range map[string]func(id store.ID) string{
		"record": s.recordKey,
		"index":  func(id store.ID) string { return s.index(id, "ann") },
	} {
		id := randomID()
		must(s.Save(t.Context(), id, record("a value", "ann")))(t)
		s.client.Del(t.Context(), key(id))
		s.client.Set(t.Context(), key(id), "text", time.Minute)
		if _, err := s.Load(t.Context(), id); err == nil || !strings.Contains(err.Error(), "WRONGTYPE") {
			t.Errorf("with a foreign %s, Load returned %v", what, err)
		}
		if n, err := s.DeleteOwned(t.Context(), "ann"); n != 0 || err == nil || !strings.Contains(err.Error(), "WRONGTYPE") {
			t.Errorf("with a foreign %s, DeleteOwned returned %d, %v", what, n, err)
		}
		s.client.Del(t.Context(), key(id), s.index(id, "ann"))
	}
}

// A record that is accepted says what its fields say.
func FuzzParse(f *testing.F) {
	f.Add("1", "data", "1", "2", "ann")
	f.Add("18446744073709551615", "", "-62135596800", "253402300799", "")
	f.Add("0", "", "0", "0", "")
	f.Add("x", "", "9223372036854775808", " 1", "")
	f.Fuzz(func(t *testing.T, version, data, used, expires, owner string) {
		r, err := parse([]any{version, owner, data, used, expires})
		if err != nil {
			if errors.Is(err, store.ErrNotFound) {
				t.Error("what is there is called not found")
			}
			return
		}
		if r.Version == 0 || string(r.Data) != data || r.Owner != owner {
			t.Errorf("it became %+v", r)
		}
		for text, got := range map[string]int64{used: r.Used.Unix(), expires: r.Expires.Unix()} {
			if want, err := strconv.ParseInt(text, 10, 64); err != nil || want != got {
				t.Errorf("%q became %d", text, got)
			}
		}
	})
}
