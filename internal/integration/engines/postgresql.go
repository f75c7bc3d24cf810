package engines

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// StartPostgreSQL starts a PostgreSQL server with an empty database, as it is
// set by default: each commit waits for the disk.
func StartPostgreSQL() (*Server, error) { return startPostgreSQL() }

func startPostgreSQL(settings ...string) (*Server, error) {
	bin, err := postgresPrograms()
	if err != nil {
		return nil, err
	}
	return launch(func(s *Server, port string) error {
		s.name, s.url = "PostgreSQL", "postgres://wafer@"+s.address+"/postgres?sslmode=disable"
		// An immediate shutdown removes its shared memory too; SIGKILL does not.
		s.quit = syscall.SIGQUIT
		s.serves = postgresServes
		data := filepath.Join(s.folder, "data")
		s.program = filepath.Join(bin, "postgres")
		s.arguments = append([]string{
			"-D", data, "-c", "port=" + port, "-c", "listen_addresses=" + loopback,
			"-c", "unix_socket_directories=", "-c", "max_connections=300",
		}, settings...)
		return prepare(s.folder, filepath.Join(bin, "initdb"), "--pgdata="+data, "--no-sync",
			"--auth=trust", "--username=wafer", "--encoding=UTF8", "--locale=C")
	})
}

// postgresPrograms returns the folder of PostgreSQL's programs: Debian's newest,
// which is not on PATH, or else the one on PATH.
func postgresPrograms() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is good
	if len(found) > 0 {
		version := func(path string) int {
			n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
			return n
		}
		return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
	}
	path, err := program("initdb", "postgresql")
	if err != nil {
		return "", err
	}
	// It looks for its sisters in its real folder.
	path, err = filepath.EvalSymlinks(path)
	return filepath.Dir(path), err
}

// postgresServes logs in: a server that is starting up accepts connections and
// then refuses them (PostgreSQL's protocol, version 3.0: StartupMessage).
func postgresServes(ctx context.Context, address string) error {
	conn, err := dial(ctx, address)
	if err != nil {
		return err
	}
	defer conn.Close()
	body := append(binary.BigEndian.AppendUint32(nil, 3<<16), "user\x00wafer\x00database\x00postgres\x00\x00"...)
	if _, err := conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4)), body...)); err != nil {
		return err
	}
	for {
		var head [5]byte
		if _, err := io.ReadFull(conn, head[:]); err != nil {
			return err
		}
		size := binary.BigEndian.Uint32(head[1:])
		if size < 4 || size > 1<<16 {
			return errors.New("it does not speak PostgreSQL's protocol")
		}
		message := make([]byte, size-4)
		if _, err := io.ReadFull(conn, message); err != nil {
			return err
		}
		switch head[0] {
		case 'Z': // ReadyForQuery
			_, err := conn.Write([]byte{'X', 0, 0, 0, 4}) // Terminate
			return err
		case 'E': // ErrorResponse
			return fmt.Errorf("it answers %q", bytes.ReplaceAll(message, []byte{0}, []byte{' '}))
		}
	}
}
