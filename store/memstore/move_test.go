package memstore

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/wafer-go/wafer/store"
)

func TestMove_RecordAndMarkTogetherFitIntoTheStoreOrAreTooLarge(t *testing.T) {
	for mark, want := range map[int]error{100: nil, 101: store.ErrTooLarge} {
		s, ctx := New(&Options{MaxBytes: 2*overhead + 200}), t.Context()
		r := record(99, "o", time.Hour)
		r.Version, _ = s.Save(ctx, id(1), r)
		if _, err := s.Move(ctx, id(1), id(2), r, record(mark, "", time.Minute)); !errors.Is(err, want) {
			t.Errorf("Move of 100 bytes that leaves a mark of %d, where 200 fit: %v", mark, err)
		}
	}
}

// Between the look at the record and the change of its owner's list, DeleteOwned may end the list.
func TestMove_OfARecordThatDeleteOwnedHasJustEndedChangesNothing(t *testing.T) {
	s, ctx := New(nil), t.Context()
	r := record(100, "ann", time.Hour)
	r.Version, _ = s.Save(ctx, id(1), r)
	before := s.used.Load()
	list := s.ownerShard("ann")
	list.mu.Lock()
	moved := make(chan error)
	go func() {
		_, err := s.Move(ctx, id(1), id(2), r, record(0, "", time.Minute))
		moved <- err
	}()
	for s.used.Load() == before { // until Move waits for the list
		runtime.Gosched()
	}
	list.groups["ann"].ended.Store(true)
	delete(list.groups, "ann")
	list.mu.Unlock()
	if err := <-moved; !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Move returned %v", err)
	}
	if used := s.used.Load(); used != before {
		t.Errorf("%d bytes are counted, and before it were %d", used, before)
	}
}

func TestMovesTowardsEachOtherDoNotBlock(t *testing.T) {
	s, ctx := New(nil), t.Context()
	a, b := store.ID{1}, store.ID{2}
	s.Save(ctx, a, record(1, "ann", time.Hour))
	done := make(chan bool)
	for _, way := range [][2]store.ID{{a, b}, {b, a}, {a, a}} {
		go func() {
			for range 20_000 {
				r, _ := s.Load(ctx, way[0])
				s.Move(ctx, way[0], way[1], r, store.Record{})
			}
			done <- true
		}()
	}
	for range 3 {
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			t.Fatal("two moves wait for each other")
		}
	}
	if n := check(t, s); n != 1 {
		t.Errorf("there are %d records instead of 1", n)
	}
}
