package dbsc_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/internal/guard/devicetest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// A measured request is one of a visitor whose session is bound, with and without a Guard.
type measured struct {
	guarded, plain http.Handler
	request        *http.Request
}

// measure returns the same request for the two handlers, which read one value or leave the session
// alone.
func measure(t testing.TB, backend session.Backend, reads bool) measured {
	t.Helper()
	inner := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/login" {
			session.From(r).SignIn("ada")
		} else if reads {
			session.From(r).Has("name")
		}
	})
	guarded, err := session.New(backend, nil)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := session.New(backend, nil)
	if err != nil {
		t.Fatal(err)
	}
	g, err := dbsc.New(guarded, &dbsc.Options{Key: secret.New()})
	if err != nil {
		t.Fatal(err)
	}
	m := measured{g.Handler(inner), plain.Handler(inner), nil}
	d := devicetest.New(m.guarded)
	d.Do("POST", "/login", "")
	d.Refresh()
	m.request = httptest.NewRequest("GET", "/", nil)
	for name, value := range d.Cookies() {
		m.request.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	return m
}

// A countingStore counts how often it is asked.
type countingStore struct {
	*memstore.Store
	loads, saves int
}

func (c *countingStore) Load(ctx context.Context, id store.ID) (store.Record, error) {
	c.loads++
	return c.Store.Load(ctx, id)
}

func (c *countingStore) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	c.saves++
	return c.Store.Save(ctx, id, r)
}

func TestGuard_AsksTheStoreNothing(t *testing.T) {
	for reads, loads := range map[bool]int{false: 0, true: 1} {
		st := &countingStore{Store: memstore.New(nil)}
		m := measure(t, session.Stored(st), reads)
		for what, h := range map[string]http.Handler{"with a Guard": m.guarded, "without": m.plain} {
			st.loads, st.saves = 0, 0
			h.ServeHTTP(httptest.NewRecorder(), m.request)
			if st.loads != loads || st.saves != 0 {
				t.Errorf("%s, reads a value: %t: the store was asked %d times, and written %d times", what, reads, st.loads, st.saves)
			}
		}
	}
}

type nowhere struct{ h http.Header }

func (n *nowhere) Header() http.Header         { return n.h }
func (n *nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (n *nowhere) WriteHeader(int)             {}

// BenchmarkGuard measures a request without a Guard and with one in turns. Of each it reports what
// one turn in a hundred stays below, and how many nanoseconds more the Guard costs: the median
// depends on what else the machine does, and the least on luck.
func BenchmarkGuard(b *testing.B) {
	for _, backend := range backends {
		for what, reads := range map[string]bool{"alone": false, "reads": true} {
			b.Run(backend.name+"/"+what, func(b *testing.B) {
				m := measure(b, backend.open(), reads)
				w := &nowhere{http.Header{}}
				const batch = 20
				var took [2][]time.Duration
				for b.Loop() {
					for i, h := range []http.Handler{m.plain, m.guarded} {
						began := time.Now()
						for range batch {
							clear(w.h)
							h.ServeHTTP(w, m.request)
						}
						took[i] = append(took[i], time.Since(began))
					}
				}
				var one [2]float64
				for i, all := range took {
					slices.Sort(all)
					one[i] = float64(all[len(all)/100]) / batch
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(one[0], "plain-ns")
				b.ReportMetric(one[1], "guarded-ns")
				b.ReportMetric(one[1]-one[0], "more-ns")
			})
		}
	}
}

// BenchmarkRefresh measures refreshes of many visitors at once, of which each has its proof, and
// reports how many a second there are and how long the slowest of a hundred takes.
func BenchmarkRefresh(b *testing.B) {
	for _, backend := range []struct {
		name string
		open session.Backend
	}{{"stored", session.Stored(memstore.New(nil))}, {"signed", session.Signed(secret.New())}} {
		for _, kind := range []string{"ES256", "RS256"} {
			b.Run(backend.name+"/"+kind, func(b *testing.B) { benchmarkRefresh(b, backend.open, kind) })
		}
	}
}

func benchmarkRefresh(b *testing.B, backend session.Backend, kind string) {
	sessions, err := session.New(backend, &session.Options{Logger: quiet})
	if err != nil {
		b.Fatal(err)
	}
	g, err := dbsc.New(sessions, &dbsc.Options{Key: secret.New()})
	if err != nil {
		b.Fatal(err)
	}
	h := g.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { session.From(r).SignIn("ada") }))
	requests := make(chan *http.Request, runtime.GOMAXPROCS(0))
	for range cap(requests) {
		d := devicetest.New(h)
		if kind == "RS256" {
			d = devicetest.NewRSA(h)
		}
		d.Do("POST", "/login", "")
		d.Refresh()
		r := httptest.NewRequest("POST", "/dbsc/refresh", nil)
		r.Header = refreshHeader(d.Session().ID, d.Proof(d.Session().Challenge, false))
		for name, value := range d.Cookies() {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		requests <- r
	}
	var mu sync.Mutex
	var took []time.Duration
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		r := <-requests
		var own []time.Duration
		for pb.Next() {
			w := httptest.NewRecorder()
			began := time.Now()
			h.ServeHTTP(w, r)
			own = append(own, time.Since(began))
			if w.Code != 200 {
				b.Errorf("a refresh answers %d", w.Code)
				return
			}
		}
		mu.Lock()
		took = append(took, own...)
		mu.Unlock()
	})
	slices.Sort(took)
	if len(took) > 0 {
		b.ReportMetric(float64(len(took))/b.Elapsed().Seconds(), "refreshes/s")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
	}
}
