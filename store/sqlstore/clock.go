package sqlstore

import (
	"context"
	"log/slog"
	"time"
)

// askTime asks the engine for its time, in whole seconds.
func (s *Store) askTime(ctx context.Context) (time.Time, error) {
	var second int64
	err := s.db.QueryRowContext(ctx, s.dialect.write(s.table, "SELECT {now}")).Scan(&second)
	return time.Unix(second, 0), err
}

// Now returns the time by the engine's clock. It is read when the Store is opened, at each purge,
// and otherwise every 15 minutes. In between, the time that has passed is added to it, also if this
// machine's clock is set.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	now, err := s.clock.Now(ctx, s.askTime, time.Second)
	if err != nil {
		return time.Time{}, s.fail(ctx, "read the engine's clock", err)
	}
	return now, nil
}

// compareClocks reports a clock of the program that disagrees with the engine's.
// What has expired is judged by the engine's, so a wrong one destroys nothing;
// but the program says by its own when a record is to expire.
func (s *Store) compareClocks(ctx context.Context) {
	ahead, engine, err := s.clock.Read(ctx, s.askTime, time.Second)
	if err != nil {
		return // whatever keeps it from answering is said where something is lost by it
	}
	if ahead != 0 {
		s.logger.LogAttrs(ctx, slog.LevelWarn, "sqlstore: this machine's clock disagrees with the database's, which says what has expired; synchronize both (NTP), or sessions end too late, or too early on other servers",
			slog.Duration("ahead", ahead.Round(time.Second)), slog.Time("database", engine.UTC()))
	}
}
