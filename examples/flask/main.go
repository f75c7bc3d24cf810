// Command flask moves a Flask program to Go page by page: a Python half
// (app.py, with Flask-Login and Flask-WTF) and a Go half with one SECRET_KEY, behind
// one address. Log in on either, and be logged in on both, remembered and fresh
// or not; send a form of one to the other; flash on one, and see it on the other.
//
//	go run ./examples/flask
package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/wafer-go/wafer/secret"
)

//go:embed style.css
var style []byte

func main() {
	addr := flag.String("addr", "localhost:8081", "the `address` to serve at; port 0 takes a free one")
	flag.Parse()
	log.SetFlags(0)
	if flag.NArg() > 0 {
		log.Fatalf("flask: %q is not understood; the one option is -addr ADDRESS", flag.Arg(0))
	}
	if err := run(*addr); err != nil {
		log.Fatal("flask: ", err)
	}
}

func run(addr string) error {
	// Flask takes any text for a key, so the Go half must take the same text.
	secretKey := os.Getenv("SECRET_KEY")
	if secretKey == "" {
		secretKey = secret.New().Reveal()
	}
	goHalf, err := newHandler(secretKey)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("%w; choose another address, such as -addr localhost:8082", err)
	}
	python, err := startPython(ctx, secretKey)
	if err != nil {
		return err
	}
	defer python.stop()

	fmt.Println("Open", address(addr, listener.Addr()))
	server := &http.Server{Handler: front(goHalf, python.url), ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case err := <-python.exited:
		if ctx.Err() == nil { // a terminal sends Ctrl-C to Python too
			return fmt.Errorf("the Python half ended: %w", err)
		}
	case <-ctx.Done():
	}
	stop() // a second Ctrl-C ends it at once
	grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return server.Shutdown(grace)
}

// address is what to type into a browser on this machine, with the host as it
// was given.
func address(given string, listening net.Addr) string {
	host, _, _ := net.SplitHostPort(given)
	_, port, _ := net.SplitHostPort(listening.String())
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// front serves both halves from one address, and lets no other site's page
// change anything in either.
func front(goHalf http.Handler, python *url.URL) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/go/", goHalf)
	mux.Handle("/py/", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(python)
		r.SetXForwarded()
		r.Out.Host = r.In.Host
	}})
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write(style)
	})
	mux.Handle("GET /{$}", http.RedirectHandler("/go/", http.StatusSeeOther))
	return http.NewCrossOriginProtection().Handler(mux)
}
