package debug_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/debug"
)

// The page is there only if it is mounted, answers this machine only, and opens with a link that
// works once.
func ExampleInspector_Link() {
	sessions, err := session.New(session.Signed(secret.New()), nil)
	if err != nil {
		panic(err)
	}
	inspector := debug.New(sessions, nil)
	mux := http.NewServeMux()
	mux.Handle("/debug/session", inspector)
	handler := sessions.Handler(mux)

	link := inspector.Link("http://localhost:8080/debug/session")
	for _, from := range []string{"192.0.2.1:50000", "127.0.0.1:50000", "127.0.0.1:50001"} {
		r := httptest.NewRequest("GET", link, nil)
		r.RemoteAddr = from
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Println(from, w.Code)
	}
	// Output:
	// 192.0.2.1:50000 403
	// 127.0.0.1:50000 303
	// 127.0.0.1:50001 403
}

// Record notes what the last requests did, for the page to show, and answers with a page of its own
// if a sign-in was lost.
func ExampleInspector_Record() {
	sessions, err := session.New(session.Signed(secret.New()), nil)
	if err != nil {
		panic(err)
	}
	inspector := debug.New(sessions, nil)
	mux := http.NewServeMux()
	mux.Handle("/debug/session", inspector)
	_ = sessions.Handler(inspector.Record(mux)) // serve this
	// Output:
}
