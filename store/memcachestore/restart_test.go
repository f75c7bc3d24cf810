package memcachestore

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/wafer-go/wafer/session"
)

// A server that is restarted leaves a pool of broken connections, and the client throws away one in
// each call. A request that begins a session loads nothing, so its save is the first to meet them.
func TestSave_SucceedsAfterARestart(t *testing.T) {
	server := newPrivate(t)
	client := memcache.New(server.addr)
	client.MaxIdleConns, client.Timeout = 100, 5*time.Second
	defer client.Close()
	s, err := New(client, nil)
	if err != nil {
		t.Fatal(err)
	}
	sessions, err := session.New(session.Stored(s), nil)
	if err != nil {
		t.Fatal(err)
	}
	visit := func() int {
		answer := httptest.NewRecorder()
		sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			session.From(r).Flash("Hello")
		})).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "https://example.org/", nil))
		return answer.Code
	}
	var crowd sync.WaitGroup
	for range 64 {
		crowd.Go(func() {
			for range 20 {
				visit()
			}
		})
	}
	crowd.Wait()
	server.stop()
	server.start()
	for range 3 {
		if code := visit(); code != http.StatusOK {
			t.Errorf("the first visit after a restart is answered with %d", code)
		}
	}
}
