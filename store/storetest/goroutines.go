package storetest

import (
	"context"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/store"
)

const (
	roundLabel = "storetest round"
	grace      = 3 * time.Second // for goroutines that are about to end
)

// checkGoroutines opens the store, uses it and closes it, a few times, and
// fails where each time goroutines stay behind. A goroutine has the labels of
// the one that started it, so those of other tests are not counted. One
// round may leave some: a pool that open shares between tests opens a
// connection when it needs one.
func checkGoroutines(t *testing.T, open func(t *testing.T) store.Store, o *Options) {
	rounds := []string{"a" + randomID().String(), "b" + randomID().String()}
	t.Run("Warm", func(t *testing.T) { useAll(t, open(t), o) })
	for _, round := range rounds {
		t.Run("Round", func(t *testing.T) {
			pprof.SetGoroutineLabels(pprof.WithLabels(t.Context(), pprof.Labels(roundLabel, round)))
			useAll(t, open(t), o)
		})
	}
	var left []string
	for end := time.Now().Add(grace); ; time.Sleep(20 * time.Millisecond) {
		left = left[:0]
		for _, round := range rounds {
			if found := labelled(round); found != "" {
				left = append(left, found)
			}
		}
		if len(left) < len(rounds) {
			return
		}
		if time.Now().After(end) {
			break
		}
	}
	t.Errorf("The store breaks the rule: no goroutine stays behind when the store is closed\nAfter it was opened, used and closed there are still:\n%s", left[0])
}

// labelled returns the goroutines that a round left behind, as text.
func labelled(round string) string {
	var profile strings.Builder
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return ""
	}
	var found []string
	for stack := range strings.SplitSeq(profile.String(), "\n\n") {
		if strings.Contains(stack, round) {
			found = append(found, stack)
		}
	}
	return strings.Join(found, "\n\n")
}

// useAll calls every method of a store once, and some with a context that ends.
// What they return is judged by their own rules.
func useAll(t *testing.T, s store.Store, o *Options) {
	if o.Another != nil {
		o.Another(t, s)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended, cancelEnded := contexts(ctx)
	defer cancelEnded()
	id, r := randomID(), record("a value")
	r.Owner = owner()
	for _, ctx := range append(ended, ctx) {
		r.Version, _ = s.Save(ctx, id, r)
		_, _ = s.Load(ctx, id)
		if s, ok := s.(store.Toucher); ok {
			_ = s.Touch(ctx, id, r.Version, r.Used, r.Expires)
		}
		if s, ok := s.(store.OwnerIndex); ok {
			for range s.Owned(ctx, r.Owner) {
				break
			}
		}
		if s, ok := s.(store.Lister); ok {
			for range s.All(ctx) {
				break
			}
		}
		if s, ok := s.(store.Purger); ok {
			_, _ = s.Purge(ctx, 1)
		}
		if s, ok := s.(store.Pinger); ok {
			_ = s.Ping(ctx)
		}
	}
	if m, ok := s.(store.Mover); ok {
		to := near(id)
		_, _ = m.Move(ctx, id, to, r, mark("moved on"))
		defer s.Delete(ctx, to)
	}
	if s, ok := s.(store.OwnerIndex); ok {
		_, _ = s.DeleteOne(ctx, r.Owner, id)
		_, _ = s.DeleteOwned(ctx, r.Owner)
	}
	_ = s.Delete(ctx, id)
}
