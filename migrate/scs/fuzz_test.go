package scs

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/wafer-go/wafer/session/driver"
)

// FuzzRecord: what is taken of a record is JSON, and all else is refused.
func FuzzRecord(f *testing.F) {
	f.Fuzz(func(t *testing.T, record []byte) {
		k := opened(t, &plainStore{records: map[string][]byte{token: record}}, nil)
		found, err := k.Load(context.Background(), token)
		if err != nil {
			if !errors.Is(err, driver.ErrRefused) {
				t.Errorf("the request fails: %v", err)
			}
			return
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal([]byte(found.Payload), &object); err != nil {
			t.Errorf("the payload is %s: %v", found.Payload, err)
		}
	})
}

// FuzzToken: the store is asked for nothing but what scs could have made.
func FuzzToken(f *testing.F) {
	f.Fuzz(func(t *testing.T, value string) {
		st := &plainStore{}
		if _, err := opened(t, st, nil).Load(context.Background(), value); !errors.Is(err, driver.ErrRefused) {
			t.Errorf("%q: %v", value, err)
		}
		for _, asked := range st.asked {
			for _, c := range []byte(asked) {
				if letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_'; !letter || len(asked) != 43 {
					t.Errorf("%q: the store was asked for %q", value, asked)
				}
			}
		}
	})
}
