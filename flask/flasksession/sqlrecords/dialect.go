package sqlrecords

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A Dialect is the SQL of one engine.
type Dialect int

const (
	// PostgreSQL is for PostgreSQL, through any driver.
	PostgreSQL Dialect = iota + 1

	// MySQL is for MySQL and MariaDB.
	MySQL

	// SQLite is for SQLite 3.
	SQLite
)

func (d Dialect) check() error {
	if d < PostgreSQL || d > SQLite {
		return fmt.Errorf("sqlrecords: there is no dialect %d; use PostgreSQL, MySQL or SQLite", int(d))
	}
	return nil
}

// quote returns a table's name in the quotes of the dialect.
func (d Dialect) quote(table string) (string, error) {
	mark := `"`
	if d == MySQL {
		mark = "`"
	}
	parts := strings.Split(table, ".")
	for i, part := range parts {
		if part == "" || len(parts) > 2 || strings.ContainsFunc(part, func(c rune) bool {
			return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_'
		}) {
			return "", fmt.Errorf("sqlrecords: %q cannot be a table's name here: use letters, digits and underscores, with at most one dot", table)
		}
		parts[i] = mark + part + mark
	}
	return strings.Join(parts, "."), nil
}

// number writes each ? as PostgreSQL needs it.
func (d Dialect) number(statement string) string {
	if d != PostgreSQL {
		return statement
	}
	var b strings.Builder
	for i, part := range strings.Split(statement, "?") {
		if i > 0 {
			b.WriteString("$" + strconv.Itoa(i))
		}
		b.WriteString(part)
	}
	return b.String()
}

// limit is how many bytes the column holds that SQLAlchemy makes of a LargeBinary. MySQL cuts what
// is longer, unless its SQL mode is strict.
func (d Dialect) limit() int {
	if d == MySQL {
		return math.MaxUint16
	}
	return math.MaxInt32
}

// time returns a time as the argument of a statement: UTC without a zone, as SQLAlchemy writes it.
func (d Dialect) time(t time.Time) any {
	switch t = t.UTC(); d {
	case MySQL:
		return t.Format("2006-01-02 15:04:05")
	case SQLite:
		return t.Format("2006-01-02 15:04:05.000000")
	default:
		return t
	}
}

// readTime reads a time without a zone. Drivers return text, or a time in a zone of their own,
// whose clock shows what the column has.
func readTime(v any) (time.Time, error) {
	switch v := v.(type) {
	case time.Time:
		return time.Date(v.Year(), v.Month(), v.Day(), v.Hour(), v.Minute(), v.Second(), v.Nanosecond(), time.UTC), nil
	case []byte:
		return readTime(string(v))
	case string:
		t, err := time.Parse("2006-01-02 15:04:05", strings.Replace(strings.TrimSuffix(v, "Z"), "T", " ", 1))
		if err != nil {
			return time.Time{}, fmt.Errorf("its expiry is not a time")
		}
		return t, nil
	}
	return time.Time{}, fmt.Errorf("its expiry is a %T", v)
}
