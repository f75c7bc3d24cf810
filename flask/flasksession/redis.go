package flasksession

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// A RedisClient is what [Redis] needs of a client. The clients of github.com/redis/go-redis/v9 have
// it, redis.Client, redis.ClusterClient and redis.UniversalClient alike, so that this package does
// not import them.
type RedisClient[R RedisReply] interface {
	Do(ctx context.Context, args ...any) R
}

// A RedisReply is what a client's Do returns: *redis.Cmd.
type RedisReply interface {
	Result() (any, error)
}

// Redis keeps records in the Redis of a Flask program with SESSION_TYPE="redis". The client must be
// for the database that Flask uses, must ask primaries only, and return binary text as a string, as
// go-redis does. Its user needs the commands EVAL, GET, SET, DEL and PTTL.
//
// A change whose answer was lost and that the client sends again is recognized, so it is not
// applied twice.
func Redis[R RedisReply](client RedisClient[R]) Records {
	return &redisRecords{func(ctx context.Context, script string, keys []string, args ...any) (any, error) {
		all := append(make([]any, 0, 3+len(keys)+len(args)), "EVAL", script, len(keys))
		for _, key := range keys {
			all = append(all, key)
		}
		return client.Do(ctx, append(all, args...)...).Result()
	}}
}

type redisRecords struct {
	run func(ctx context.Context, script string, keys []string, args ...any) (any, error)
}

var _ Records = (*redisRecords)(nil)

// The scripts answer 1 for done, 0 for a conflict and -1 if there is no record. KEYS[1] is the
// record, and the last key has the number of the last change, by which one that is sent again is
// recognized.
const (
	loadScript = `local v = redis.call('GET', KEYS[1])
if not v then return {} end
return {v, redis.call('PTTL', KEYS[1])}`

	sentBefore = `if redis.call('GET', KEYS[#KEYS]) == ARGV[1] then return 1 end
local v = redis.call('GET', KEYS[1])
`
	thisIsSent = `redis.call('SET', KEYS[#KEYS], ARGV[1], 'PX', 60000)
return 1`

	createScript = sentBefore + `if v then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
` + thisIsSent

	swapScript = sentBefore + `if not v then return -1 end
if v ~= ARGV[4] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
` + thisIsSent

	retireScript = sentBefore + `if not v then return -1 end
if v ~= ARGV[4] then return 0 end
redis.call('DEL', KEYS[1])
if tonumber(ARGV[3]) > 0 then redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) end
` + thisIsSent

	deleteScript = `redis.call('DEL', KEYS[1]) return 1`
)

// errReply is that of a client which does not return what Redis answers.
var errReply = errors.New("flasksession: Redis: the client returned an answer of another type than go-redis does")

func (r *redisRecords) Load(ctx context.Context, key string) (Record, error) {
	began := time.Now()
	reply, err := r.run(ctx, loadScript, []string{key})
	if err != nil {
		return Record{}, redisError("read", err)
	}
	parts, ok := reply.([]any)
	if !ok {
		return Record{}, errReply
	}
	if len(parts) == 0 {
		return Record{}, nil
	}
	data, ok := parts[0].(string)
	if !ok || len(parts) != 2 {
		return Record{}, errReply
	}
	found := Record{Data: []byte(data)}
	if ttl, ok := parts[1].(int64); ok && ttl >= 0 {
		// Rounded, because the time until the server answered counts too.
		found.Expires = began.Add(time.Duration(ttl) * time.Millisecond).Round(time.Second)
	}
	return found, nil
}

func (r *redisRecords) Swap(ctx context.Context, key string, old []byte, next Record) error {
	keys := []string{key, wordName(key, "sent")}
	ttl := max(milliseconds(next.Expires), 1)
	if old == nil {
		return r.change(ctx, createScript, keys, rand.Text(), next.Data, ttl)
	}
	return r.change(ctx, swapScript, keys, rand.Text(), next.Data, ttl, old)
}

func (r *redisRecords) Retire(ctx context.Context, key string, old []byte, name string, word Record) error {
	keys := []string{key, name, wordName(key, "sent")}
	return r.change(ctx, retireScript, keys, rand.Text(), word.Data, milliseconds(word.Expires), old)
}

func (r *redisRecords) Delete(ctx context.Context, key string) error {
	return r.change(ctx, deleteScript, []string{key})
}

func milliseconds(until time.Time) int64 { return time.Until(until).Milliseconds() }

func (r *redisRecords) change(ctx context.Context, script string, keys []string, args ...any) error {
	reply, err := r.run(ctx, script, keys, args...)
	if err != nil {
		return redisError("write", err)
	}
	switch reply {
	case int64(1):
		return nil
	case int64(0):
		return driver.ErrConflict
	case int64(-1):
		return driver.ErrEnded
	}
	return errReply
}

func redisError(what string, err error) error {
	return fmt.Errorf("flasksession: Redis: could not %s the record: %w", what, err)
}
