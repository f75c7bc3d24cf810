package engines

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// StartRedis starts a Redis server that writes each change to the disk before
// it answers, and drops nothing where its memory is full.
func StartRedis() (*Server, error) { return startRedis() }

func startRedis(settings ...string) (*Server, error) {
	path, err := program("redis-server", "redis-server")
	if err != nil {
		return nil, err
	}
	return launch(func(s *Server, port string) error {
		s.name, s.url = "Redis", "redis://"+s.address+"/0"
		s.serves = redisServes
		s.program = path
		s.arguments = append(redisArguments(s.folder, port), settings...)
		return nil
	})
}

func redisArguments(folder, port string) []string {
	return []string{
		"--port", port, "--bind", loopback, "--dir", folder, "--daemonize", "no",
		"--save", "", "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction",
	}
}

func redisServes(ctx context.Context, address string) error {
	answer, err := redisAsk(ctx, address, "PING")
	if err == nil && answer != "PONG" {
		err = fmt.Errorf("it answers %q to PING", answer)
	}
	return err
}

// redisAsk sends an inline command and returns the answer: a line, or text of
// a length that a line tells. An error that the server answers is one.
func redisAsk(ctx context.Context, address, command string) (string, error) {
	conn, err := dial(ctx, address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, command+"\r\n"); err != nil {
		return "", err
	}
	reader := bufio.NewReader(conn)
	line, err := reader.ReadString('\n')
	if err != nil {
		return "", err
	}
	kind, text := line[0], strings.TrimSpace(line[1:])
	switch kind {
	case '+', ':':
		return text, nil
	case '$':
		size, err := strconv.Atoi(text)
		if err != nil || size < 0 || size > 1<<20 {
			return "", fmt.Errorf("it answers text of %q bytes to %s", text, command)
		}
		body := make([]byte, size)
		_, err = io.ReadFull(reader, body)
		return string(body), err
	default:
		return "", fmt.Errorf("it answers %q to %s", line, command)
	}
}
