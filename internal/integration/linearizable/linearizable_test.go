package linearizable

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/wafer-go/wafer/internal/integration/between"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
	"github.com/wafer-go/wafer/store/sqlstore"
)

const (
	histories = 20 // of each store
	together  = 4  // histories under way at once

	delay = 4 * time.Millisecond // the mean, in each direction
)

// mostly is a bound that most operations keep, and some do not. What a client
// no longer waits for may be done all the same.
func mostly() time.Duration {
	if rand.IntN(8) == 0 {
		return time.Duration(rand.Int64N(int64(5 * delay)))
	}
	return 10 * time.Second
}

// check checks histories of the store, and prints what they were of.
func check(t *testing.T, stores []store.Store, mayMove bool) {
	t.Helper()
	var mu sync.Mutex
	var done, unsaid, moved int
	var wg sync.WaitGroup
	todo := make(chan struct{}, histories)
	for range histories {
		todo <- struct{}{}
	}
	close(todo)
	for range together {
		wg.Go(func() {
			for range todo {
				r := record(t.Context(), stores, mostly)
				err := r.check()
				mu.Lock()
				done, unsaid, moved = done+len(r.history), unsaid+r.unsaid, moved+r.moved
				if err != nil {
					t.Error(err)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	fmt.Printf("%s: %d histories of %d operations, %d of unknown outcome, %d moves\n", t.Name(), histories, done, unsaid, moved)
	if done < histories*clients*operations/3 {
		t.Errorf("only %d operations took place", done)
	}
	if mayMove && moved == 0 {
		t.Error("no record was moved")
	}
}

func TestTheMemoryStoreIsLinearizable(t *testing.T) {
	t.Parallel()
	check(t, []store.Store{memstore.New(nil)}, true)
}

func TestSQLiteIsLinearizable(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sessions.db")
	var stores []store.Store
	for range 2 {
		db, err := sql.Open("sqlite", sqlstore.SQLiteDSN(path))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := sqlstore.Migrate(t.Context(), db, sqlstore.SQLite, nil); err != nil {
			t.Fatal(err)
		}
		st, err := sqlstore.New(t.Context(), db, sqlstore.SQLite, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		stores = append(stores, st)
	}
	check(t, stores, true)
}

func TestPostgreSQLIsLinearizable(t *testing.T) {
	overTheNetwork(t, "WAFER_POSTGRES", "linearizable", true)
}

func TestMariaDBIsLinearizable(t *testing.T) {
	overTheNetwork(t, "WAFER_MYSQL", "linearizable", true)
}

func TestRedisIsLinearizable(t *testing.T) {
	overTheNetwork(t, "WAFER_REDIS", "linearizable", true)
}

func TestRedisClusterIsLinearizable(t *testing.T) {
	overTheNetwork(t, "WAFER_REDIS_CLUSTER", "linearizable", true)
}

func TestMemcachedIsLinearizable(t *testing.T) {
	overTheNetwork(t, "WAFER_MEMCACHED", "linearizable", false)
}

// overTheNetwork checks two instances of a store, each with delays of its own.
func overTheNetwork(t *testing.T, variable, name string, mayMove bool) {
	t.Helper()
	t.Parallel()
	var stores []store.Store
	// memcached's client waits as long for one operation as for another, so
	// one instance always does and the other does not.
	for _, answer := range []time.Duration{10 * time.Second, 3 * delay} {
		network := new(between.Network)
		t.Cleanup(network.Close)
		st, end, err := between.Open(t.Context(), network, os.Getenv(variable), name, answer)
		if err != nil {
			t.Fatalf("%s: %v", variable, err)
		}
		t.Cleanup(func() { end() })
		stores = append(stores, st)
		network.Delay(delay)
	}
	check(t, stores, mayMove)
}

// broken is a store with a flaw, of those that such stores have in the wild.
type broken struct {
	*memstore.Store
	flaw string

	mu  sync.Mutex
	old map[store.ID]store.Record
}

func (b *broken) Load(ctx context.Context, id store.ID) (store.Record, error) {
	pause()
	r, err := b.Store.Load(ctx, id)
	pause()
	b.mu.Lock()
	defer b.mu.Unlock()
	if old, ok := b.old[id]; ok && b.flaw == "cache" && rand.IntN(4) == 0 {
		return old, nil
	}
	if err == nil && b.flaw == "cache" {
		b.old[id] = r
	}
	return r, err
}

func (b *broken) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	pause()
	switch now, err := b.Store.Load(ctx, id); {
	case b.flaw == "versions ignored" && err == nil:
		pause()
		r.Version = now.Version
	case b.flaw == "deleted comes back" && err != nil:
		r.Version = 0
	case b.flaw == "saved later" && r.Version != 0 && err == nil && now.Version == r.Version:
		go func() {
			pause()
			pause()
			_, _ = b.Store.Save(context.WithoutCancel(ctx), id, r)
		}()
		return 0, nil
	}
	version, err := b.Store.Save(ctx, id, r)
	pause()
	return version, err
}

func (b *broken) Move(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
	pause()
	if b.flaw != "moved in two steps" {
		return b.Store.Move(ctx, from, to, r, mark)
	}
	now, err := b.Store.Load(ctx, from)
	if err != nil {
		return 0, err
	}
	if now.Version != r.Version {
		return 0, store.ErrConflict
	}
	r.Version = 0
	version, err := b.Store.Save(ctx, to, r)
	if err != nil {
		return 0, err
	}
	pause()
	pause()
	mark.Version = now.Version
	_, err = b.Store.Save(ctx, from, mark)
	return version, err
}

func pause() { time.Sleep(time.Duration(rand.Int64N(int64(time.Millisecond)))) }

func forever() time.Duration { return time.Hour }

func TestAFlawIsFound(t *testing.T) {
	t.Parallel()
	for _, flaw := range []string{"cache", "versions ignored", "deleted comes back", "saved later", "moved in two steps"} {
		t.Run(flaw, func(t *testing.T) {
			t.Parallel()
			for n := range 500 {
				st := &broken{Store: memstore.New(nil), flaw: flaw, old: make(map[store.ID]store.Record)}
				if err := record(t.Context(), []store.Store{st}, forever).check(); err != nil {
					t.Logf("after %d histories: %v", n+1, err)
					return
				}
			}
			t.Error("500 histories passed")
		})
	}
}

func TestAStoreThatIsMerelySlowPasses(t *testing.T) {
	t.Parallel()
	for range 50 {
		st := &broken{Store: memstore.New(nil)}
		if err := record(t.Context(), []store.Store{st}, forever).check(); err != nil {
			t.Fatal(err)
		}
	}
}
