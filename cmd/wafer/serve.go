package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/debug"
)

const (
	// inspectorPath is where serve shows a visitor's session.
	inspectorPath = "/debug/session"

	// graceTimeout limits how long requests under way may need after Ctrl-C.
	graceTimeout = 5 * time.Second

	// headerTimeout limits the reading of a request's header.
	headerTimeout = 10 * time.Second

	// maxName is the length of a name in characters. They have 240 bytes at most, and an owner may
	// have 255.
	maxName = 60
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
	cmd := command("serve")
	cmd.Args = none
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return o.run(cmd) }
	flags := cmd.Flags()
	flags.StringVar(&o.addr, "addr", "localhost:8080", "serve at this `ADDRESS`; port 0 means a free one")
	flags.StringVar(&o.keyEnv, "key-env", keyVariable, "read the key from the environment variable `NAME`")
	flags.StringVar(&o.store, "store", "", "keep the sessions in the store at this `URL`")
	_ = cmd.RegisterFlagCompletionFunc("store", completeStores) // fails only for a flag that is not there
	flags.BoolVar(&o.sealed, "sealed", false, "encrypt the cookie")
	flags.BoolVar(&o.exposing, "expose-to-the-network", false, "allow an address that other machines can reach; serve does not check passwords or use TLS")
	return cmd
}

func (o *serveOptions) run(cmd *cobra.Command) error {
	switch {
	case o.keyEnv == "":
		return misuse("--key-env is empty; give the name of a variable")
	case cmd.Flags().Changed("store") && o.store == "":
		return misuse("--store is empty; give the URL of a store, such as sqlite:sessions.db")
	case o.store != "" && (o.sealed || cmd.Flags().Changed("key-env")):
		return misuse("--store cannot be combined with --sealed or --key-env")
	}
	if err := o.checkAddress(); err != nil {
		return err
	}
	if o.store != "" {
		l, err := parseStore(o.store)
		if err != nil {
			return err
		}
		return inStore(l, func(ctx context.Context, s *stores.Store) error {
			return o.serve(ctx, cmd, session.Stored(s.Store))
		})
	}
	backend, err := o.cookies(cmd)
	if err != nil {
		return err
	}
	ctx, stop := untilInterrupted()
	defer stop()
	return o.serve(ctx, cmd, backend)
}

// checkAddress refuses what other machines reach. A name may mean this machine now and another one
// later, so localhost is the only name that it accepts.
func (o *serveOptions) checkAddress() error {
	host, _, err := net.SplitHostPort(o.addr)
	if err != nil {
		return misuse("--addr %q is not an address; give a host and a port, such as localhost:8080", o.addr)
	}
	if ip := net.ParseIP(host); o.exposing || host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return misuse("other machines could reach %q, and anyone can sign in there as any user; use localhost, or add --expose-to-the-network", o.addr)
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
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", show)
	mux.HandleFunc("POST /login", login)
	mux.HandleFunc("POST /logout", logout)
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
		return errors.Join(err, listener.Close()) // the address would be unknown
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
		return partial("requests that needed longer than %s after the stop were cut off: %w", graceTimeout, err)
	}
	return nil
}

// browserAddress is what to type into a browser on this machine. The cookie is Secure: over plain
// HTTP, browsers accept it only from localhost and loopback addresses.
func browserAddress(given string, listening net.Addr) string {
	host, _, _ := net.SplitHostPort(given)
	_, port, _ := net.SplitHostPort(listening.String())
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

//go:embed serve.html
var pageText string

var page = template.Must(template.New("page").Funcs(session.Funcs).Parse(pageText))

const username = session.Field[string]("username")

func show(w http.ResponseWriter, r *http.Request) {
	if err := page.Execute(w, session.From(r)); err != nil {
		slog.ErrorContext(r.Context(), "the page could not be written", "error", err)
	}
}

func login(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	name := strings.TrimSpace(r.PostFormValue("username"))
	if n := utf8.RuneCountInString(name); n < 1 || n > maxName || !utf8.ValidString(name) {
		s.FlashAs("error", "Please give a name of 1 to 60 characters")
	} else {
		s.SignIn(name)
		username.Set(s, name)
		s.FlashAs("success", "You were successfully signed in")
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func logout(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.SignOut()
	s.FlashAs("info", "You were signed out")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
