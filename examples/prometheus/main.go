// Command prometheus is a small app beside which Prometheus finds the metrics of
// its sessions:
//
//	go -C examples/prometheus run .
//	curl http://localhost:9464/metrics
//
// metrics.go is what to copy; alerts.yml has rules for them, and
// who.go has each line of the log say whose request it is about.
package main

import (
	"flag"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/wafer-go/wafer/store/memstore"
)

func main() {
	addr := flag.String("addr", "localhost:8080", "the `address` to serve the app at; port 0 means a free one")
	metrics := flag.String("metrics", "localhost:9464", "the `address` to serve /metrics at: one that visitors cannot reach")
	flag.Parse()
	log.SetFlags(0)
	if flag.NArg() > 0 {
		log.Fatalf("prometheus: %q is not understood; the options are -addr ADDRESS and -metrics ADDRESS", flag.Arg(0))
	}
	a, err := newApp(memstore.New(nil), slog.NewTextHandler(os.Stderr, nil))
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.metrics)
	failed := make(chan error, 2)
	go serve(*addr, "Open http://%s\n", a.pages, failed)
	go serve(*metrics, "Metrics are at http://%s/metrics\n", mux, failed)
	log.Fatal("prometheus: ", <-failed)
}

// serve serves handler at addr, says so, and sends why it ends.
func serve(addr, says string, handler http.Handler, failed chan<- error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		failed <- fmt.Errorf("%w; choose another address with -addr or -metrics", err)
		return
	}
	host, _, _ := net.SplitHostPort(addr)
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	fmt.Printf(says, net.JoinHostPort(host, port))
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	failed <- server.Serve(listener)
}
