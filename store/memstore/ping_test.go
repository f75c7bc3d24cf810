package memstore

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/store"
)

func TestPing_FailsWithoutRoomForARecord(t *testing.T) {
	for left, want := range map[int]error{overhead: nil, overhead - 1: store.ErrFull} {
		s := New(&Options{MaxBytes: 10_000})
		if _, err := s.Save(t.Context(), id(1), record(10_000-overhead-left-1, "o", time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := s.Ping(t.Context()); !errors.Is(err, want) {
			t.Errorf("Ping with %d bytes left: %v", left, err)
		}
	}
}

func TestPing_FailsInAFullStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(&Options{MaxBytes: 10 * (overhead + 50)})
		if err := s.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		fill(t, s, 50, time.Minute)
		if err := s.Ping(t.Context()); !errors.Is(err, store.ErrFull) {
			t.Errorf("Ping of a full store returned %v", err)
		}
		time.Sleep(time.Minute)
		if err := s.Ping(t.Context()); err != nil {
			t.Errorf("Ping of a store whose records have expired: %v", err)
		}
	})
}
