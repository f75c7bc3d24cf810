// Package clocks checks that a program whose clock is wrong signs nobody out, on every engine.
package clocks

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/wafer-go/wafer/internal/integration/everystore"
	"github.com/wafer-go/wafer/session"
)

// The engine judges what has expired by its own clock. A session lasts for an hour, by a clock that is
// two hours behind.
func TestALoginSurvivesAClockThatIsBehindTheEngines(t *testing.T) {
	for _, kind := range everystore.Kinds {
		t.Run(kind.Name, func(t *testing.T) {
			stores, closeAll, err := kind.Open(t.Context(), t.TempDir(), fmt.Sprintf("clocks_%d_%d", os.Getpid(), time.Now().UnixNano()), 1)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := closeAll(); err != nil {
					t.Error(err)
				}
			}()
			for _, off := range []time.Duration{-2 * time.Hour, 0, 2 * time.Hour} {
				sessions, err := session.New(session.Stored(stores[0]), &session.Options{
					Lifetime: time.Hour,
					Clock:    func() time.Time { return time.Now().Add(off) },
				})
				if err != nil {
					t.Fatal(err)
				}
				mux := http.NewServeMux()
				mux.HandleFunc("/in", func(_ http.ResponseWriter, r *http.Request) { session.From(r).SignIn("42") })
				mux.HandleFunc("/renew", func(_ http.ResponseWriter, r *http.Request) { session.From(r).Renew() })
				mux.HandleFunc("/out", func(_ http.ResponseWriter, r *http.Request) { session.From(r).SignOut() })
				mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, session.From(r).Owner()) })
				server := httptest.NewTLSServer(sessions.Handler(mux))
				client := server.Client()
				client.Jar, _ = cookiejar.New(nil)
				for _, step := range []struct{ path, owner string }{{"/in", "42"}, {"/renew", "42"}, {"/out", ""}} {
					get(t, client, server.URL+step.path)
					if got := get(t, client, server.URL+"/"); got != step.owner {
						t.Errorf("off by %v: after %s the owner is %q", off, step.path, got)
					}
				}
				server.Close()
			}
		})
	}
}

func get(t *testing.T, client *http.Client, url string) string {
	t.Helper()
	res, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v", url, res.StatusCode, err)
	}
	return string(body)
}
