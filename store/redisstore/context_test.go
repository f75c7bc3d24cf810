package redisstore

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/wafer-go/wafer/store"
)

func TestADeadlineEndsAMethodThatWaitsForTheServer(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	s := newStore(t, connect(t, silent.Addr().String()))
	id, now := randomID(), time.Now()
	for call, f := range map[string]func(ctx context.Context) error{
		"Load": func(ctx context.Context) error { _, err := s.Load(ctx, id); return err },
		"Save": func(ctx context.Context) error { _, err := s.Save(ctx, id, record("a value", "ann")); return err },
		"Move": func(ctx context.Context) error {
			_, err := s.Move(ctx, id, near(id), store.Record{}, store.Record{})
			return err
		},
		"Touch":       func(ctx context.Context) error { return s.Touch(ctx, id, 1, now, now) },
		"Delete":      func(ctx context.Context) error { return s.Delete(ctx, id) },
		"Owned":       func(ctx context.Context) error { _, err := collect(s.Owned(ctx, "ann")); return err },
		"DeleteOwned": func(ctx context.Context) error { _, err := s.DeleteOwned(ctx, "ann"); return err },
		"Ping":        s.Ping,
		"All": func(ctx context.Context) error {
			for _, err := range s.All(ctx) {
				return err
			}
			return nil
		},
	} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 60*time.Millisecond)
			defer cancel()
			start := time.Now()
			if err := f(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("it returned %v", err)
			}
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}
