package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/examples/login/app"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/debug"
)

const (
	// inspectorPath is where serve shows a visitor's session.
	inspectorPath = "/debug/session"

	// graceTimeout is how long requests under way may take after Ctrl-C.
	graceTimeout = 5 * time.Second

	// headerTimeout bounds the reading of a request's header.
	headerTimeout = 10 * time.Second
)

type serveOptions struct {
	addr     string
	keyEnv   string
	store    string
	sealed   bool
	exposing bool
}

func newServe() *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve a login to try sessions with, on this machine",
		Long: `Serve serves the login of examples/login: a page that knows who is logged in, a
login form, a logout, and a message flashed after each. There is no password: it
is for trying what sessions do. At ` + inspectorPath + ` it shows your own session, to
browsers on this machine alone.

The key is in ` + keyVariable + `, or in the variable that --key-env names. If it is not set,
serve generates a key for this run; stopping serve signs everyone out. With
--store the sessions are in that store, and the cookie has only an ID; a SQLite
file must have its table first, by wafer store migrate. Without it a session is in
its cookie, signed, or with --sealed also encrypted.

It stops at Ctrl-C or SIGTERM, when the requests under way have ended.

Exit status: 0 if it was stopped; 1 if serving failed; 2 if it did not begin: bad
arguments, a bad key, an address in use, a store that cannot be opened.`,
		Example: `  wafer serve
  wafer serve --sealed --addr localhost:8081
  wafer serve --store sqlite:sessions.db`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	cmd.Flags().StringVar(&o.addr, "addr", "localhost:8080", "serve at this `ADDRESS`; port 0 means a free one")
	cmd.Flags().StringVar(&o.keyEnv, "key-env", keyVariable, "the environment variable `NAME` has the key")
	cmd.Flags().StringVar(&o.store, "store", "", "keep the sessions in the store of this `URL`")
	_ = cmd.RegisterFlagCompletionFunc("store", completeStores) // fails only for a flag that is not there
	cmd.Flags().BoolVar(&o.sealed, "sealed", false, "encrypt the cookie")
	cmd.Flags().BoolVar(&o.exposing, "expose-to-the-network", false, "allow an address that other machines reach; there is no password and no TLS")
	return cmd
}

func (o *serveOptions) run(cmd *cobra.Command) error {
	switch {
	case o.keyEnv == "":
		return usageError{errors.New("--key-env is empty; give the name of a variable")}
	case cmd.Flags().Changed("store") && o.store == "":
		return usageError{errors.New("--store is empty; give the URL of a store, such as sqlite:sessions.db")}
	case o.store != "" && (o.sealed || cmd.Flags().Changed("key-env")):
		return usageError{errors.New("--store cannot be combined with --sealed or --key-env")}
	}
	if err := o.checkAddress(); err != nil {
		return err
	}
	ctx, stop := untilInterrupted()
	defer stop()
	if o.store != "" {
		l, err := parseStore(o.store)
		if err != nil {
			return err
		}
		return withStore(ctx, l, func(s *stores.Store) error {
			return o.serve(ctx, cmd, session.Stored(s.Store))
		})
	}
	backend, err := o.cookies(cmd)
	if err != nil {
		return err
	}
	return o.serve(ctx, cmd, backend)
}

// checkAddress refuses what other machines reach. A name might mean this machine
// now and another one later, so that of the names only localhost will do.
func (o *serveOptions) checkAddress() error {
	host, _, err := net.SplitHostPort(o.addr)
	if err != nil {
		return usageError{fmt.Errorf("--addr %q is no address; give a host and a port, such as localhost:8080", o.addr)}
	}
	if ip := net.ParseIP(host); o.exposing || host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return usageError{fmt.Errorf("other machines could reach %q, and anyone can sign in there as any user; use localhost, or add --expose-to-the-network", o.addr)}
}

// cookies is the backend that has the session in its cookie.
func (o *serveOptions) cookies(cmd *cobra.Command) (session.Backend, error) {
	key, err := secret.FromEnv(o.keyEnv)
	if errors.Is(err, secret.ErrNotSet) {
		fmt.Fprintf(cmd.ErrOrStderr(), "wafer: %s is not set, so serve generated a key for this run, and stopping it signs everyone out; to keep a key: export %s=$(wafer keygen)\n", word(o.keyEnv), word(o.keyEnv))
		key, err = secret.New(), nil
	}
	if o.sealed {
		return session.Sealed(key), err
	}
	return session.Signed(key), err
}

func (o *serveOptions) serve(ctx context.Context, cmd *cobra.Command, backend session.Backend) error {
	logger := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
	sessions, err := session.New(backend, &session.Options{Logger: logger})
	if err != nil {
		return err
	}
	inspector := debug.New(sessions, &debug.Options{Logger: logger})
	mux := app.Mux()
	mux.Handle(inspectorPath, inspector)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.addr)
	if err != nil {
		return fmt.Errorf("%w; choose another address, such as --addr localhost:8081", err)
	}
	url := browserAddress(o.addr, listener.Addr())
	if o.exposing {
		fmt.Fprintln(cmd.ErrOrStderr(), "wafer: warning: other machines can reach this, and anyone can sign in as any user; their browsers keep the session only over HTTPS, by a proxy in front")
	}
	if _, err := fmt.Fprintf(cmd.OutOrStdout(), "Open %s (Ctrl-C stops)\nTo see your session, open this once: %s\n", url, inspector.Link(url+inspectorPath)); err != nil {
		return errors.Join(err, listener.Close()) // nobody would know the address
	}

	server := &http.Server{
		Handler:           http.NewCrossOriginProtection().Handler(sessions.Handler(inspector.Record(mux))),
		ReadHeaderTimeout: headerTimeout,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return partialError{err}
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceTimeout)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return partialError{fmt.Errorf("requests were cut off that took longer than %s after the stop: %w", graceTimeout, err)}
	}
	return nil
}

// browserAddress is what to type into a browser on this machine. The cookie is
// Secure: over plain HTTP browsers take it from localhost and loopback addresses.
func browserAddress(given string, listening net.Addr) string {
	host, _, _ := net.SplitHostPort(given)
	_, port, _ := net.SplitHostPort(listening.String())
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}
