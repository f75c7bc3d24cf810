package simulation

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
)

// A setting is what a program chose: its engines, and the backends that its servers go through one
// after the other when they are deployed.
type setting struct {
	name    string
	kinds   []kind // of the engines
	phases  []func(stores []store.Store) session.Backend
	memory  bool // the first store is memstore, in the process
	cookies bool // some sessions are in their cookies
}

var keys = [2]secret.Key{secret.New(), secret.New()}

func stored(n int) func([]store.Store) session.Backend {
	return func(s []store.Store) session.Backend { return session.Stored(s[n]) }
}

func signed([]store.Store) session.Backend { return session.Signed(keys[0]) }

func migrate(to, from func([]store.Store) session.Backend) func([]store.Store) session.Backend {
	return func(s []store.Store) session.Backend { return session.Migrate(to(s), from(s)) }
}

// moved are the phases in which sessions move from one backend to another without a gap, as
// docs/stores.md describes them.
func moved(from, to func([]store.Store) session.Backend) []func([]store.Store) session.Backend {
	return []func([]store.Store) session.Backend{from, migrate(from, to), migrate(to, from)}
}

func one(b func([]store.Store) session.Backend) []func([]store.Store) session.Backend {
	return []func([]store.Store) session.Backend{b}
}

var settings = []setting{
	{name: "SQL", kinds: []kind{sqlLike}, phases: one(stored(0))},
	{name: "Redis", kinds: []kind{redisLike}, phases: one(stored(0))},
	{name: "Redis Cluster", kinds: []kind{clusterLike}, phases: one(stored(0))},
	{name: "memcached", kinds: []kind{memcachedLike}, phases: one(stored(0))},
	{name: "memstore", memory: true, phases: one(stored(0))},
	{name: "overflow", kinds: []kind{sqlLike}, cookies: true, phases: one(func(s []store.Store) session.Backend {
		return session.Overflow(session.Signed(keys[0]), s[0])
	})},
	{name: "SQL to Redis", kinds: []kind{sqlLike, redisLike}, phases: moved(stored(0), stored(1))},
	{name: "memcached to SQL", kinds: []kind{memcachedLike, sqlLike}, phases: moved(stored(0), stored(1))},
	{name: "signed to SQL", kinds: []kind{sqlLike}, cookies: true, phases: moved(signed, stored(0))},
	{name: "cluster to signed", kinds: []kind{clusterLike}, cookies: true, phases: moved(stored(0), signed)},
	{name: "signed, keys rotated", cookies: true, phases: []func([]store.Store) session.Backend{
		signed,
		func([]store.Store) session.Backend { return session.Signed(keys[0], keys[1]) },
		func([]store.Store) session.Backend { return session.Signed(keys[1], keys[0]) },
	}},
	{name: "sealed, keys rotated", cookies: true, phases: []func([]store.Store) session.Backend{
		func([]store.Store) session.Backend { return session.Sealed(keys[0]) },
		func([]store.Store) session.Backend { return session.Sealed(keys[0], keys[1]) },
		func([]store.Store) session.Backend { return session.Sealed(keys[1], keys[0]) },
	}},
}

// A server is one process of the program.
type server struct {
	number   int
	skew     time.Duration // of its clock
	phase    int           // of the setting
	sessions *session.Manager
}

// start gives the server the backend of a phase.
func (w *world) start(s *server, phase int) {
	s.phase = phase
	s.sessions = w.manager(phase, s.skew, wire{&w.network})
}

// manager returns a manager with the backend of a phase. Without a link it asks the engines at
// once.
func (w *world) manager(phase int, skew time.Duration, l link) *session.Manager {
	var stores []store.Store
	if w.setting.memory {
		stores = append(stores, w.memory)
		if l != nil {
			stores[0] = &remote{w.memory, l}
		}
	}
	for _, e := range w.engines {
		stores = append(stores, open(e, l, w.config.flaws))
	}
	backend := w.setting.phases[phase](stores)
	if wrap := w.config.flaws.backend; wrap != nil && l != nil {
		backend = wrap(backend, stores)
	}
	m, err := session.New(backend, &session.Options{
		IdleTimeout: w.idle, Logger: slog.New(slog.DiscardHandler),
		Clock: func() time.Time { return time.Now().Add(skew) },
		Observe: func(ctx context.Context, e session.Event) {
			if v, ok := ctx.Value(visitKey{}).(*visit); ok && e.Kind == session.EventFlashesDropped {
				v.dropped = true
			}
		},
	})
	if err != nil {
		panic(fmt.Sprintf("simulation: %s: %v", w.setting.name, err))
	}
	return m
}
