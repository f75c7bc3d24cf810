package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/internal/engineclock"
)

var (
	_ store.Store      = (*Store)(nil)
	_ store.Toucher    = (*Store)(nil)
	_ store.Mover      = (*Store)(nil)
	_ store.OwnerIndex = (*Store)(nil)
	_ store.Lister     = (*Store)(nil)
	_ store.Purger     = (*Store)(nil)
	_ store.Pinger     = (*Store)(nil)
	_ store.Clock      = (*Store)(nil)
)

// maxData is how large a record's data may be, in bytes. PostgreSQL ends at a
// gigabyte for a row, and at half of it for a driver that speaks in text.
const maxData = 256 << 20

// leastData is how many bytes of data every store keeps: the contract of store.Store.
const leastData = 1 << 20

// packetRoom is how many bytes of MySQL's max_allowed_packet are kept for what
// is sent along with a record's data.
const packetRoom = 1024

// A Store keeps records in a table. Create it with [New] and end it with
// [Store.Close]. It is safe for concurrent use by multiple goroutines.
type Store struct {
	db         *sql.DB
	dialect    Dialect
	table      string
	statements statements
	maxData    int
	logger     *slog.Logger

	// writer is held by the one who writes, with SQLite; else nil. SQLite has
	// one writer at a time anyway, and makes the others sleep and try again,
	// in no order.
	writer chan struct{}

	file file // of SQLite

	clock    engineclock.Clock
	purgedTo atomic.Int64 // the second that the last step of a purge came to

	stopPurging context.CancelFunc
	purging     sync.WaitGroup
	closing     sync.Once
	closed      error
}

// New returns a Store on a table that [Migrate] made. It fails if there is no such table, or one of
// a version that this release does not know, or if the database is of another engine than dialect
// says. It logs a warning if no record can be saved, if the clocks disagree, or if the server's
// limits are too low. The database stays the caller's to close, after the Store. If opts is nil,
// the defaults apply.
func New(ctx context.Context, db *sql.DB, dialect Dialect, opts *Options) (*Store, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := dialect.recognize(ctx, db); err != nil {
		return nil, err
	}
	if err := dialect.checkVersion(ctx, db, o.Table); err != nil {
		return nil, err
	}
	s := &Store{db: db, dialect: dialect, table: o.Table, maxData: maxData, logger: o.Logger}
	s.purgedTo.Store(firstSecond)
	switch dialect {
	case SQLite:
		s.writer = make(chan struct{}, 1)
		err := dialect.again(ctx, func() (err error) {
			s.file, err = openFile(ctx, db)
			return err
		})
		if err != nil {
			return nil, dialect.fail(ctx, "look for the database's file", err)
		}
	case MySQL:
		// A server that gets more than max_allowed_packet cuts the connection,
		// and its client cannot tell why. One without autocommit undoes each
		// statement when the connection ends, having said that it succeeded.
		var packet, autocommit int
		if err := db.QueryRowContext(ctx, "SELECT @@max_allowed_packet, @@autocommit").Scan(&packet, &autocommit); err != nil {
			return nil, dialect.fail(ctx, "read max_allowed_packet and autocommit", err)
		}
		if autocommit == 0 {
			return nil, errors.New("sqlstore: the connection has autocommit=0, so the server would keep nothing that is saved; remove autocommit=0 from the data source name, or from the server's configuration and its init_connect")
		}
		s.maxData = max(0, min(maxData, packet-packetRoom))
		if s.maxData < leastData {
			s.logger.LogAttrs(ctx, slog.LevelWarn, "sqlstore: the server's max_allowed_packet refuses sessions that other stores keep; set it to 16M", slog.Int("max_allowed_packet", packet))
		}
	}
	if err := s.statements.prepare(ctx, db, dialect, o); err != nil {
		return nil, err
	}
	if err := s.tryToSave(ctx, o); err != nil {
		s.logger.LogAttrs(ctx, slog.LevelWarn, "sqlstore: no session can be saved; check the user's rights on the table, and the disk", slog.Any("error", err))
	}
	s.compareClocks(ctx)
	purgeUntil, stop := context.WithCancel(context.Background())
	s.stopPurging = stop
	if o.PurgeInterval > 0 {
		s.purging.Go(func() { s.purgeEvery(purgeUntil, o.PurgeInterval) })
	}
	return s, nil
}

// tryToSave returns why no record can be saved.
func (s *Store) tryToSave(ctx context.Context, o Options) error {
	if o.Unchecked {
		return nil
	}
	return s.Ping(ctx)
}

// Close stops the purging, waits for it to end, and lets go of the prepared
// statements. It leaves the database open. The Store fails after it. Further
// calls return what the first did.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.stopPurging()
		s.purging.Wait()
		if err := s.statements.close(); err != nil {
			s.closed = fmt.Errorf("sqlstore: close the prepared statements: %w", err)
		}
	})
	return s.closed
}

// Ping returns nil if a record can be saved and deleted, which it does. With
// SQLite it also looks whether the file is still there.
func (s *Store) Ping(ctx context.Context) error {
	const what = "ping"
	if err := s.file.check(); err != nil {
		return s.fail(ctx, what, err)
	}
	// A row that has expired is not a record, so no request sees it. If it cannot be deleted, it is
	// purged.
	var id store.ID
	_, _ = rand.Read(id[:]) // never fails: crypto/rand
	if _, err := s.write(ctx, &s.statements.create, id[:], newVersion(store.Record{}), []byte{}, 0, 0, nil); err != nil {
		return s.fail(ctx, what, err)
	}
	if _, err := s.write(ctx, &s.statements.remove, id[:]); err != nil {
		return s.fail(ctx, what, err)
	}
	return nil
}

// write runs a statement and returns how many rows it changed.
func (s *Store) write(ctx context.Context, st *statement, args ...any) (rows int64, err error) {
	if s.writer != nil {
		select {
		case s.writer <- struct{}{}:
			defer func() { <-s.writer }()
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	err = s.dialect.again(ctx, func() error {
		result, err := st.exec(ctx, args...)
		if err != nil {
			return err
		}
		rows, err = result.RowsAffected()
		return err
	})
	return rows, err
}

func (s *Store) fail(ctx context.Context, what string, err error) error {
	return s.dialect.fail(ctx, what, err)
}
