package memcachestore

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"syscall"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/wafer-go/wafer/store"
)

const (
	// DefaultPrefix begins every key if Options name no other.
	DefaultPrefix = "wafer:"

	// DefaultMaxItemSize is memcached's own.
	DefaultMaxItemSize = 1 << 20

	// itemOverhead is what memcached counts of an item beside key and value, at
	// most: its header (48 bytes), cas unique (8), flags (4), and line endings.
	itemOverhead = 64

	// maxKey is how many bytes a key has at most; memcached's protocol.txt,
	// "Keys".
	maxKey = 250
)

// Options are what a program may choose. The zero value has safe defaults.
type Options struct {
	// Prefix begins every key, before the id's 64 digits. It has at most 186
	// bytes, with no space and no control character among them. Empty means
	// DefaultPrefix.
	Prefix string

	// MaxItemSize is how many bytes memcached keeps of an item with its key:
	// what its -I says. More is refused before it is sent. Zero means
	// DefaultMaxItemSize.
	MaxItemSize int

	// Clock tells the time. Nil means time.Now.
	Clock func() time.Time

	// Logger receives what New finds wrong with the servers. Nil means slog.Default.
	Logger *slog.Logger

	// Unchecked has New ask the servers nothing, for tools that only read.
	Unchecked bool
}

// A Store keeps records in memcached. It is safe for concurrent use by multiple goroutines. You do
// not close it: the client is the program's.
type Store struct {
	client *memcache.Client
	o      Options
}

var (
	_ store.Store  = (*Store)(nil)
	_ store.Pinger = (*Store)(nil)
	_ store.Clock  = (*Store)(nil)
)

// New returns a store that keeps its records in the client's servers. If opts is nil, the zero
// Options apply. It fails if client is nil, if an option is invalid, or if a server runs without
// cas. Everything else that is wrong with the servers, a clock that disagrees with this machine's
// for example, is logged as a warning, so that a program can start before them.
func New(client *memcache.Client, opts *Options) (*Store, error) {
	if client == nil {
		return nil, errors.New(`memcachestore: New needs a client, such as memcache.New("localhost:11211")`)
	}
	s := &Store{client: client}
	if opts != nil {
		s.o = *opts
	}
	if s.o.Prefix == "" {
		s.o.Prefix = DefaultPrefix
	}
	if limit := maxKey - 2*len(store.ID{}); len(s.o.Prefix) > limit {
		return nil, fmt.Errorf("memcachestore: the prefix has %d bytes, and with the id in a key of memcached there is room for %d", len(s.o.Prefix), limit)
	}
	if strings.ContainsFunc(s.o.Prefix, func(c rune) bool { return c <= ' ' || c == 0x7f }) {
		return nil, fmt.Errorf("memcachestore: the prefix %q has a space or a control character, which no key of memcached may have", s.o.Prefix)
	}
	if s.o.MaxItemSize < 0 {
		return nil, fmt.Errorf("memcachestore: MaxItemSize is %d bytes; use 0 for memcached's default", s.o.MaxItemSize)
	}
	if s.o.MaxItemSize == 0 {
		s.o.MaxItemSize = DefaultMaxItemSize
	}
	if s.o.Clock == nil {
		s.o.Clock = time.Now
	}
	if s.o.Unchecked {
		return s, nil
	}
	switch err := s.Check(context.Background()); {
	case errors.Is(err, errNoCAS):
		return nil, err
	case err != nil:
		cmp.Or(s.o.Logger, slog.Default()).LogAttrs(context.Background(), slog.LevelWarn, "memcachestore: sessions may end too early, or cannot be saved", slog.Any("error", err))
	}
	return s, nil
}

// Check returns an error if Ping does, or if a server's clock is more than five seconds from this
// machine's. [New] calls it; a program can call it again.
func (s *Store) Check(ctx context.Context) error {
	if err := s.Ping(ctx); err != nil {
		return err
	}
	return s.compareClocks()
}

func (s *Store) key(id store.ID) string { return s.o.Prefix + id.String() }

// Load returns the record, or store.ErrNotFound.
func (s *Store) Load(ctx context.Context, id store.ID) (store.Record, error) {
	r, _, err := s.get(ctx, id)
	if err != nil {
		return store.Record{}, fail(ctx, "Load", id, err)
	}
	return r, nil
}

// get returns a record with the cas unique of its item. If the record has expired it returns
// ErrNotFound and the unique, and 0 if there is no item.
func (s *Store) get(ctx context.Context, id store.ID) (r store.Record, cas uint64, err error) {
	var item *memcache.Item
	err = s.again(ctx, func() (err error) {
		item, err = s.client.Get(s.key(id))
		return err
	})
	if err != nil {
		return r, 0, err
	}
	if r, err = parse(item.Value); err != nil {
		return r, 0, err
	}
	if r.Version, err = version(item.CasID, r.Expires); err != nil {
		return r, 0, err
	}
	if expired(r.Expires, s.o.Clock()) {
		return store.Record{}, item.CasID, store.ErrNotFound
	}
	return r, item.CasID, nil
}

// Save creates or replaces the record, and returns 0 for its version, which
// memcached does not tell.
func (s *Store) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	if err := s.save(ctx, id, r); err != nil {
		return 0, fail(ctx, "Save", id, err)
	}
	return 0, nil
}

