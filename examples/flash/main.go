// Command flash shows the patterns of flashed messages, each behind a button
// of one page. It needs no key, no server and no download, and works without
// JavaScript.
//
//	go run ./examples/flash
package main

import (
	"flag"
	"log"
	"net/http"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

func main() {
	addr := flag.String("addr", "localhost:8080", "the `address` to serve at; port 0 takes a free one")
	flag.Parse()
	log.SetFlags(0)
	handler, err := newHandler(secret.New()) // its messages need not outlive this run
	if err != nil {
		log.Fatal(err)
	}
	if err := serve(*addr, handler); err != nil {
		log.Fatal("flash: ", err)
	}
}

// newHandler returns the whole app.
func newHandler(key secret.Key) (http.Handler, error) {
	sessions, err := session.New(session.Signed(key), nil)
	if err != nil {
		return nil, err
	}
	// Requests that change something must come from our own pages.
	return http.NewCrossOriginProtection().Handler(sessions.Handler(mux())), nil
}
