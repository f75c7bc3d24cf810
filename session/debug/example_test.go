package debug_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/debug"
)

// The page is there only if it is mounted, and answers this machine only.
func ExampleHandler() {
	sessions, err := session.New(session.Signed(secret.New()), nil)
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/debug/session", debug.Handler(sessions, nil))
	handler := sessions.Handler(mux)

	for _, from := range []string{"127.0.0.1:50000", "192.0.2.1:50000"} {
		r := httptest.NewRequest("GET", "http://localhost:8080/debug/session", nil)
		r.RemoteAddr = from
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Println(from, w.Code)
	}
	// Output:
	// 127.0.0.1:50000 200
	// 192.0.2.1:50000 403
}

// Record notes what the last requests did, for the page to show.
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
