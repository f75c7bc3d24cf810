package engines

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

// answerTime is how long to wait until a server answers one question about itself.
const answerTime = 2 * time.Second

// launch makes a server of what settle says of it, and starts it.
func launch(settle func(s *Server, port string) error) (*Server, error) {
	s, port, err := place()
	if err == nil {
		err = settle(s, port)
	}
	if err == nil {
		err = s.start()
	}
	if err != nil {
		if s != nil {
			err = errors.Join(err, os.RemoveAll(s.folder))
		}
		return nil, err
	}
	return s, nil
}

// place returns a server that has a folder and a port, and is none yet.
func place() (*Server, string, error) {
	port, err := freePort()
	if err != nil {
		return nil, "", err
	}
	folder, err := newFolder()
	if err != nil {
		return nil, "", err
	}
	return &Server{address: net.JoinHostPort(loopback, port), folder: folder, quit: syscall.SIGKILL}, port, nil
}

// dial connects to a server that may not be there yet. The exchange must be short.
func dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return conn, conn.SetDeadline(time.Now().Add(answerTime))
}
