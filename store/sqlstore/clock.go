package sqlstore

import (
	"context"
	"log/slog"
	"time"
)

// maxClockSkew is how far the program's clock may be from the engine's before it
// is reported. Answers under way and seconds that are cut off are less.
const maxClockSkew = 5 * time.Second

// compareClocks reports a clock of the program that disagrees with the engine's.
// What has expired is judged by the engine's, so a wrong one destroys nothing;
// but the program says by its own when a record is to expire.
func (s *Store) compareClocks(ctx context.Context) {
	before := time.Now()
	var second int64
	if err := s.db.QueryRowContext(ctx, s.dialect.write(s.table, "SELECT {now}")).Scan(&second); err != nil {
		return // whatever keeps it from answering is said where something is lost by it
	}
	after := time.Now()
	engine := time.Unix(second, 0)
	var off time.Duration
	switch {
	case before.After(engine.Add(time.Second)):
		off = before.Sub(engine.Add(time.Second))
	case after.Before(engine):
		off = after.Sub(engine)
	}
	if off.Abs() > maxClockSkew {
		s.logger.LogAttrs(ctx, slog.LevelWarn, "sqlstore: this machine's clock disagrees with the database's, which says what has expired; synchronize both (NTP), or sessions end too early or too late",
			slog.Duration("ahead", off.Round(time.Second)), slog.Time("database", engine.UTC()))
	}
}
