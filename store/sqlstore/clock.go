package sqlstore

import (
	"context"
	"log/slog"
	"time"
)

// maxClockSkew is how far the program's clock may be from the engine's before it
// is reported. Answers under way and seconds that are cut off are less.
const maxClockSkew = 5 * time.Second

// A reading is what the engine's clock showed, and when.
type reading struct{ engine, at time.Time }

// readClock asks the engine for its time, and keeps it.
func (s *Store) readClock(ctx context.Context) (*reading, error) {
	before := time.Now()
	var second int64
	if err := s.db.QueryRowContext(ctx, s.dialect.write(s.table, "SELECT {now}")).Scan(&second); err != nil {
		return nil, err
	}
	r := &reading{time.Unix(second, 0), before}
	s.clock.Store(r)
	return r, nil
}

// Now returns the time by the engine's clock, which is read when the Store is opened and at each
// purge. In between, the time that has passed is added to it, also if this machine's clock is set.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	r := s.clock.Load()
	if r == nil {
		var err error
		if r, err = s.readClock(ctx); err != nil {
			return time.Time{}, s.fail(ctx, "read the engine's clock", err)
		}
	}
	return r.engine.Add(time.Since(r.at)), nil
}

// compareClocks reports a clock of the program that disagrees with the engine's.
// What has expired is judged by the engine's, so a wrong one destroys nothing;
// but the program says by its own when a record is to expire.
func (s *Store) compareClocks(ctx context.Context) {
	r, err := s.readClock(ctx)
	if err != nil {
		return // whatever keeps it from answering is said where something is lost by it
	}
	before, after, engine := r.at, time.Now(), r.engine
	var off time.Duration
	switch {
	case before.After(engine.Add(time.Second)):
		off = before.Sub(engine.Add(time.Second))
	case after.Before(engine):
		off = after.Sub(engine)
	}
	if off.Abs() > maxClockSkew {
		s.logger.LogAttrs(ctx, slog.LevelWarn, "sqlstore: this machine's clock disagrees with the database's, which says what has expired; synchronize both (NTP), or sessions end too late, or too early on other servers",
			slog.Duration("ahead", off.Round(time.Second)), slog.Time("database", engine.UTC()))
	}
}
