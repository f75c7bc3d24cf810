package main

import (
	"bytes"
	"context"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// start starts a server of the test's own on a free port, and returns its address.
func start(t *testing.T, program string, args func(port string) []string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_, port, _ := net.SplitHostPort(addr)
	l.Close()
	cmd := exec.Command(program, args(port)...)
	if err := cmd.Start(); err != nil {
		t.Fatalf("%s did not start: %v; run `make test`, which installs what the tests need", program, err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for range 400 {
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			return addr
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("%s at %s does not answer", program, addr)
	return ""
}

func startRedis(t *testing.T, options ...string) string {
	t.Helper()
	return start(t, "redis-server", func(port string) []string {
		return append([]string{"--port", port, "--bind", "127.0.0.1", "--dir", t.TempDir(), "--save", ""}, options...)
	})
}

// redisUser returns the URL of a user of a Redis server who lacks rights.
func redisUser(t *testing.T, lacks ...any) string {
	t.Helper()
	addr := startRedis(t)
	admin := redis.NewClient(&redis.Options{Addr: addr})
	defer admin.Close()
	if err := admin.Do(context.Background(), append([]any{"ACL", "SETUSER", "app", "on", ">secret", "~*", "+@all"}, lacks...)...).Err(); err != nil {
		t.Fatal(err)
	}
	return "redis://app:secret@" + addr
}

// TestCheck_ShowsWhatAStoreWarnsOf has what New of a store finds, in the words that the troubleshooting
// guide has.
func TestCheck_ShowsWhatAStoreWarnsOf(t *testing.T) {
	for says, open := range map[string]func(t *testing.T) string{
		"engine  FAILED: Check: the Redis server has maxmemory-policy allkeys-lru, so it drops sessions when its memory is full; set ": func(t *testing.T) string {
			return "redis://" + startRedis(t, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru")
		},
		"engine  FAILED: Check: the user may not run what is needed; allow ":                     func(t *testing.T) string { return redisUser(t, "-eval", "-evalsha") },
		"engine  FAILED: Check: the Redis server does not tell its maxmemory-policy; allow INFO": func(t *testing.T) string { return redisUser(t, "-info") },
		"the server does not use cas as memcached does, so two requests at once would lose changes; start it without -C": func(t *testing.T) string {
			return "memcache://" + start(t, "memcached", func(port string) []string {
				return []string{"-p", port, "-l", "127.0.0.1", "-U", "0", "-u", "nobody", "-C"}
			})
		},
		"the connection has autocommit=0, so the server would keep nothing that is saved; remove ": func(t *testing.T) string {
			address := own(t, "WAFER_MYSQL", "table")
			var out bytes.Buffer
			if status := run([]string{"store", "migrate", address}, nil, &out, &out); status != 0 {
				t.Fatalf("migrate: %s", &out)
			}
			return address + "&autocommit=0"
		},
		"there is no table ": func(t *testing.T) string { return own(t, "WAFER_POSTGRES", "table") },
	} {
		t.Run(says, func(t *testing.T) {
			var out, errs bytes.Buffer
			status := run([]string{"check", open(t)}, nil, &out, &errs)
			if text := out.String(); status != 1 || !strings.Contains(text, says) || strings.Contains(text, "secret") {
				t.Errorf("wafer check exits with %d and says\n%s%s", status, text, &errs)
			}
		})
	}
}
