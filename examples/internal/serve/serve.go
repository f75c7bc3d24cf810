// Package serve serves an example until it is stopped.
package serve

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// UntilStopped serves handler at addr until Ctrl-C or SIGTERM, and then lets the
// requests under way end. It prints the address to open. The error says why it
// could not serve, or that requests took too long to end.
func UntilStopped(addr string, handler http.Handler) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("%w; choose another address, such as -addr localhost:8089", err)
	}
	fmt.Println("Open", address(addr, listener.Addr()))

	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stop() // a second Ctrl-C ends it at once
	grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return server.Shutdown(grace)
}

// address is what to type into a browser on this machine, with the host as it
// was given. The cookie is Secure: over plain HTTP, browsers other than WebKit's keep it from
// localhost and from 127.0.0.1, but from no other name or address.
func address(given string, listening net.Addr) string {
	host, _, _ := net.SplitHostPort(given)
	_, port, _ := net.SplitHostPort(listening.String())
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}
