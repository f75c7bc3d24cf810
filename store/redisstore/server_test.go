package redisstore

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/store"
)

// A private server is one that a test may stop, or set as it likes.
type private struct {
	t    testing.TB
	addr string
	args []string
	cmd  *exec.Cmd
}

// newPrivate starts a server of the test's own, with these options.
func newPrivate(t testing.TB, options ...string) *private {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(addr)
	p := &private{t: t, addr: addr, args: append([]string{"--port", port, "--bind", "127.0.0.1", "--dir", t.TempDir(), "--save", ""}, options...)}
	if slices.Contains(options, "--cluster-enabled") {
		p.args = append(p.args, "--cluster-port", busOf(port))
	}
	p.start()
	t.Cleanup(p.stop)
	return p
}

// busOf returns the port that a node of a cluster speaks to others at.
func busOf(port string) string {
	n, _ := strconv.Atoi(port)
	return strconv.Itoa(n - 20000) // below those that systems give to clients
}

func (p *private) start() {
	p.t.Helper()
	p.cmd = exec.Command("redis-server", p.args...)
	if err := p.cmd.Start(); err != nil {
		p.t.Fatalf("redis-server did not start: %v; run `make test`, which installs what the tests need", err)
	}
	c := redis.NewClient(&redis.Options{Addr: p.addr, MaxRetries: -1})
	defer c.Close()
	for range 200 {
		if c.Ping(context.Background()).Err() == nil {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	p.t.Fatalf("redis-server at %s does not answer", p.addr)
}

// stop kills the server, as a power failure would.
func (p *private) stop() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// address returns that of the single server which all tests share.
func address(t testing.TB) string {
	t.Helper()
	opts, err := redis.ParseURL(os.Getenv("WAFER_REDIS"))
	if err != nil {
		t.Fatalf("WAFER_REDIS names no server: %v; run `make test`, which starts what the tests need", err)
	}
	return opts.Addr
}

func connect(t testing.TB, addr string) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: addr, ContextTimeoutEnabled: true})
	t.Cleanup(func() { c.Close() })
	return c
}

func connectCluster(t testing.TB) *redis.ClusterClient {
	t.Helper()
	opts, err := redis.ParseClusterURL(os.Getenv("WAFER_REDIS_CLUSTER"))
	if err != nil {
		t.Fatalf("WAFER_REDIS_CLUSTER names no cluster: %v; run `make test`, which starts what the tests need", err)
	}
	c := redis.NewClusterClient(opts)
	t.Cleanup(func() { c.Close() })
	return c
}

// newStore returns a store with a prefix that nobody else has.
func newStore(t testing.TB, c redis.UniversalClient) *Store {
	t.Helper()
	s, err := New(c, &Options{Prefix: "test-" + strings.ToLower(rand.Text()) + ":"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// beside returns another instance of a store, over another client.
func beside(t testing.TB, s *Store, c redis.UniversalClient) *Store {
	t.Helper()
	o, err := New(c, &Options{Prefix: s.prefix})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func randomID() (id store.ID) {
	rand.Read(id[:])
	return id
}

// near returns the ID of another record in the same part.
func near(id store.ID) store.ID {
	to := randomID()
	to[0] = id[0]
	return to
}

func record(data, owner string) store.Record {
	now := time.Now()
	return store.Record{Data: []byte(data), Used: now, Expires: now.Add(time.Hour), Owner: owner}
}

func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ids(entries []store.Entry) string {
	var all []string
	for _, e := range entries {
		all = append(all, e.ID.String()[:8])
	}
	return fmt.Sprint(all)
}

// onBoth runs a test on a single server and on a cluster.
func onBoth(t *testing.T, f func(t *testing.T, connect func() redis.UniversalClient)) {
	t.Run("One", func(t *testing.T) {
		f(t, func() redis.UniversalClient { return connect(t, address(t)) })
	})
	t.Run("Cluster", func(t *testing.T) {
		f(t, func() redis.UniversalClient { return connectCluster(t) })
	})
}
