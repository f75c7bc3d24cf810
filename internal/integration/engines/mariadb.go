package engines

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// StartMariaDB starts a MariaDB server with an empty database, as it is set by
// default: each commit waits for the disk.
func StartMariaDB() (*Server, error) { return startMariaDB() }

func startMariaDB(settings ...string) (*Server, error) {
	server, err := program("mariadbd", "mariadb-server")
	if err != nil {
		return nil, err
	}
	install, err := program("mariadb-install-db", "mariadb-server")
	if err != nil {
		return nil, err
	}
	return launch(func(s *Server, port string) error {
		s.name, s.url = "MariaDB", "mysql://wafer:biscuit@"+s.address+"/wafer"
		s.serves = mariadbServes
		data, first := filepath.Join(s.folder, "data"), filepath.Join(s.folder, "first.sql")
		s.program = server
		s.arguments = append([]string{
			"--no-defaults", "--datadir=" + data, "--port=" + port, "--bind-address=" + loopback,
			// In the data folder, since a socket's path may have 107 bytes only.
			"--socket=socket", "--pid-file=pid", "--skip-name-resolve", "--max-connections=500",
			// Run at each start, before the first connection is accepted.
			"--init-file=" + first,
		}, settings...)
		const statements = "CREATE DATABASE IF NOT EXISTS wafer;\n" +
			"CREATE USER IF NOT EXISTS wafer@'127.0.0.1' IDENTIFIED BY 'biscuit';\n" +
			"GRANT ALL ON *.* TO wafer@'127.0.0.1';\n"
		if err := os.WriteFile(first, []byte(statements), 0o644); err != nil {
			return fmt.Errorf("engines: %w", err)
		}
		return prepare(s.folder, install, "--no-defaults", "--datadir="+data,
			"--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve")
	})
}

// mariadbServes reads the greeting: its length in three bytes, a number, and
// the protocol's version, 10, or 255 before an error.
func mariadbServes(ctx context.Context, address string) error {
	conn, err := dial(ctx, address)
	if err != nil {
		return err
	}
	defer conn.Close()
	var head [5]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return err
	}
	if head[4] != 10 {
		return errors.New("it greets with an error")
	}
	return nil
}
