package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wafer-go/wafer/internal/integration/everystore"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
)

// kinds are a store in this process and one whose connections are few: the queue of a session is the
// same for all, and lostupdates tries every store. With WAFER_EVERY_RULE (make soak) it is all.
var kinds = slices.DeleteFunc(slices.Clone(everystore.Kinds), func(kind everystore.Kind) bool {
	return kind.Name != "memory" && kind.Name != "PostgreSQL" && os.Getenv("WAFER_EVERY_RULE") == ""
})

func TestMain(m *testing.M) {
	if beClients() {
		return
	}
	os.Exit(m.Run())
}

// A small form of the measurement, on two servers.
func TestHotSession_LosesNoUpdate(t *testing.T) {
	l := load{strangers: 4, every: 20 * time.Millisecond, crowd: 16, spell: 200 * time.Millisecond, rounds: 1, servers: 2}
	for _, kind := range kinds {
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			r, err := l.onStore(t.Context(), kind)
			if err != nil {
				t.Fatal(err)
			}
			if failed, first := r.failed(); r.lost != 0 || failed != 0 {
				t.Errorf("%d changes were lost; %d requests failed, the first with %s", r.lost, failed, first)
			}
			due := l.strangers * int(l.spell/l.every) * 2
			for what, b := range map[string]*beside{"nobody": &r.alone, "plain requests": &r.plain, "one session": &r.hot, "many sessions": &r.apart} {
				if n := b.strangers.answered(); n != due || len(b.strangers.Latencies) != due {
					t.Errorf("beside %s, %d requests of the strangers were answered, with %d latencies, and not %d", what, n, len(b.strangers.Latencies), due)
				}
				if n := b.crowd.answered(); (n == 0) != (what == "nobody") {
					t.Errorf("%d requests of %s were answered", n, what)
				}
			}
		})
	}
}

// requests are some that load one session before any of them saves it.
type requests struct {
	loaded    sync.WaitGroup // is waited for by each
	again     func()         // is called by each that makes its change again
	conflicts atomic.Int64
}

type requestsKey struct{}

func of(ctx context.Context) *requests {
	r, _ := ctx.Value(requestsKey{}).(*requests)
	return r
}

// send has n requests under way at once, and calls answered with what each is answered with.
func (r *requests) send(ctx context.Context, v *visitor, n int, answered func(error)) {
	r.loaded.Add(n)
	var group sync.WaitGroup
	for range n {
		group.Go(func() { answered(v.count(context.WithValue(ctx, requestsKey{}, r))) })
	}
	group.Wait()
}

// change is increment for requests, and for others.
func change(w http.ResponseWriter, r *http.Request) {
	one := of(r.Context())
	if one == nil {
		increment(w, r)
		return
	}
	s := session.From(r)
	count.Get(s)
	one.loaded.Done()
	one.loaded.Wait()
	again := false
	count.Update(s, func(n int) int {
		if again {
			one.again()
		}
		again = true
		return n + 1
	})
}

func observe(ctx context.Context, e session.Event) {
	if one := of(ctx); one != nil && e.Kind == session.EventSaved {
		one.conflicts.Add(int64(e.Conflicts))
	}
}

// While a request to the hot session has its turn, and all others to it wait, requests to other
// sessions that meet are answered: none of them waits in the queue of the hot session.
func TestHotSession_NoStrangerWaitsInItsQueue(t *testing.T) {
	const crowd = 64
	// If sessions shared 64 queues, none of these would be in the hot session's in only one run of 56.
	const strangers = 256
	for _, kind := range kinds {
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			err := kind.Use(t.Context(), "hotqueue", 1, func(stores []store.Store) error {
				server, err := site(stores[0], observe, change)
				if err != nil {
					return err
				}
				at := direct(server)
				visitors := make([]*visitor, 1+strangers)
				if err := each(len(visitors), func(i int) (err error) {
					visitors[i], err = signIn(t.Context(), at, fmt.Sprint("user-", i))
					return err
				}); err != nil {
					return err
				}
				hot, others := visitors[0], visitors[1:]

				held, release, over := make(chan struct{}), make(chan struct{}), make(chan struct{})
				var hold sync.Once
				var answered atomic.Int64
				go func() {
					defer close(over)
					at := &requests{again: func() {
						hold.Do(func() { close(held) })
						<-release
					}}
					at.send(t.Context(), hot, crowd, func(err error) {
						answered.Add(1)
						if err != nil {
							t.Errorf("the hot session: %v", err)
						}
					})
				}()
				select {
				case <-held:
				case <-over:
					return errors.New("no request to the hot session had to be made again")
				}
				err = each(strangers, func(i int) (err error) {
					var mu sync.Mutex
					at := &requests{again: func() {}}
					at.send(t.Context(), others[i], 2, func(e error) {
						mu.Lock()
						defer mu.Unlock()
						err = errors.Join(err, e)
					})
					if err == nil && at.conflicts.Load() == 0 {
						err = errors.New("two requests at once did not meet")
					}
					return err
				})
				if n := answered.Load(); n > 1 {
					t.Errorf("%d requests to the hot session were answered before the one whose turn it was", n-1)
				}
				close(release)
				<-over
				if err != nil {
					return err
				}
				for i, v := range visitors {
					if lost, err := v.lost(t.Context()); err != nil {
						return err
					} else if lost > 0 {
						return fmt.Errorf("visitor %d lost %d changes", i, lost)
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// each calls f for 0 to n-1, eight at a time, and returns the errors.
func each(n int, f func(i int) error) error {
	errs := make([]error, n)
	var group sync.WaitGroup
	for first := range 8 {
		group.Go(func() {
			for i := first; i < n; i += 8 {
				errs[i] = f(i)
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}
