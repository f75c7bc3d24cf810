package sqlstore

import (
	"fmt"
	"strconv"
	"strings"
)

// A Dialect is the SQL of one engine.
type Dialect int

const (
	// SQLite is for SQLite 3.24 or later, through any driver.
	SQLite Dialect = iota + 1

	// PostgreSQL is for version 9.5 or later.
	PostgreSQL

	// MySQL is for MySQL 5.7 and MariaDB 10.2, or later.
	MySQL
)

// String returns the engine's name.
func (d Dialect) String() string {
	switch d {
	case SQLite:
		return "SQLite"
	case PostgreSQL:
		return "PostgreSQL"
	case MySQL:
		return "MySQL"
	default:
		return "Dialect(" + strconv.Itoa(int(d)) + ")"
	}
}

func (d Dialect) check() error {
	switch d {
	case SQLite, PostgreSQL, MySQL:
		return nil
	default:
		return fmt.Errorf("sqlstore: there is no dialect %d; use SQLite, PostgreSQL or MySQL", int(d))
	}
}

// write fills a statement in: {t} is the table, the other names in braces are
// named after it, but {now}, which is the time; each ? is the next argument.
func (d Dialect) write(table, statement string) string {
	quote := `"`
	if d == MySQL {
		quote = "`"
	}
	text := strings.NewReplacer(
		"{now}", d.now(),
		"{t}", quote+table+quote,
		"{schema}", quote+table+"_schema"+quote,
		"{by_expires}", quote+table+"_by_expires"+quote,
		"{by_owner}", quote+table+"_by_owner"+quote,
	).Replace(statement)
	if d != PostgreSQL {
		return text
	}
	var numbered strings.Builder
	arguments := 0
	for part := range strings.SplitSeq(text, "?") {
		if arguments > 0 {
			fmt.Fprintf(&numbered, "$%d", arguments)
		}
		numbered.WriteString(part)
		arguments++
	}
	return numbered.String()
}

// now returns the expression for the engine's Unix second. It is the same in all
// of a statement. So a server whose clock is wrong cannot end the sessions of
// the others.
func (d Dialect) now() string {
	switch d {
	case PostgreSQL:
		return "CAST(FLOOR(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP)) AS BIGINT)"
	case MySQL:
		return "UNIX_TIMESTAMP()"
	default:
		return "CAST(strftime('%s', 'now') AS INTEGER)"
	}
}

// owner returns an owner as the argument of a statement. The columns of
// PostgreSQL and MySQL are bytes: text would be subject to the database's
// encoding and collation, and "a" and "A " could be the same owner.
func (d Dialect) owner(owner string) any {
	switch {
	case owner == "":
		return nil
	case d == SQLite:
		return owner
	default:
		return []byte(owner)
	}
}
