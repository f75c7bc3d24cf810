package flasksession_test

import (
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/session/driver"
)

// FuzzRecord holds what reads a record to this: it is refused or read; what is read is small, can be
// saved as it is, and is then the same.
func FuzzRecord(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.data(f))
	}
	for _, c := range hostile() {
		f.Add([]byte(c[0]))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, serialization := range serializations {
			_, d := open(t, data, serialization)
			s, err := d.Load(t.Context(), id)
			if err != nil {
				if !errors.Is(err, driver.ErrRefused) {
					t.Fatalf("Load returned %v", err)
				}
				return
			}
			if len(s.Payload) > 8192+32*len(data) {
				t.Fatalf("of %d bytes it made %d", len(data), len(s.Payload))
			}
			if s.Codec != nil {
				continue // written by another release; the manager translates it
			}
			w := driver.Write{From: s, Payload: []byte(s.Payload), At: time.Now(), Expires: time.Now().Add(time.Hour)}
			if _, _, err := d.Save(t.Context(), nil, w); err != nil {
				if errors.Is(err, driver.ErrTooLarge) {
					continue
				}
				t.Fatalf("%v: what was read cannot be saved: %v\n%s", serialization, err, s.Payload)
			}
			again, err := d.Load(t.Context(), id)
			if err != nil {
				t.Fatalf("what was saved cannot be read: %v\n%s", err, s.Payload)
			}
			if again.Payload != s.Payload && !sameMembers(t, again.Payload, s.Payload) {
				t.Fatalf("%s\nwas saved, and then read as\n%s", s.Payload, again.Payload)
			}
		}
	})
}

// sameMembers compares payloads of which one has a key twice, whose last value counts.
func sameMembers(t *testing.T, a, b string) bool {
	t.Helper()
	last := func(payload string) map[string]string {
		all, err := flasksession.Members(payload)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	return maps.Equal(last(a), last(b))
}
