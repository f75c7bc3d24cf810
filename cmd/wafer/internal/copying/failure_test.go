package copying_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/cmd/wafer/internal/copying"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// failing fails some calls.
type failing struct {
	*memstore.Store
	save func(store.ID) error
}

func (f failing) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	if err := f.save(id); err != nil {
		return 0, err
	}
	return f.Store.Save(ctx, id, r)
}

var errBroken = errors.New("the connection broke")

func TestRun_ARecordThatFailsIsToldAndTheOthersAreCopied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		for n := range 10 {
			put(t, from, n, "session")
		}
		var told []store.ID
		broken := failing{to, func(one store.ID) error {
			if one == id(3) {
				return store.ErrTooLarge
			}
			return nil
		}}
		counts := run(t, from, broken, copying.Options{Failed: func(id store.ID, err error) {
			if !errors.Is(err, store.ErrTooLarge) {
				t.Errorf("told of %v", err)
			}
			told = append(told, id)
		}})
		wantCounts(t, counts, copying.Counts{Listed: 10, Copied: 9, Failed: 1})
		if len(told) != 1 || told[0] != id(3) {
			t.Errorf("told of %v", told)
		}
	})
}

func TestRun_ACallThatFailsInPassingIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		put(t, from, 1, "session")
		calls := 0
		flaky := failing{to, func(store.ID) error {
			if calls++; calls == 1 {
				return errBroken
			}
			return nil
		}}
		wantCounts(t, run(t, from, flaky, copying.Options{}), copying.Counts{Listed: 1, Copied: 1})
	})
}

// lossy saves, and loses the first answers.
type lossy struct {
	*memstore.Store
	lost atomic.Int32
}

func (l *lossy) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	version, err := l.Store.Save(ctx, id, r)
	if l.lost.Add(-1) >= 0 {
		return 0, errBroken
	}
	return version, err
}

func TestRun_ASaveWhoseAnswerWasLostIsKnownAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), &lossy{Store: memstore.New(nil)}
		to.lost.Store(1)
		version := put(t, from, 1, "old")
		wait := start(t, from, to, copying.Options{})
		time.Sleep(settle / 2)
		put(t, from, 1, "new", over(version))
		to.lost.Store(1)
		wantCounts(t, wait(), copying.Counts{Listed: 1, Copied: 1})
		r := must(to.Load(t.Context(), id(1)))
		if left := time.Until(r.Expires); string(r.Data) != "new" || left < 50*time.Minute {
			t.Errorf("copied %q, which expires in %v", r.Data, left)
		}
	})
}

func TestRun_AStoreThatIsGoneEndsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		for n := range 1000 {
			put(t, from, n, "session")
		}
		broken := failing{to, func(store.ID) error { return errBroken }}
		counts, err := copying.Run(t.Context(), from, broken, copying.Options{Workers: 4, Settle: settle})
		if !errors.Is(err, copying.ErrGivenUp) {
			t.Errorf("the run ends with %v", err)
		}
		if counts.Failed < 20 || counts.Failed > 30 {
			t.Errorf("%d records failed before it was given up", counts.Failed)
		}
	})
}

func TestRun_ARecordThatKeepsChangingIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		version := put(t, from, 1, "session")
		done := make(chan struct{})
		var writer sync.WaitGroup
		writer.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				case <-time.After(settle / 2):
					version = put(t, from, 1, fmt.Sprint(i), over(version))
				}
			}
		})
		wantCounts(t, run(t, from, to, copying.Options{}), copying.Counts{Listed: 1, Failed: 1})
		close(done)
		writer.Wait()
	})
}
