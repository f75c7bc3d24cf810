package boundsessions

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/internal/guard/guardtest"
	"github.com/wafer-go/wafer/internal/integration/engines"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// TestNginx_PassesAllOn has nginx between the browser and the program, without a line of its own
// for the protocol's headers.
func TestNginx_PassesAllOn(t *testing.T) {
	guardtest.Check(t, session.Signed(secret.New()), func(_ *session.Manager, g *dbsc.Guard) http.Handler {
		mux := http.NewServeMux()
		mux.HandleFunc("POST /login", func(_ http.ResponseWriter, r *http.Request) { session.From(r).SignIn("ada") })
		mux.HandleFunc("POST /logout", func(_ http.ResponseWriter, r *http.Request) { session.From(r).SignOut() })
		mux.HandleFunc("GET /who", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, session.From(r).Owner()) })
		program := httptest.NewServer(g.Handler(mux))
		t.Cleanup(program.Close)
		nginx, err := engines.StartNginx("location / { proxy_pass " + program.URL + "; proxy_set_header Host $http_host; proxy_buffer_size 8k; }")
		if err != nil {
			t.Fatalf("%v; run `make test`, which installs what the tests need", err)
		}
		t.Cleanup(func() {
			if err := nginx.Stop(); err != nil {
				t.Error(err)
			}
		})
		return through(t, nginx.URL())
	})
}

// through sends each request to an address, and passes its answer on.
func through(t *testing.T, url string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, err := http.NewRequestWithContext(r.Context(), r.Method, url+r.RequestURI, r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		maps.Copy(sent.Header, r.Header)
		res, err := http.DefaultTransport.RoundTrip(sent)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = res.Body.Close() }()
		maps.Copy(w.Header(), res.Header)
		w.WriteHeader(res.StatusCode)
		_, _ = io.Copy(w, res.Body)
	})
}
