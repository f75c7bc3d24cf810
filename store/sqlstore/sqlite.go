package sqlstore

import (
	"net/url"
	"strings"
)

// SQLiteDSN returns the data source name of a database file, as
// modernc.org/sqlite reads it:
//
//   - journal_mode(WAL): readers and the writer do not wait for one another. While another process
//     writes to a file that has a rollback journal, SQLite cannot turn this on, and fails at once:
//     [Migrate] and [New] try again for 5 seconds.
//   - busy_timeout(5000): a writer waits up to 5 seconds for another process.
//   - synchronous(FULL): what was saved, or deleted, stays so after a power cut.
//     NORMAL spares the disk a flush with each save, and a power cut can then
//     undo the last ones: a visitor who had signed out is signed in again.
//
// The file is created if it is not there; see the package's documentation for
// its permissions.
func SQLiteDSN(path string) string {
	// Each part of a file: URI is unescaped (sqlite.org/uri.html).
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	pragmas := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)"}}
	return "file:" + escaped + "?" + pragmas.Encode()
}
