package sqlrecords

import (
	"context"
	"fmt"

	"github.com/wafer-go/wafer/internal/sqlretry"
)

// write runs a statement and returns how many rows it changed. what is the word for it in an error.
func (r *Records) write(ctx context.Context, what, statement string, args ...any) (rows int64, err error) {
	if r.writer != nil {
		select {
		case r.writer <- struct{}{}:
			defer func() { <-r.writer }()
		case <-ctx.Done():
			return 0, r.d.fail(what, ctx.Err())
		}
	}
	err = r.again(ctx, func() error {
		result, err := r.db.ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		rows, err = result.RowsAffected()
		return err
	})
	if err != nil {
		return 0, r.d.fail(what, err)
	}
	return rows, nil
}

// again repeats a statement that the engine undid. Each is a transaction of its own.
func (r *Records) again(ctx context.Context, f func() error) error {
	return sqlretry.Do(ctx, r.d.undid, f)
}

// undid reports whether an error says that the engine undid a statement.
func (d Dialect) undid(err error) bool {
	switch d {
	case PostgreSQL:
		state, ok := sqlretry.PostgreSQL(err)
		return ok && sqlretry.PostgreSQLUndid(state)
	case MySQL:
		number, ok := sqlretry.MySQL(err)
		return ok && sqlretry.MySQLUndid(number)
	default:
		code, ok := sqlretry.SQLite(err)
		return ok && sqlretry.SQLiteUndid(code)
	}
}

func (d Dialect) fail(what string, err error) error {
	if d == SQLite && d.undid(err) {
		err = fmt.Errorf("another program kept the file locked; let each request of the Flask program commit soon after it writes, and open the file with sqlstore.SQLiteDSN: %w", err)
	}
	return fmt.Errorf("sqlrecords: could not %s the row of a session: %w", what, err)
}
