package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/internal/engineclock"
)

// DefaultPrefix begins the name of every key if Options name no other.
const DefaultPrefix = "wafer:"

// maxData is the largest Data in bytes. Redis keeps strings of up to 512 MiB
// (proto-max-bulk-len); half of that leaves room for a script's copy.
const maxData = 256 << 20

// Options are what a program may choose. The zero value has safe defaults.
type Options struct {
	// Prefix begins the name of every key: the records are PREFIX{N}:session:ID and the owners'
	// indexes PREFIX{N}:owner:OWNER, where N is one of 64 numbers, so that the nodes of a Redis
	// Cluster share them. A part in braces, as in "{wafer}:", replaces {N}: it puts all keys into
	// one slot of a Cluster, and so onto one node. Stores with different prefixes share a server
	// without seeing each other's records, unless one prefix is another one with "{", "session:" or
	// "owner:" after it. Empty means DefaultPrefix.
	Prefix string

	// Logger receives what New finds wrong with the servers. Nil means slog.Default.
	Logger *slog.Logger

	// Unchecked has New ask the servers nothing, for tools that only read.
	Unchecked bool
}

// A Store keeps records in Redis. It is safe for concurrent use by multiple goroutines. You do not
// close it: the client is the program's.
type Store struct {
	client redis.UniversalClient
	prefix string
	begins []string // of the keys of each part
	clock  engineclock.Clock
}

var (
	_ store.Store      = (*Store)(nil)
	_ store.Toucher    = (*Store)(nil)
	_ store.Mover      = (*Store)(nil)
	_ store.OwnerIndex = (*Store)(nil)
	_ store.Lister     = (*Store)(nil)
	_ store.Pinger     = (*Store)(nil)
	_ store.Clock      = (*Store)(nil)
)

// clusterClient is what clients of a Redis Cluster have and others have not.
type clusterClient interface {
	ForEachMaster(ctx context.Context, f func(ctx context.Context, c *redis.Client) error) error
}

// New returns a store that keeps its records in the client's servers. It fails
// with a client whose answers could be old (ReadOnly, RouteByLatency,
// RouteRandomly) and with a redis.Ring, which deals sessions to other servers
// when one is gone. It also does what [Store.Check] does, for three seconds at
// most: it fails if the user may not run what sessions need, and logs a warning
// of everything else, so that a program can start before its server. If opts is
// nil, the zero Options apply.
func New(client redis.UniversalClient, opts *Options) (*Store, error) {
	if client == nil {
		return nil, errors.New("redisstore: New needs a client, such as redis.NewClient(&redis.Options{Addr: \"localhost:6379\"})")
	}
	if _, ring := client.(interface{ Options() *redis.RingOptions }); ring {
		return nil, errors.New("redisstore: a redis.Ring gives the sessions of a lost server to others, which do not have them; use a Redis Cluster")
	}
	if c, ok := client.(interface{ Options() *redis.ClusterOptions }); ok {
		if o := c.Options(); o.ReadOnly || o.RouteByLatency || o.RouteRandomly {
			return nil, errors.New("redisstore: the client reads from replicas, which lag behind: a session that was signed out would still be valid there; do not set ReadOnly, RouteByLatency or RouteRandomly")
		}
	}
	if opts == nil {
		opts = &Options{}
	}
	s := &Store{client: client, prefix: cmp.Or(opts.Prefix, DefaultPrefix)}
	var err error
	if s.begins, err = begins(s.prefix); err != nil {
		return nil, err
	}
	if opts.Unchecked {
		return s, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkTime)
	defer cancel()
	err = s.Check(ctx)
	if mayNot(err) {
		return nil, err
	}
	wrong := []error{err}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		wrong = several.Unwrap()
	}
	for _, err := range wrong {
		if err != nil {
			cmp.Or(opts.Logger, slog.Default()).LogAttrs(ctx, slog.LevelWarn, "redisstore: sessions may get lost, or cannot be saved", slog.Any("error", err))
		}
	}
	return s, nil
}

// checkTime limits how long New looks at the servers.
const checkTime = 3 * time.Second

// fail says what failed, and adds what of package store's errors an answer of
// Redis comes to.
func fail(ctx context.Context, what string, id store.ID, err error) error {
	if redis.IsOOMError(err) {
		err = fmt.Errorf("%w: %w", store.ErrFull, err)
	}
	return fmt.Errorf("redisstore: %s %s: %w", what, id, told(ctx, err))
}

// told adds the context's error where that is why err came about: go-redis
// reports a deadline as a connection that timed out.
func told(ctx context.Context, err error) error {
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrTooLarge) {
		return err
	}
	done := ctx.Err()
	if at, ok := ctx.Deadline(); ok && done == nil && !time.Now().Before(at) {
		done = context.DeadlineExceeded // its own timer is a little late
	}
	if done == nil || errors.Is(err, done) {
		return err
	}
	return fmt.Errorf("%w: %w", done, err)
}
