package copying_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/cmd/wafer/internal/copying"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

var errBroken = errors.New("the connection broke")

func TestRun_ARecordThatFailsIsToldAndTheOthersAreCopied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		for n := range 10 {
			put(t, from, n, "session")
		}
		var told []store.ID
		broken := saving{to, func(ctx context.Context, one store.ID, r store.Record) (uint64, error) {
			if one == id(3) {
				return 0, store.ErrTooLarge
			}
			return to.Save(ctx, one, r)
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
		flaky := saving{to, func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			if calls++; calls == 1 {
				return 0, errBroken
			}
			return to.Save(ctx, id, r)
		}}
		wantCounts(t, run(t, from, flaky, copying.Options{}), copying.Counts{Listed: 1, Copied: 1})
	})
}

func TestRun_ASaveWhoseAnswerWasLostIsKnownAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		var loses atomic.Bool
		loses.Store(true)
		lossy := saving{to, func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			version, err := to.Save(ctx, id, r)
			if loses.Swap(false) {
				return 0, errBroken
			}
			return version, err
		}}
		version := put(t, from, 1, "old")
		wait := start(t, from, lossy, copying.Options{})
		time.Sleep(settle / 2)
		put(t, from, 1, "new", over(version))
		loses.Store(true)
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
		broken := saving{to, func(context.Context, store.ID, store.Record) (uint64, error) { return 0, errBroken }}
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
		ended := make(chan copying.Counts)
		go func() { ended <- run(t, from, to, copying.Options{}) }()
		for i := 0; ; i++ {
			select {
			case counts := <-ended:
				wantCounts(t, counts, copying.Counts{Listed: 1, Failed: 1})
				return
			case <-time.After(settle / 2):
				version = put(t, from, 1, fmt.Sprint(i), over(version))
			}
		}
	})
}
