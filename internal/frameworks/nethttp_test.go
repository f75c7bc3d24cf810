package frameworks

import (
	"net/http"
	"testing"
)

func TestOneRouteOfAMuxMayHaveSessions(t *testing.T) {
	sessions, _ := newSessions(t)
	mux := http.NewServeMux()
	mux.Handle("/account/", sessions.Handler(http.HandlerFunc(set)))
	mux.HandleFunc("/", outside(t))
	v := visit(t, mux)
	v.Get("/")
	v.Get("/account/").SetsCookies(1)
}
