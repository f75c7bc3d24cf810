package boundsessions

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/internal/guard/devicetest"
	"github.com/wafer-go/wafer/internal/guard/guardtest"
	"github.com/wafer-go/wafer/internal/integration/everystore"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

const visits = session.Field[int]("visits")

// A cluster is two servers over one store, which take turns.
type cluster struct {
	*testing.T
	guardtest.Clock
	servers []http.Handler
	turn    atomic.Int64
	slow    chan chan bool // of requests to /slow, what ends them
}

func (c *cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.servers[c.turn.Add(1)%int64(len(c.servers))].ServeHTTP(w, r)
}

func newCluster(t *testing.T, kind everystore.Kind) *cluster {
	t.Helper()
	name := fmt.Sprintf("bound_%d", time.Now().UnixNano())
	stores, closeStores, err := kind.Open(t.Context(), t.TempDir(), name, 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := closeStores(); err != nil {
			t.Error(err)
		}
	})
	c := &cluster{T: t, slow: make(chan chan bool)}
	key := secret.New()
	for _, st := range stores {
		sessions, err := session.New(session.Stored(st), &session.Options{Clock: c.Now, Logger: quiet})
		if err != nil {
			t.Fatal(err)
		}
		g, err := dbsc.New(sessions, &dbsc.Options{Key: key})
		if err != nil {
			t.Fatal(err)
		}
		mux := http.NewServeMux()
		mux.HandleFunc("POST /login", func(_ http.ResponseWriter, r *http.Request) { session.From(r).SignIn("ada") })
		mux.HandleFunc("POST /visit", func(_ http.ResponseWriter, r *http.Request) {
			visits.Update(session.From(r), func(n int) int { return n + 1 })
		})
		mux.HandleFunc("POST /slow", func(_ http.ResponseWriter, r *http.Request) {
			visits.Update(session.From(r), func(n int) int { return n + 1 })
			end := make(chan bool)
			c.slow <- end
			<-end
		})
		mux.HandleFunc("GET /who", func(w http.ResponseWriter, r *http.Request) {
			s := session.From(r)
			_, bound := dbsc.BindingOf(s)
			fmt.Fprint(w, s.Owner(), " ", bound, " ", visits.GetOr(s, 0))
		})
		c.servers = append(c.servers, g.Handler(mux))
	}
	return c
}

func (c *cluster) want(d *devicetest.Device, body string) {
	c.Helper()
	if res := d.Do("GET", "/who", ""); res.Status != http.StatusOK || res.Body != body {
		c.Errorf("the answer is %d %q, want %q", res.Status, res.Body, body)
	}
}

// TestEveryStore_LosesNoBinding has the races that other implementations had, over two servers and
// each store: the page after the sign-in against the registration, five refreshes at once, a 403
// that is lost, a tab that slept, and pages that change the session while the browser refreshes.
func TestEveryStore_LosesNoBinding(t *testing.T) {
	t.Parallel()
	for _, kind := range everystore.Kinds {
		t.Run(strings.ReplaceAll(kind.Name, " ", ""), func(t *testing.T) {
			c := newCluster(t, kind)
			d := devicetest.New(c)
			d.Now = c.Now

			d.Send("POST", "/login", "", nil)
			var page sync.WaitGroup
			page.Go(func() { d.Send("POST", "/slow", "", nil) })
			end := <-c.slow
			if err := d.Accept(); err != nil {
				t.Fatal(err)
			}
			end <- true
			page.Wait()
			c.want(d, "ada true 1")

			for range 3 {
				c.Pass(11 * time.Minute)
				c.want(d, "ada true 1")
			}
			for round := range 3 {
				c.Pass(11 * time.Minute)
				bound, before := d.Session(), d.Cookies()
				var all sync.WaitGroup
				for range 5 {
					all.Go(func() {
						header := http.Header{"Sec-Secure-Session-Id": {bound.ID}, "Secure-Session-Response": {d.Proof(bound.Challenge, false)}}
						if res := d.SendWith(before, "POST", bound.RefreshURL, "", header); res.Status != http.StatusOK {
							t.Errorf("round %d: a refresh of five at once answers %d", round, res.Status)
						}
					})
				}
				all.Wait()
				c.want(d, "ada true 1")
			}

			d.SetCookie("__Host-session-bound", "")
			lost := d.Thief()
			lost.SendWith(d.Cookies(), "POST", "/dbsc/refresh", "", http.Header{"Sec-Secure-Session-Id": {d.Session().ID}}) // its 403 goes into nothing
			c.want(d, "ada true 1")
			c.Pass(8 * time.Hour)
			c.want(d, "ada true 1")

			const times = 10
			var all sync.WaitGroup
			for range 3 {
				all.Go(func() {
					for range times {
						if res := d.Send("POST", "/visit", "", nil); res.Status != http.StatusOK {
							t.Errorf("a page answers %d", res.Status)
						}
					}
				})
			}
			all.Go(func() {
				for range times {
					if status := d.Refresh(); status != http.StatusOK {
						t.Errorf("a refresh answers %d", status)
					}
				}
			})
			all.Wait()
			c.want(d, fmt.Sprint("ada true ", 1+3*times))

			thief := d.Thief()
			c.Pass(11 * time.Minute)
			if res := thief.Do("GET", "/who", ""); res.Status != http.StatusForbidden {
				t.Errorf("the thief gets %d %q", res.Status, res.Body)
			}
		})
	}
}
