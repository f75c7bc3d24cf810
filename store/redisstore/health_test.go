package redisstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/store"
)

func TestNewRefusesClientsWhoseAnswersCouldBeOld(t *testing.T) {
	for name, c := range map[string]redis.UniversalClient{
		"None":           nil,
		"ReadOnly":       redis.NewClusterClient(&redis.ClusterOptions{ReadOnly: true}),
		"RouteByLatency": redis.NewClusterClient(&redis.ClusterOptions{RouteByLatency: true}),
		"RouteRandomly":  redis.NewUniversalClient(&redis.UniversalOptions{IsClusterMode: true, RouteRandomly: true}),
		"Ring":           redis.NewRing(&redis.RingOptions{}),
	} {
		if s, err := New(c, nil); err == nil || s != nil {
			t.Errorf("New took the client %s", name)
		}
		if c != nil {
			c.Close()
		}
	}
}

func TestPingFailsOnAReplica(t *testing.T) {
	primary := newPrivate(t)
	host, port, _ := strings.Cut(primary.addr, ":")
	replica := newPrivate(t, "--replicaof", host+" "+port)
	s := newStore(t, redis.UniversalClient(redis.NewClient(&redis.Options{Addr: replica.addr, MaxRetries: -1})))
	defer s.client.Close()
	if err := s.Ping(t.Context()); !redis.IsReadOnlyError(err) {
		t.Errorf("Ping of a replica returned %v", err)
	}
}

func TestPingFailsWhereSlotsHaveNoServer(t *testing.T) {
	server := newPrivate(t, "--cluster-enabled", "yes")
	one := connect(t, server.addr)
	if err := one.ClusterAddSlotsRange(t.Context(), 0, slots-1).Err(); err != nil {
		t.Fatal(err)
	}
	c := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{server.addr}})
	defer c.Close()
	s := newStore(t, c)
	for try := 0; s.Ping(t.Context()) != nil; try++ {
		if try == 200 {
			t.Fatalf("Ping of a whole cluster: %v", s.Ping(t.Context()))
		}
		time.Sleep(25 * time.Millisecond)
	}
	if err := one.ClusterDelSlotsRange(t.Context(), 0, 10).Err(); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err == nil {
		t.Error("Ping of a cluster that lacks slots returned nil")
	}
}

// A clusterInfo answers CLUSTER INFO, and PING with an error.
type clusterInfo struct {
	text    string
	err     error
	pingErr error
}

func (clusterInfo) DialHook(next redis.DialHook) redis.DialHook { return next }

func (clusterInfo) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (i clusterInfo) ProcessHook(redis.ProcessHook) redis.ProcessHook {
	return func(_ context.Context, cmd redis.Cmder) error {
		err := i.pingErr
		if info, ok := cmd.(*redis.StringCmd); ok {
			info.SetVal(i.text)
			err = i.err
		}
		cmd.SetErr(err)
		return err
	}
}

func TestPing_ReadsWhatAPrimarySaysOfItsCluster(t *testing.T) {
	down, alone := errors.New("it is down"), errors.New("ERR This instance has cluster support disabled")
	for _, test := range []struct {
		info clusterInfo
		says string
	}{
		{clusterInfo{text: "cluster_state:ok\r\ncluster_size:3\r\n", pingErr: down}, "<nil>"},
		{clusterInfo{text: "cluster_state:fail\r\ncluster_size:3\r\n"}, `the state "fail"`},
		{clusterInfo{err: down}, "it is down"},
		{clusterInfo{err: alone}, "<nil>"},
		{clusterInfo{err: alone, pingErr: down}, "it is down"},
	} {
		c := connect(t, "127.0.0.1:1")
		c.AddHook(test.info)
		if err := pingPrimary(t.Context(), c); !strings.Contains(fmt.Sprint(err), test.says) {
			t.Errorf("of %+v, it returned %v", test.info, err)
		}
	}
}

