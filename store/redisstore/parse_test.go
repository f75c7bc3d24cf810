package redisstore

import (
	"errors"
	"strconv"
	"testing"

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
