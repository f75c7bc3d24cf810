// Package engines starts private instances of the engines that Wafer's stores
// run on: PostgreSQL, MariaDB, Redis, Redis Cluster and memcached, each on a
// free port of the loopback interface and with its data in a temporary folder.
//
// The command with, beside this package, starts all of them around another
// command. Tests that have to hurt a server start their own:
//
//	redis, err := engines.StartRedis()
//	defer redis.Stop()
//	redis.Kill()
//	redis.Restart()
//
// [StartNginx] starts nginx too, in front of a program.
//
// It needs Linux and the engines' programs, which scripts/services installs.
// Servers end with the process that started them, however that ends.
package engines

import (
	"errors"
	"sync"
)

// A Running is an engine that was started, of one server or several.
type Running interface {
	// URL returns where clients find it.
	URL() string

	// Stop ends it and removes its data.
	Stop() error
}

// A Kind is one of the engines.
type Kind struct {
	Name     string
	Variable string // of the environment, by which tests find its URL

	Start func() (Running, error)
}

// Kinds returns all engines. If they are volatile, none waits for the disk: what they have
// acknowledged need not survive, and they cost less.
func Kinds(volatile bool) []Kind {
	var postgresql, mariadb, redis []string
	if volatile {
		postgresql = []string{"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"}
		mariadb = []string{"--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite"}
		redis = []string{"--appendonly", "no"}
	}
	return []Kind{
		{"PostgreSQL", "WAFER_POSTGRES", func() (Running, error) { return running(startPostgreSQL(postgresql...)) }},
		{"MariaDB", "WAFER_MYSQL", func() (Running, error) { return running(startMariaDB(mariadb...)) }},
		{"Redis", "WAFER_REDIS", func() (Running, error) { return running(startRedis(redis...)) }},
		{"Redis Cluster", "WAFER_REDIS_CLUSTER", func() (Running, error) { return running(startCluster(0, redis...)) }},
		{"memcached", "WAFER_MEMCACHED", func() (Running, error) { return running(StartMemcached()) }},
	}
}

// running keeps a nil pointer from becoming an interface that is not nil.
func running[R Running](r R, err error) (Running, error) {
	if err != nil {
		return nil, err
	}
	return r, nil
}

// StartAll starts engines side by side and returns them in the same order. If
// one does not start, the others are stopped, and the errors are all told.
func StartAll(kinds []Kind) ([]Running, error) {
	started := make([]Running, len(kinds))
	errs := make([]error, len(kinds))
	var wg sync.WaitGroup
	for i, kind := range kinds {
		wg.Go(func() { started[i], errs[i] = kind.Start() })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, errors.Join(err, StopAll(started))
	}
	return started, nil
}

// StopAll stops engines side by side. It passes over nil ones.
func StopAll(started []Running) error {
	errs := make([]error, len(started))
	var wg sync.WaitGroup
	for i, r := range started {
		if r != nil {
			wg.Go(func() { errs[i] = r.Stop() })
		}
	}
	wg.Wait()
	return errors.Join(errs...)
}
