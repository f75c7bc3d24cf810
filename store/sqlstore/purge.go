package sqlstore

import (
	"context"
	"database/sql"
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
	switch s.dialect {
	case PostgreSQL:
		err = s.dialect.again(ctx, func() error {
			return s.statements.purge.queryRow(ctx, from, limit).Scan(&purged, &to)
		})
	case MySQL:
		var last sql.NullInt64
		err = s.dialect.read(ctx, func() error {
			return s.statements.due.queryRow(ctx, from, limit).Scan(&last)
		})
		if err == nil && last.Valid {
			purged, err = s.purgeRows(ctx, from, limit)
		}
		to = last.Int64
	case SQLite:
		purged, err = s.purgeRows(ctx, limit)
		to = firstSecond
	}
	if err != nil || purged == 0 {
		return 0, firstSecond, err
	}
	return purged, to, nil
}

func (s *Store) purgeRows(ctx context.Context, args ...any) (int, error) {
	rows, err := s.write(ctx, &s.statements.purge, args...)
	return int(rows), err
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
