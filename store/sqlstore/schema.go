package sqlstore

import "fmt"

// schemaVersion is the version of the schema that this release works with.
const schemaVersion = 1

// A step brings a schema from one version to the next. Each of its statements
// may be run again: MySQL commits one by one, and a server may stop in between.
type step map[Dialect][]string

// steps[i] makes version i+1 of version i.
var steps = [schemaVersion]step{
	{
		SQLite: {
			// Not WITHOUT ROWID: ids are random, and moving a leaf of the table
			// would move the data with it.
			`CREATE TABLE IF NOT EXISTS {t} (
	id BLOB NOT NULL PRIMARY KEY,
	version INTEGER NOT NULL,
	data BLOB NOT NULL,
	used INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	owner TEXT
)`,
			`CREATE INDEX IF NOT EXISTS {by_expires} ON {t} (expires)`,
			`CREATE INDEX IF NOT EXISTS {by_owner} ON {t} (owner, id) WHERE owner IS NOT NULL`,
		},
		PostgreSQL: {
			`CREATE TABLE IF NOT EXISTS {t} (
	id BYTEA NOT NULL PRIMARY KEY,
	version BIGINT NOT NULL,
	data BYTEA NOT NULL,
	used BIGINT NOT NULL,
	expires BIGINT NOT NULL,
	owner BYTEA
)`,
			`CREATE INDEX IF NOT EXISTS {by_expires} ON {t} (expires)`,
			`CREATE INDEX IF NOT EXISTS {by_owner} ON {t} (owner, id) WHERE owner IS NOT NULL`,
		},
		MySQL: {
			`CREATE TABLE IF NOT EXISTS {t} (
	id BINARY(32) NOT NULL PRIMARY KEY,
	version BIGINT NOT NULL,
	data LONGBLOB NOT NULL,
	used BIGINT NOT NULL,
	expires BIGINT NOT NULL,
	owner VARBINARY(255),
	KEY {by_expires} (expires),
	KEY {by_owner} (owner)
) ENGINE=InnoDB`,
		},
	},
}

// schemaTable holds the versions that were reached, a row each. A table's comment
// gets lost in some dumps, and SQLite's user_version belongs to the program: a
// table is what all engines keep.
const schemaTable = `CREATE TABLE IF NOT EXISTS {schema} (version INTEGER NOT NULL PRIMARY KEY)`

// Schema returns the statements that make the table, its indexes and the table that has their
// version, if only an administrator may run such statements. Times in the table are Unix seconds.
// It fails if [Options] would refuse the table's name.
func (d Dialect) Schema(table string) ([]string, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	if err := checkTable(table); err != nil {
		return nil, err
	}
	statements := []string{d.write(table, schemaTable)}
	for i := range steps {
		statements = append(statements, d.step(table, i)...)
	}
	return statements, nil
}

// step returns the statements of steps[i], the one that notes it included.
func (d Dialect) step(table string, i int) []string {
	var statements []string
	for _, statement := range steps[i][d] {
		statements = append(statements, d.write(table, statement))
	}
	return append(statements, fmt.Sprintf(d.write(table, `INSERT INTO {schema} (version) VALUES (%d)`), i+1))
}
