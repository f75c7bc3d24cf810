// Package sqlstore keeps sessions in a table of SQLite, PostgreSQL, or MySQL or
// MariaDB, through database/sql and the driver that the program chose.
//
//	db, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
//	err = sqlstore.Migrate(ctx, db, sqlstore.PostgreSQL, nil) // makes the table
//	sessions, err := sqlstore.New(ctx, db, sqlstore.PostgreSQL, nil)
//	defer sessions.Close()
//
// # Cost
//
// Load, Save, Touch, Move, Delete and DeleteOne are one statement each, in a transaction
// of its own, and one round trip to the server. Only a failed Save or Move may
// ask once more, to tell [store.ErrConflict] from [store.ErrNotFound].
// DeleteOwned is a query and a statement for each 256 records, and one more query.
//
// Statements are prepared once for each connection, on its first use of them. Connections should
// therefore live long: database/sql keeps only two idle ones unless db.SetMaxIdleConns says more,
// and a busy server needs as many as db.SetMaxOpenConns allows. Behind a pooler that gives each
// transaction another connection, as PgBouncer does, set [Options.Unprepared].
//
// # Time
//
// The engine's clock says what has expired, so that a server whose clock is wrong
// does not end the sessions of the others. SQLite has none but the machine's. The
// program's clock says when a record is to expire; if it is behind, session.Stored has the record
// expire later, so that it does not end early. If the two are more than five seconds apart, [New]
// and each purge log a warning.
//
// Expired records are dropped by a goroutine of each Store, every
// [Options.PurgeInterval] and a few hundred at a time. Until then they only use room.
//
// # SQLite
//
// For programs on one machine. Use [SQLiteDSN], which turns on write-ahead
// logging, so that readers and the writer do not wait for one another, and a
// busy timeout, so that writers wait instead of failing. SQLite has one writer
// at a time; a Store queues its own writes, in order, and only other handles
// and processes meet at the busy timeout. Keep the file on a local disk: SQLite
// cannot lock one on NFS reliably.
//
// The file holds what sessions hold. SQLite makes it readable by all whom the
// umask lets, and gives the -wal and -shm files beside it the same mode. So
// create it first, or keep it in a folder of mode 0700:
//
//	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
//
// A database in memory exists once for each connection: db.SetMaxOpenConns(1)
// and db.SetConnMaxIdleTime(0) are needed with one. Memory for sessions is
// better had from memstore.
//
// # PostgreSQL
//
// Version 9.5 or later. pgx (github.com/jackc/pgx/v5/stdlib) needs no options. It pings a
// connection that was idle for more than a second, which is another round trip;
// stdlib.OptionShouldPing turns that off. READ COMMITTED, the default, is enough; under a stricter
// default_transaction_isolation statements that could not be serialized are tried again. The column
// owner is of type bytea, so that it can have any UTF-8 in a database of any encoding; to read it:
//
//	SELECT encode(id, 'hex'), convert_from(owner, 'UTF8'), to_timestamp(expires) FROM wafer_sessions
//
// # MySQL and MariaDB
//
// MySQL 5.7 or MariaDB 10.2, or later, with InnoDB. go-sql-driver/mysql needs
// no options: since statements are prepared, interpolateParams makes no
// difference (with [Options.Unprepared] it saves a round trip), and clientFoundRows
// may be set or not. A record has to fit into the server's max_allowed_packet,
// which is 16 MiB or more by default, and is [store.ErrTooLarge] otherwise; a
// maxAllowedPacket of the driver below that counts too. Deadlocks, which InnoDB
// breaks by failing one statement, are tried again.
//
// # Limits
//
// A record's Data has at most 256 MiB, or what the engine sets below that.
package sqlstore
