package sqlstore

import (
	"context"
	"log/slog"
	"math"
	"math/rand/v2"
	"time"
)

// A Store purges purgeStep records at a time, and leaves the engine to others
// for purgePause after each step.
const (
	purgeStep  = 500
	purgePause = 10 * time.Millisecond
)

// Purge deletes up to limit expired records, those first that expired first,
// and returns how many it deleted. With PostgreSQL it leaves those alone that
// another server is purging at the time.
func (s *Store) Purge(ctx context.Context, limit int) (purged int, err error) {
	if limit <= 0 {
		return 0, nil
	}
	from := s.purgedTo.Load()
	purged, to, err := s.purgeFrom(ctx, from, limit)
	if err == nil && purged < limit && from > firstSecond {
		// What expired before, and was saved or let go by others since.
		var n int
		n, _, err = s.purgeFrom(ctx, firstSecond, limit-purged)
		purged, to = purged+n, firstSecond
	}
	s.purgedTo.Store(to)
	if err != nil {
		return purged, s.fail(ctx, "purge", err)
	}
	return purged, nil
}

// firstSecond is before any at which a record expires.
const firstSecond = math.MinInt64

// purgeFrom deletes expired records from a second on, and returns the one that it came to. A row
// that was deleted stays in the index of PostgreSQL and of MySQL as long as a transaction has a
// snapshot, so a step that began at the first second would read all of them again.
func (s *Store) purgeFrom(ctx context.Context, from int64, limit int) (purged int, to int64, err error) {
	to = firstSecond
	switch s.dialect {
	case PostgreSQL:
		err = s.dialect.again(ctx, func() error {
			return s.statements.purge.queryRow(ctx, from, limit).Scan(&purged, &to)
		})
	case MySQL:
		purged, to, err = s.purgeDue(ctx, from, limit)
	case SQLite:
		var rows int64
		rows, err = s.write(ctx, &s.statements.purge, limit)
		purged = int(rows)
	}
	if err != nil || purged == 0 {
		to = firstSecond
	}
	return purged, to, err
}

// dueStep is how many rows a DELETE of MySQL names.
const dueStep = 100

// purgeDue deletes rows that it has looked up. MySQL and MariaDB cannot be told which index a
// DELETE reads, and read one from its beginning if they expect that most rows have expired.
func (s *Store) purgeDue(ctx context.Context, from int64, limit int) (purged int, to int64, err error) {
	for to = from; purged < limit; {
		ids, last, err := s.due(ctx, to, min(limit-purged, dueStep))
		if err != nil || ids == nil {
			return purged, to, err
		}
		rows, err := s.write(ctx, &s.statements.purge, ids...)
		purged, to = purged+int(rows), last
		if err != nil || rows == 0 { // none: another server was faster, or what was asked is behind
			return purged, to, err
		}
	}
	return purged, to, nil
}

// due returns the IDs of the first rows that have expired since a second, the last of them so
// often that there are dueStep, and the second at which it expired; or nil if there are none.
func (s *Store) due(ctx context.Context, from int64, limit int) (ids []any, last int64, err error) {
	err = s.dialect.read(ctx, func() error {
		ids = nil
		rows, err := s.statements.due.query(ctx, from, limit)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id []byte
			if err := rows.Scan(&id, &last); err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return rows.Err()
	})
	for len(ids) > 0 && len(ids) < dueStep {
		ids = append(ids, ids[len(ids)-1])
	}
	return ids, last, err
}

// purgeEvery purges all there is, every interval, until ctx is done.
func (s *Store) purgeEvery(ctx context.Context, interval time.Duration) {
	for wait(ctx, interval*3/4+rand.N(interval/2+1)) { // #nosec G404 -- only spreads the load
		s.compareClocks(ctx)
		if err := s.file.check(); err != nil {
			s.logger.LogAttrs(ctx, slog.LevelError, "sqlstore: sessions are saved to a file that is gone", slog.Any("error", err))
		}
		for {
			purged, err := s.Purge(ctx, purgeStep)
			if err != nil && ctx.Err() == nil {
				s.logger.LogAttrs(ctx, slog.LevelError, "sqlstore: expired sessions were not purged; it is tried again later", slog.Any("error", err))
			}
			if err != nil || purged < purgeStep || !wait(ctx, purgePause) {
				break
			}
		}
	}
}

// wait returns false if ctx is done before the time is over.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
