package redisstore

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/store"
)

// Redis does nothing else while a command or a script runs, and may run the commands of a pipeline
// without another client's in between. So what counts is how much one of them does, however many
// sessions an owner has.
const (
	crowdSize = 5_000

	// mostCalls is how many commands a pipeline or a script may call: two for each record, and some
	// for each part.
	mostCalls = 2*cutSize + 4*store.Parts
)

// A meter counts how many commands the server ran for one command or pipeline of the client's, at
// most, and how many names those removed from indexes.
type meter struct {
	t       *testing.T
	admin   *redis.Client
	indexes []string // their keys

	ran, calls, cut int
}

func (m *meter) DialHook(next redis.DialHook) redis.DialHook { return next }

func (m *meter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return m.measure(func() error { return next(ctx, cmd) })
	}
}

func (m *meter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		return m.measure(func() error { return next(ctx, cmds) })
	}
}

func (m *meter) measure(do func() error) error {
	before, had := m.read()
	err := do()
	after, have := m.read()
	m.ran++
	m.calls, m.cut = max(m.calls, after-before), max(m.cut, had-have)
	return err
}

// read returns how many commands the server has run, and how many names the indexes have.
func (m *meter) read() (calls, names int) {
	info, err := m.admin.Info(context.Background(), "commandstats").Result()
	if err != nil {
		m.t.Error(err)
	}
	for line := range strings.Lines(info) {
		// cmdstat_zrem:calls=2,usec=...
		name, counts, ok := strings.Cut(strings.TrimPrefix(line, "cmdstat_"), ":calls=")
		count, _, _ := strings.Cut(counts, ",")
		n, err := strconv.Atoi(count)
		if ok && err == nil && name != "info" && name != "zcard" {
			calls += n
		}
	}
	pipe := m.admin.Pipeline()
	for _, index := range m.indexes {
		pipe.ZCard(context.Background(), index)
	}
	cmds, err := pipe.Exec(context.Background())
	if err != nil {
		m.t.Error(err)
	}
	for _, cmd := range cmds {
		names += int(cmd.(*redis.IntCmd).Val())
	}
	return calls, names
}

// inParts runs a test on a store that has 64 parts, and on one that has one.
func inParts(t *testing.T, f func(t *testing.T, s *Store, m *meter)) {
	for name, prefix := range map[string]string{"Many": "crowd:", "One": "{crowd}:"} {
		t.Run(name, func(t *testing.T) {
			server := newPrivate(t)
			client := connect(t, server.addr)
			s := must(New(client, &Options{Prefix: prefix}))(t)
			m := &meter{t: t, admin: connect(t, server.addr)}
			for _, begin := range s.begins {
				m.indexes = append(m.indexes, indexKey(begin, "ann"))
			}
			client.AddHook(m)
			f(t, s, m)
		})
	}
}

// crowd makes records of one owner, a kilobyte each, whose names the indexes keep until a second.
func (m *meter) crowd(s *Store, till time.Time) {
	m.t.Helper()
	const script = `
for n = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  local id = redis.sha1hex(n) .. string.sub(redis.sha1hex(-n), 1, 24)
  local begin = KEYS[math.floor(tonumber(string.sub(id, 1, 2), 16) / 4) % #KEYS + 1]
  redis.call('HSET', begin .. 'session:' .. id, 'version', '7', 'owner', 'ann', 'data', string.rep('x', 1024), 'used', '1', 'expires', ARGV[3])
  redis.call('ZADD', begin .. 'owner:ann', ARGV[4], id)
end`
	for from := 1; from <= crowdSize; from += 1000 {
		if err := m.admin.Eval(m.t.Context(), script, s.begins, from, from+999, time.Now().Add(time.Hour).Unix(), till.Unix()).Err(); err != redis.Nil && err != nil {
			m.t.Fatal(err)
		}
	}
}

func (m *meter) bounded(what string) {
	m.t.Helper()
	text := fmt.Sprintf("%s: %d commands and pipelines of the client; one ran %d commands on the server and removed %d names, at most", what, m.ran, m.calls, m.cut)
	m.t.Log(text)
	if m.calls > mostCalls || m.cut > cutSize || m.ran == 0 {
		m.t.Error(text)
	}
	m.ran, m.calls, m.cut = 0, 0, 0
}

func TestDeleteOwned_NoCommandIsLong(t *testing.T) {
	inParts(t, func(t *testing.T, s *Store, m *meter) {
		m.crowd(s, time.Now().Add(time.Hour))
		deleted, err := s.DeleteOwned(t.Context(), "ann")
		if err != nil || deleted != crowdSize {
			t.Errorf("%d deleted, error %v", deleted, err)
		}
		m.bounded("DeleteOwned")
		if keys := must(m.admin.DBSize(t.Context()).Result())(t); keys != 0 {
			t.Errorf("%d keys are left", keys)
		}
	})
}

// The names of sessions that have expired are removed some at a time, when the owner signs in.
func TestSave_RemovesSomeNamesThatHaveExpired(t *testing.T) {
	inParts(t, func(t *testing.T, s *Store, m *meter) {
		m.crowd(s, time.Now().Add(-time.Minute))
		index := slices.MaxFunc(m.indexes, func(a, b string) int { return int(m.count(a) - m.count(b)) })
		for before := m.count(index); before > 50; {
			id := randomID()
			for s.index(id, "ann") != index {
				id = randomID()
			}
			must(s.Save(t.Context(), id, record("a value", "ann")))(t)
			left := m.count(index)
			if left > before-50 {
				t.Fatalf("a save of the owner left %d names of %d", left, before)
			}
			before = left
		}
		m.bounded("Save")
	})
}

func (m *meter) count(index string) int64 { return m.admin.ZCard(m.t.Context(), index).Val() }

func TestOwned_HoldsAPageAndNoCommandIsLong(t *testing.T) {
	inParts(t, func(t *testing.T, s *Store, m *meter) {
		m.crowd(s, time.Now().Add(time.Hour))
		heap := func() uint64 {
			runtime.GC()
			var stats runtime.MemStats
			runtime.ReadMemStats(&stats)
			return stats.HeapAlloc
		}
		before, most, seen := heap(), uint64(0), 0
		for e, err := range s.Owned(t.Context(), "ann") {
			if err != nil || len(e.Data) != 1024 {
				t.Fatalf("%d bytes, error %v", len(e.Data), err)
			}
			if seen++; seen%1_000 == 0 {
				most = max(most, heap())
			}
		}
		// A page of records, and of each ID, of which a part may be read at once, 16 bytes in a map,
		// and the ID, the text and its score.
		held := int64(most) - int64(before) // #nosec G115 -- small
		t.Logf("%d records were listed, holding up to %d bytes", seen, held)
		if seen != crowdSize || held > 4*pageSize*1024+256*crowdSize {
			t.Errorf("%d records were listed, holding up to %d bytes", seen, held)
		}
		m.bounded("Owned")
	})
}
