// Package signout checks that a user who signs out everywhere is signed out everywhere, whatever
// the user's devices do at that moment.
package signout

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/internal/integration/everystore"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
)

// atOnce is how many users sign out at once.
const atOnce = 8

// users returns how many users sign out in a test.
func users() int {
	if n, err := strconv.Atoi(os.Getenv("WAFER_USERS")); err == nil && n > 0 {
		return n
	}
	return 24
}

// A site is servers that share a store.
type site struct {
	managers []*session.Manager
	handlers []http.Handler
}

func open(t *testing.T, kind everystore.Kind) (*site, string) {
	t.Helper()
	name := fmt.Sprintf("signout_%d_%d", os.Getpid(), time.Now().UnixNano())
	stores, closeAll, err := kind.Open(t.Context(), t.TempDir(), name, 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := closeAll(); err != nil {
			t.Error(err)
		}
	})
	s := new(site)
	for _, st := range stores {
		s.add(t, st)
	}
	return s, name
}

func (s *site) add(t *testing.T, st store.Store) {
	t.Helper()
	sessions, err := session.New(session.Stored(st), &session.Options{BackendTimeout: 30 * time.Second, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/login/{owner}", func(_ http.ResponseWriter, r *http.Request) { session.From(r).SignIn(r.PathValue("owner")) })
	mux.HandleFunc("/renew", func(_ http.ResponseWriter, r *http.Request) {
		if s := session.From(r); s.Owner() != "" {
			s.Renew()
		}
	})
	mux.HandleFunc("/count", func(_ http.ResponseWriter, r *http.Request) {
		if s := session.From(r); s.Owner() != "" {
			session.Field[int]("n").Update(s, func(n int) int { return n + 1 })
		}
	})
	mux.HandleFunc("/who", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		_, _ = fmt.Fprintf(w, "%s %s", s.Owner(), s.ID())
	})
	s.managers = append(s.managers, sessions)
	s.handlers = append(s.handlers, sessions.Handler(mux))
}

// A device has a cookie.
type device struct {
	site   *site
	cookie string
}

// ask sends a request to one of the servers.
func (d *device) ask(path string) (code int, body string) {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "https://site.example"+path, nil)
	if d.cookie != "" {
		r.Header.Set("Cookie", d.cookie)
	}
	w := httptest.NewRecorder()
	d.site.handlers[rand.IntN(len(d.site.handlers))].ServeHTTP(w, r)
	if set := w.Header().Get("Set-Cookie"); set != "" {
		d.cookie, _, _ = strings.Cut(set, ";")
	}
	return w.Code, w.Body.String()
}

// who returns the owner and the ID of the device's session.
func (d *device) who(t *testing.T) (owner, id string) {
	t.Helper()
	code, body := d.ask("/who")
	if code != http.StatusOK {
		t.Errorf("who is signed in is answered with %d: %s", code, body)
	}
	owner, id, _ = strings.Cut(body, " ")
	return owner, id
}

func (s *site) signedIn(t *testing.T, owner string) *device {
	t.Helper()
	d := &device{site: s}
	if code, body := d.ask("/login/" + owner); code != http.StatusOK {
		t.Errorf("a login is answered with %d: %s", code, body)
	}
	return d
}

// A device that renews its session as fast as it can, or saves it, does not outrun the sign-out of
// its user, and another device is spared if it was excepted.
func TestSignOutEverywhere_NoDeviceOutrunsIt(t *testing.T) {
	for _, path := range []string{"/renew", "/count"} {
		for _, kind := range everystore.Kinds {
			if kind.Name == "memcached" {
				continue // it has no index of owners
			}
			t.Run(kind.Name+path, func(t *testing.T) {
				t.Parallel()
				s, _ := open(t, kind)
				var mu sync.Mutex
				var stayed, spared, miscounted int
				var group sync.WaitGroup
				turns := make(chan int, atOnce)
				for range atOnce {
					group.Go(func() {
						for i := range turns {
							in, kept, n := s.chase(t, "user-"+strconv.Itoa(i), path)
							mu.Lock()
							if in {
								stayed++
							}
							if kept {
								spared++
							}
							if n != 1 {
								miscounted++
							}
							mu.Unlock()
						}
					})
				}
				for i := range users() {
					turns <- i
				}
				close(turns)
				group.Wait()
				fmt.Printf("%s: of %d, %d stayed in, %d excepted devices were spared\n", t.Name(), users(), stayed, spared)
				if stayed > 0 || spared != users() || miscounted > 0 {
					t.Errorf("of %d devices, %d stayed in; of as many that were excepted, %d were spared; %d times the count was wrong", users(), stayed, spared, miscounted)
				}
			})
		}
	}
}