func (s *Store) save(ctx context.Context, id store.ID, r store.Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	key := s.key(id)
	if size := itemOverhead + len(key) + headerSize + len(r.Owner) + len(r.Data); size > s.o.MaxItemSize {
		return fmt.Errorf("the item would be %d bytes, and memcached keeps %d; see Options.MaxItemSize: %w", size, s.o.MaxItemSize, store.ErrTooLarge)
	}
	value, err := format(r)
	if err != nil {
		return err
	}
	item := &memcache.Item{Key: key, Value: value, Expiration: expiration(r.Expires, s.o.Clock())}
	if r.Version == 0 {
		return s.create(ctx, id, item)
	}
	item.CasID = r.Version & maxCAS
	if mayHaveExpired(r.Version, s.o.Clock()) {
		now, cas, err := s.get(ctx, id)
		if err != nil {
			return err
		}
		if now.Version != r.Version {
			return store.ErrConflict
		}
		item.CasID = cas
	}
	return s.write(ctx, item, s.client.CompareAndSwap)
}

// create adds an item, or replaces one that has expired and is not dropped yet.
func (s *Store) create(ctx context.Context, id store.ID, item *memcache.Item) error {
	err := s.write(ctx, item, s.client.Add)
	if !errors.Is(err, memcache.ErrNotStored) {
		return err
	}
	_, cas, err := s.get(ctx, id)
	switch {
	case err == nil:
		return store.ErrConflict
	case !isNotFound(err):
		return err
	case cas == 0: // dropped at this moment
		err = s.write(ctx, item, s.client.Add)
	default:
		item.CasID = cas
		err = s.write(ctx, item, s.client.CompareAndSwap)
	}
	if errors.Is(err, memcache.ErrNotStored) || errors.Is(err, memcache.ErrCacheMiss) {
		return store.ErrConflict // another request was first
	}
	return err
}

// Delete removes the record.
func (s *Store) Delete(ctx context.Context, id store.ID) error {
	err := s.again(ctx, func() error { return s.client.Delete(s.key(id)) })
	if err != nil && !isNotFound(err) {
		return fail(ctx, "Delete", id, err)
	}
	return nil
}

// Ping returns nil if every server answers, and one of them, by chance, keeps a
// record, which Ping saves, loads and deletes. What it cannot delete expires in
// a minute.
func (s *Store) Ping(ctx context.Context) error {
	var id store.ID
	_, _ = rand.Read(id[:]) // never fails: crypto/rand
	err := s.again(ctx, s.client.Ping)
	if err == nil {
		_, err = s.Save(ctx, id, store.Record{Expires: s.o.Clock().Add(time.Minute)})
	}
	if err == nil {
		_, err = s.Load(ctx, id) // which finds a server without cas
	}
	if err == nil {
		err = s.Delete(ctx, id)
	}
	if err != nil {
		return fmt.Errorf("memcachestore: Ping: %w", err)
	}
	return nil
}

// write changes an item. If the connection had broken, it is not known whether the server did that,
// so write returns the error, and its caller saves again. Before, it has the client throw away the
// other connections that have broken, each of which would fail one such try.
func (s *Store) write(ctx context.Context, item *memcache.Item, change func(*memcache.Item) error) error {
	err := change(item)
	if isBroken(err) {
		_ = s.again(ctx, s.client.Ping)
	}
	return err
}

// again calls f, and calls it again if a connection had broken. The client
// throws away one such in each call, and after a restart of the server all that
// it kept are broken.
func (s *Store) again(ctx context.Context, f func() error) error {
	tries := max(s.client.MaxIdleConns, memcache.DefaultMaxIdleConns) + 1
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := f()
		if tries--; tries == 0 || !isBroken(err) {
			return err
		}
	}
}

// isBroken reports whether the connection had broken before the answer came.
func isBroken(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

func isNotFound(err error) bool {
	return errors.Is(err, store.ErrNotFound) || errors.Is(err, memcache.ErrCacheMiss)
}

// fail says what failed, and adds what of package store's errors the client's
// comes to.
func fail(ctx context.Context, what string, id store.ID, err error) error {
	switch {
	case errors.Is(err, memcache.ErrCacheMiss), errors.Is(err, memcache.ErrNotStored):
		err = fmt.Errorf("%w: %w", store.ErrNotFound, err)
	case errors.Is(err, memcache.ErrCASConflict):
		err = fmt.Errorf("%w: %w", store.ErrConflict, err)
	case strings.Contains(err.Error(), "SERVER_ERROR object too large"):
		err = fmt.Errorf("%w: %w", store.ErrTooLarge, err)
	case strings.Contains(err.Error(), "SERVER_ERROR out of memory"):
		err = fmt.Errorf("%w: %w", store.ErrFull, err)
	case ctx.Err() != nil && !errors.Is(err, ctx.Err()) && !isNotFound(err) && !errors.Is(err, store.ErrConflict):
		err = fmt.Errorf("%w: %w", ctx.Err(), err) // over while the client waited
	}
	return fmt.Errorf("memcachestore: %s %s: %w", what, id, err)
}
