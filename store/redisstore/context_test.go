package redisstore

import (
	"context"
	"errors"
	"fmt"
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

// late is a context whose deadline has passed, and whose own timer has not said so.
type late struct{ context.Context }

func (late) Deadline() (time.Time, bool) { return time.Now().Add(-time.Millisecond), true }

func TestTold_AddsTheContextsError(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	soon, stop := context.WithTimeout(t.Context(), time.Hour)
	defer stop()
	broken := errors.New("the connection broke")
	for _, test := range []struct {
		what     string
		ctx      context.Context
		err, add error // nothing is added if add is nil
	}{
		{"no deadline", t.Context(), broken, nil},
		{"a deadline that comes", soon, broken, nil},
		{"a deadline that has passed", late{t.Context()}, broken, context.DeadlineExceeded},
		{"a canceled context", canceled, broken, context.Canceled},
		{"a canceled context whose deadline has passed", late{canceled}, broken, context.Canceled},
		{"a canceled context, which the error names", canceled, fmt.Errorf("no: %w", context.Canceled), nil},
		{"a canceled context, and an answer", canceled, store.ErrNotFound, nil},
		{"a canceled context, and a conflict", canceled, store.ErrConflict, nil},
	} {
		got := told(test.ctx, test.err)
		if !errors.Is(got, test.err) || (test.add == nil) != (got == test.err) || test.add != nil && !errors.Is(got, test.add) {
			t.Errorf("with %s, %v became %v", test.what, test.err, got)
		}
	}
}

func TestStore_RefusesDataThatIsTooLarge(t *testing.T) {
	s := must(New(connect(t, "127.0.0.1:1"), &Options{Unchecked: true}))(t) // no server is asked
	id := randomID()
	large := store.Record{Data: make([]byte, maxData+1)}
	if _, err := s.Save(t.Context(), id, large); !errors.Is(err, store.ErrTooLarge) {
		t.Errorf("Save returned %v", err)
	}
	if _, err := s.Move(t.Context(), id, near(id), large, store.Record{}); !errors.Is(err, store.ErrTooLarge) {
		t.Errorf("Move returned %v", err)
	}
	if _, err := s.Move(t.Context(), id, near(id), store.Record{}, large); !errors.Is(err, store.ErrTooLarge) {
		t.Errorf("Move with a large mark returned %v", err)
	}
	if err := checkSize(store.Record{Data: large.Data[:maxData]}); err != nil {
		t.Errorf("the largest record is refused: %v", err)
	}
}