// chase signs a user out everywhere, except on one device, while another is busy. It reports
// whether the busy one is still in, whether the excepted one is, and what was counted.
func (s *site) chase(t *testing.T, owner, path string) (in, kept bool, n int) {
	t.Helper()
	busy, other := s.signedIn(t, owner), s.signedIn(t, owner)
	_, id := other.who(t)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				busy.ask(path)
			}
		}
	}()
	time.Sleep(time.Duration(rand.IntN(4000)) * time.Microsecond)
	n, err := s.managers[rand.IntN(len(s.managers))].SignOutEverywhere(context.Background(), owner, id)
	if err != nil {
		t.Error(err)
	}
	close(stop)
	<-stopped
	still, _ := busy.who(t)
	excepted, _ := other.who(t)
	return still != "", excepted == owner, n
}

// Redis that evicts keys may evict the index of an owner first. Then the owner's sessions are
// worth nothing, whether or not the user signs out: none lives on that no sign-out can find.
func TestSignOutEverywhere_AnEvictedIndexSparesNoSession(t *testing.T) {
	for _, kind := range everystore.Kinds {
		if !strings.HasPrefix(kind.Name, "Redis") {
			continue
		}
		t.Run(kind.Name, func(t *testing.T) {
			s, name := open(t, kind)
			client := dial(t, os.Getenv(kind.Variable))
			stayed := 0
			for i := range users() {
				owner := "user-" + strconv.Itoa(i)
				d := s.signedIn(t, owner)
				evicted := 0
				eachKey(t, client, name+":*:owner:"+owner, func(key string) {
					if client.Del(t.Context(), key).Val() == 1 {
						evicted++
					}
				})
				if evicted != 1 {
					t.Fatalf("%d indexes of a user with one session were evicted", evicted)
				}
				if i%2 == 0 {
					d.ask("/count")
				}
				if _, err := s.managers[0].SignOutEverywhere(t.Context(), owner); err != nil {
					t.Fatal(err)
				}
				if still, _ := d.who(t); still != "" {
					stayed++
				}
			}
			fmt.Printf("%s: of %d, %d stayed in\n", t.Name(), users(), stayed)
			if stayed > 0 {
				t.Errorf("of %d devices whose owner's index was evicted, %d stayed in", users(), stayed)
			}
		})
	}
}

// eachKey calls f with each key that matches a pattern.
func eachKey(t *testing.T, client redis.UniversalClient, pattern string, f func(key string)) {
	t.Helper()
	var mu sync.Mutex
	find := func(ctx context.Context, server *redis.Client) error {
		mu.Lock()
		defer mu.Unlock()
		keys := server.Scan(ctx, 0, pattern, 1000).Iterator()
		for keys.Next(ctx) {
			f(keys.Val())
		}
		return keys.Err()
	}
	var err error
	switch c := client.(type) {
	case *redis.ClusterClient:
		err = c.ForEachMaster(t.Context(), find)
	case *redis.Client:
		err = find(t.Context(), c)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func dial(t *testing.T, address string) redis.UniversalClient {
	t.Helper()
	var client redis.UniversalClient
	if strings.Contains(address, "addr=") {
		options, err := redis.ParseClusterURL(address)
		if err != nil {
			t.Fatal(err)
		}
		client = redis.NewClusterClient(options)
	} else {
		options, err := redis.ParseURL(address)
		if err != nil {
			t.Fatal(err)
		}
		client = redis.NewClient(options)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}
