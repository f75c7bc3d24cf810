package faults

import (
	"sync"
	"testing"
	"time"

	"github.com/wafer-go/wafer/internal/integration/engines"
)

// nodeTimeout is after how long the others of a Redis Cluster take a primary
// for dead.
const nodeTimeout = time.Second

// A victim is an engine and what is done to it.
type victim struct {
	url     string
	servers int

	kill   func() error // also waits until service should be there again, where it comes by itself
	revive func() error // brings back what was killed or paused
	pause  func() error
	resume func() error

	forgets bool                                // what it acknowledged, when it is killed
	lock    func(t *testing.T) (release func()) // locks rows; nil if the engine locks none
}

type engine struct {
	name  string
	start func() (victim, error)

	// What the engine itself may do where it is killed: lose what it has
	// acknowledged, and so also the deletion of a record.
	mayLose, mayRevive string
	survivesAKill      bool // it is replaced, so that service is back before it is
}

// All tests share one engine of each kind.
var all = []engine{
	{name: "PostgreSQL", start: single(engines.StartPostgreSQL)},
	{name: "MariaDB", start: single(engines.StartMariaDB)},
	{name: "Redis", start: single(engines.StartRedis)},
	{
		name: "Redis Cluster", start: clusterOf(nodeTimeout), survivesAKill: true,
		mayLose:   "replication does not wait",
		mayRevive: "replication does not wait",
	},
	{name: "memcached", start: single(engines.StartMemcached), mayLose: "a restart drops everything"},
}

// running are the engines that were started. TestMain stops them.
var running struct {
	sync.Mutex
	engines []engines.Running
}

// started notes an engine that has to be stopped in the end.
func started(r engines.Running) {
	running.Lock()
	defer running.Unlock()
	running.engines = append(running.engines, r)
}

// victim returns the engine, and starts it if no test has done so.
func (e engine) victim(t *testing.T) victim {
	t.Helper()
	v, err := e.start()
	if err != nil {
		t.Fatalf("%v; run `make test`, which installs what the tests need", err)
	}
	return v
}

func single(start func() (*engines.Server, error)) func() (victim, error) {
	return sync.OnceValues(func() (victim, error) {
		s, err := start()
		if err != nil {
			return victim{}, err
		}
		started(s)
		return victim{url: s.URL(), servers: 1, kill: s.Kill, revive: s.Restart, pause: s.Pause, resume: s.Resume}, nil
	})
}

// clusterOf starts a Redis Cluster that waits so long before it replaces a server.
func clusterOf(timeout time.Duration) func() (victim, error) {
	return sync.OnceValues(func() (victim, error) {
		c, err := engines.StartCluster(timeout)
		if err != nil {
			return victim{}, err
		}
		started(c)
		return hurtOne(c), nil
	})
}

// hurtOne has a primary of the Cluster hurt, whichever it is.
func hurtOne(c *engines.Cluster) victim {
	var primary *engines.Server
	hurt := func(do func(*engines.Server) error) func() error {
		return func() (err error) {
			if primary, err = c.Primary(); err != nil {
				return err
			}
			if err := do(primary); err != nil {
				return err
			}
			return nil
		}
	}
	return victim{
		url: c.URL(), servers: len(c.Nodes),
		kill: func() error {
			if err := hurt((*engines.Server).Kill)(); err != nil {
				return err
			}
			return c.AwaitFailover(primary)
		},
		revive: func() error {
			if primary == nil {
				return nil // none was killed
			}
			if err := primary.Restart(); err != nil {
				return err
			}
			return c.Await()
		},
		pause: hurt((*engines.Server).Pause),
		resume: func() error {
			if err := primary.Resume(); err != nil {
				return err
			}
			return c.Await()
		},
	}
}
