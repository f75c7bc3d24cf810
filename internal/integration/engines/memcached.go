package engines

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
)

// StartMemcached starts a memcached server of 64 MiB, which is its default. It
// keeps nothing over a restart.
func StartMemcached() (*Server, error) {
	path, err := program("memcached", "memcached")
	if err != nil {
		return nil, err
	}
	return launch(func(s *Server, port string) error {
		s.name, s.url = "memcached", "memcache://"+s.address
		s.serves = memcachedServes
		s.program = path
		s.arguments = []string{"--listen=" + loopback, "--port=" + port, "--udp-port=0", "--memory-limit=64"}
		return nil
	})
}

func memcachedServes(ctx context.Context, address string) error {
	conn, err := dial(ctx, address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "version\r\n"); err != nil {
		return err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && !strings.HasPrefix(line, "VERSION ") {
		err = fmt.Errorf("it answers %q to version", line)
	}
	return err
}
