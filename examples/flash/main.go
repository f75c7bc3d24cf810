// Command flash shows what can be done with flash messages, one pattern in each card: categories, a
// title and an undo button, errors beside their field with what was typed, messages of this
// response alone, messages that are kept or discarded, redirects, fragments for htmx, JSON, a page
// with an ETag, and toasts that a screen reader announces. It needs no key, server or download, and
// works without JavaScript too.
//
//	go run ./examples/flash
package main

import (
	"flag"
	"log"
	"net/http"

	"github.com/wafer-go/wafer/examples/internal/serve"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

func main() {
	addr := flag.String("addr", "localhost:8080", "the `address` to serve at; port 0 means a free one")
	flag.Parse()
	log.SetFlags(0)
	if flag.NArg() > 0 {
		log.Fatalf("flash: %q is not understood; the one option is -addr ADDRESS", flag.Arg(0))
	}
	handler, err := newHandler(secret.New()) // its messages need not outlive this run
	if err != nil {
		log.Fatal(err)
	}
	if err := serve.UntilStopped(*addr, handler); err != nil {
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
