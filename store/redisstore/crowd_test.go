package redisstore

import (
	"context"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Redis does nothing else while a command or a script runs. So what counts is how much one of them
// does, however many sessions an owner has.
const (
	crowdSize = 5_000

	// mostCalls is how many commands a script may call.
	mostCalls = 2*pageSize + 10
)

// A meter counts how many commands the server ran for one of the client's, at most, and how many
// names one of those removed from an index.
type meter struct {
	t     *testing.T
	admin *redis.Client
	index string // its key

	ran, calls, cut int
}

func (m *meter) DialHook(next redis.DialHook) redis.DialHook { return next }

func (m *meter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		before, had := m.read()
		err := next(ctx, cmd)
		after, have := m.read()
		m.ran++
		m.calls, m.cut = max(m.calls, after-before), max(m.cut, had-have)
		return err
	}
}

// ProcessPipelineHook counts each command of a pipeline as one: others' are run in between.
func (m *meter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		before, had := m.read()
		err := next(ctx, cmds)
		after, have := m.read()
		m.ran += len(cmds)
		m.calls, m.cut = max(m.calls, (after-before)/len(cmds)), max(m.cut, had-have)
		return err
	}
}

// read returns how many commands the server has run, and how many names the index has.
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
	return calls, int(m.admin.ZCard(context.Background(), m.index).Val())
}

func newMeter(t *testing.T) (*Store, *meter) {
	t.Helper()
	server := newPrivate(t)
	client := connect(t, server.addr)
	s := newStore(t, client)
	m := &meter{t: t, admin: connect(t, server.addr), index: s.indexKey("ann")}
	client.AddHook(m)
	return s, m
}

// crowd makes records of one owner, a kilobyte each, whose names the index keeps until a second.
func (m *meter) crowd(s *Store, till time.Time) {
	m.t.Helper()
	const script = `
for n = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  local id = redis.sha1hex(n) .. string.sub(redis.sha1hex(-n), 1, 24)
  redis.call('HSET', KEYS[1] .. 'session:' .. id, 'version', '7', 'data', string.rep('x', 1024), 'used', '1', 'expires', ARGV[3], 'owner', 'ann', 'listed', ARGV[4])
  redis.call('ZADD', KEYS[1] .. 'owner:ann', ARGV[4], id)
end`
	for from := 1; from <= crowdSize; from += 1000 {
		if err := m.admin.Eval(m.t.Context(), script, []string{s.prefix}, from, from+999, time.Now().Add(time.Hour).Unix(), till.Unix()).Err(); err != redis.Nil && err != nil {
			m.t.Fatal(err)
		}
	}
}

func (m *meter) bounded(what string) {
	m.t.Helper()
	m.t.Logf("%s: %d commands of the client; one ran %d on the server and removed %d names, at most", what, m.ran, m.calls, m.cut)
	if m.calls > mostCalls || m.cut > pageSize || m.ran == 0 {
		m.t.Errorf("%s: %d commands of the client; one ran %d on the server and removed %d names", what, m.ran, m.calls, m.cut)
	}
	m.ran, m.calls, m.cut = 0, 0, 0
}

func TestDeleteOwned_NoCommandIsLong(t *testing.T) {
	s, m := newMeter(t)
	m.crowd(s, time.Now().Add(time.Hour))
	deleted, err := s.DeleteOwned(t.Context(), "ann")
	if err != nil || deleted != crowdSize {
		t.Errorf("%d deleted, error %v", deleted, err)
	}
	m.bounded("DeleteOwned")
	if keys := must(m.admin.DBSize(t.Context()).Result())(t); keys != 0 {
		t.Errorf("%d keys are left", keys)
	}
}

// The names of sessions that have expired are removed some at a time, when the owner signs in.
func TestSave_RemovesSomeNamesThatHaveExpired(t *testing.T) {
	s, m := newMeter(t)
	m.crowd(s, time.Now().Add(-time.Minute))
	for names := crowdSize; names > crowdSize/2; {
		must(s.Save(t.Context(), randomID(), record("a value", "ann")))(t)
		left := int(m.admin.ZCard(t.Context(), m.index).Val())
		if left >= names {
			t.Fatalf("a save of the owner left %d names of %d", left, names)
		}
		names = left
	}
	m.bounded("Save")
}

func TestOwned_HoldsAPageAndNoCommandIsLong(t *testing.T) {
	s, m := newMeter(t)
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
	// A page of records, and 16 bytes of each ID, in a map.
	held := int64(most) - int64(before) // #nosec G115 -- small
	t.Logf("%d records were listed, holding up to %d bytes", seen, held)
	if seen != crowdSize || held > 4*pageSize*1024+64*crowdSize {
		t.Errorf("%d records were listed, holding up to %d bytes", seen, held)
	}
	m.bounded("Owned")
}
