//go:build race

package session

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/wafer-go/wafer/secret"
)

// TestNoVisitorSeesBytesOfAnother has many visitors at once use the pooled
// buffers for all that they are used for: payloads, cookies, held bodies.
func TestNoVisitorSeesBytesOfAnother(t *testing.T) {
	for name, backend := range map[string]Backend{"signed": Signed(secret.New()), "sealed": Sealed(secret.New())} {
		m, err := New(backend, nil)
		if err != nil {
			t.Fatal(err)
		}
		h := m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := From(r)
			own := r.URL.Query().Get("name")
			if kept, ok := s.Value("own").(string); ok && kept != own {
				t.Errorf("%s: %.20s has the session of %.20s", name, own, kept)
			}
			s.Set("own", own)
			for range 20 {
				fmt.Fprint(w, own)
			}
		}))
		var visitors sync.WaitGroup
		for i := range 16 {
			own := strings.Repeat(string(rune('a'+i)), 50+i*10)
			visitors.Go(func() {
				cookie := ""
				for range 50 {
					r := httptest.NewRequest("GET", "/?name="+own, nil)
					if cookie != "" {
						r.Header.Set("Cookie", cookie)
					}
					w := httptest.NewRecorder()
					h.ServeHTTP(w, r)
					if w.Body.String() != strings.Repeat(own, 20) {
						t.Errorf("%s: %.20s was sent %.40q", name, own, w.Body)
						return
					}
					cookie, _, _ = strings.Cut(w.Header().Get("Set-Cookie"), ";")
				}
			})
		}
		visitors.Wait()
	}
}
