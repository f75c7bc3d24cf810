// Package loopback measures whole servers: each a process of its own, asked
// over loopback HTTP by the load generator wrk.
package loopback

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/pprof"
	"time"
)

// Serve serves one of our own programs, with the page of a name, on a free port of this machine,
// writes its address to out, and stops when in ends. A profile, if it is not empty, is the file
// that gets a profile of the processor time.
func Serve(name, page, profile string, in io.Reader, out io.Writer) error {
	h, err := handlerOf(name, page)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	if _, err := fmt.Fprintln(out, l.Addr()); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = server.Shutdown(ctx) // connections that stay open are cut
	if err := <-done; err != http.ErrServerClosed {
		return err
	}
	return nil
}