func TestAFullServerIsErrFullAndNotHealthy(t *testing.T) {
	server := newPrivate(t, "--maxmemory", "100kb", "--maxmemory-policy", "noeviction")
	s := newStore(t, connect(t, server.addr))
	full := func(max string) {
		t.Helper()
		if err := s.client.ConfigSet(t.Context(), "maxmemory", max).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, owner := range []string{"", "ann"} {
		full("0")
		id := randomID()
		r := record("a value", owner)
		r.Version = must(s.Save(t.Context(), id, r))(t)
		full("100kb")
		for call, f := range map[string]func() (uint64, error){
			"Save of a new record": func() (uint64, error) { return s.Save(t.Context(), randomID(), record("a value", owner)) },
			"Save":                 func() (uint64, error) { return s.Save(t.Context(), id, r) },
			"Move":                 func() (uint64, error) { return s.Move(t.Context(), id, near(id), r, store.Record{}) },
		} {
			if _, err := f(); !errors.Is(err, store.ErrFull) {
				t.Errorf("%s, of the owner %q, returned %v", call, owner, err)
			}
		}
		must(s.Load(t.Context(), id))(t)
		if err := s.Touch(t.Context(), id, r.Version, r.Used, r.Expires.Add(time.Minute)); err != nil {
			t.Errorf("Touch of the owner %q returned %v", owner, err)
		}
		if err := s.Delete(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	if err := s.Ping(t.Context()); !redis.IsOOMError(err) {
		t.Errorf("Ping returned %v", err)
	}
	if err := s.Check(t.Context()); !errors.Is(err, store.ErrFull) {
		t.Errorf("Check returned %v", err)
	}
}

func TestCheckWarnsOfAServerThatDropsSessions(t *testing.T) {
	server := newPrivate(t, "--maxmemory", "100mb", "--maxmemory-policy", "volatile-lru")
	s := newStore(t, connect(t, server.addr))
	if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "volatile-lru") {
		t.Errorf("Check returned %v", err)
	}
	onBoth(t, func(t *testing.T, connect func() redis.UniversalClient) {
		if err := newStore(t, connect()).Check(t.Context()); err != nil {
			t.Errorf("Check returned %v", err)
		}
	})
}

func TestPing_FailsWhereSaveMayNot(t *testing.T) {
	server := newPrivate(t)
	admin := connect(t, server.addr)
	for rights, says := range map[string]string{"-eval -evalsha": "allow EVAL", "-hset": "commands on hashes", "resetkeys ~other:*": "keys that begin with Options.Prefix"} {
		if err := admin.Do(t.Context(), append([]any{"ACL", "SETUSER", "app", "reset", "on", ">secret", "~*", "+@all"}, words(rights)...)...).Err(); err != nil {
			t.Fatal(err)
		}
		client := redis.NewClient(&redis.Options{Addr: server.addr, Username: "app", Password: "secret", ContextTimeoutEnabled: true})
		t.Cleanup(func() { client.Close() })
		s := must(New(client, &Options{Unchecked: true}))(t)
		if err := s.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("Ping with the rights %q returned %v", rights, err)
		}
		if _, err := New(client, nil); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("New with the rights %q returned %v", rights, err)
		}
	}
}

func TestNew_FailsWhereASignOutMayNot(t *testing.T) {
	server := newPrivate(t)
	admin := connect(t, server.addr)
	for _, right := range []string{"-zrange", "-zadd", "-hget", "-del", "-zscore"} {
		if err := admin.Do(t.Context(), "ACL", "SETUSER", "app", "on", ">secret", "~*", "+@all", right).Err(); err != nil {
			t.Fatal(err)
		}
		client := redis.NewClient(&redis.Options{Addr: server.addr, Username: "app", Password: "secret", ContextTimeoutEnabled: true})
		t.Cleanup(func() { client.Close() })
		if _, err := New(client, nil); err == nil || !strings.Contains(err.Error(), "may not run what is needed") {
			t.Errorf("New with the right %s returned %v", right, err)
		}
	}
}

func TestNew_WarnsOfAServerThatDropsSessions(t *testing.T) {
	for server, says := range map[*private]string{
		newPrivate(t, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"): "allkeys-lru",
		newPrivate(t): "",
	} {
		var log bytes.Buffer
		must(New(connect(t, server.addr), &Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}))(t)
		if !strings.Contains(log.String(), says) || says == "" && log.Len() > 0 {
			t.Errorf("the log says %q; it should say %q", log.String(), says)
		}
	}
}

func TestNew_LeavesNothing(t *testing.T) {
	server := newPrivate(t)
	client := connect(t, server.addr)
	must(New(client, nil))(t)
	if keys := must(client.DBSize(t.Context()).Result())(t); keys != 0 {
		t.Errorf("New left %d keys", keys)
	}
}

func words(text string) (words []any) {
	for _, w := range strings.Fields(text) {
		words = append(words, w)
	}
	return words
}

func TestPing_LeavesNothing(t *testing.T) {
	server := newPrivate(t)
	s := newStore(t, connect(t, server.addr))
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if keys := must(s.client.DBSize(t.Context()).Result())(t); keys != 0 {
		t.Errorf("Ping left %d keys", keys)
	}
}

// A movedClock has the server tell a time that is off.
type movedClock time.Duration

func (movedClock) DialHook(next redis.DialHook) redis.DialHook { return next }

func (movedClock) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (off movedClock) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if at, ok := cmd.(*redis.TimeCmd); ok {
			at.SetVal(at.Val().Add(time.Duration(off)))
		}
		return err
	}
}

func TestNew_SaysHowFarTheClocksAreApart(t *testing.T) {
	server := newPrivate(t)
	for off, says := range map[time.Duration]string{0: "", time.Second: "", 33 * 24 * time.Hour: "-792h0m0s ahead", -time.Hour: "1h0m0s ahead"} {
		client := connect(t, server.addr)
		client.AddHook(movedClock(off))
		var log bytes.Buffer
		s := must(New(client, &Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}))(t)
		if !strings.Contains(log.String(), says) || says == "" && log.Len() > 0 {
			t.Errorf("of a server that is %v ahead, the log says %q", off, log.String())
		}
		if got := time.Until(must(s.Now(t.Context()))(t)); (got - off).Abs() > time.Second {
			t.Errorf("of a server that is %v ahead, Now says %v", off, got)
		}
	}
}
