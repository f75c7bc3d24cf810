package gorilla

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/wafer-go/wafer/session/driver"
)

// FuzzLoad looks for a cookie that is taken though gorilla never made it.
func FuzzLoad(f *testing.F) {
	known := make(map[string]bool)
	var keys []Keys
	for _, v := range vectors(f) {
		known[v.Value] = true
		keys = append(keys, NewKeys(v.Hash, v.Block))
	}
	k := opened(f, Cookies(keys, nil), "session-name")
	files := opened(f, Files(f.TempDir(), keys, nil), "session-name")
	f.Fuzz(func(t *testing.T, value string) {
		found, err := k.Load(context.Background(), value)
		switch {
		case err == nil && !known[value]:
			t.Errorf("%q was taken, with the payload %s", value, found.Payload)
		case err != nil && !errors.Is(err, driver.ErrRefused):
			t.Errorf("%q fails the request: %v", value, err)
		}
		if _, err := files.Load(context.Background(), value); !errors.Is(err, driver.ErrRefused) {
			t.Errorf("%q names a file: %v", value, err)
		}
	})
}

// FuzzContents signs any contents: what is taken is JSON, and all else is
// refused.
func FuzzContents(f *testing.F) {
	k := opened(f, Cookies(goodKeys, &Options{MaxLength: 1 << 20}), "s")
	f.Fuzz(func(t *testing.T, contents []byte) {
		found, err := k.Load(context.Background(), signed("s", "1700000000", contents))
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
