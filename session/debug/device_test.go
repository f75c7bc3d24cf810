package debug_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/internal/guard/devicetest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/debug"
	"github.com/wafer-go/wafer/store/memstore"
)

func TestPage_ShowsTheDevice(t *testing.T) {
	var ahead time.Duration
	m := manager(t, session.Stored(memstore.New(nil)), session.Options{Clock: func() time.Time { return time.Now().Add(ahead) }})
	g, err := dbsc.New(m, &dbsc.Options{Key: secret.New(), ReportOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	d := devicetest.New(g.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { session.From(r).SignIn("ada") })))
	shows := func(words ...string) {
		t.Helper()
		var cookies []string
		for name, value := range d.Cookies() {
			cookies = append(cookies, name+"="+value)
		}
		page := serve(debug.Handler(m, nil), ask("GET", strings.Join(cookies, "; "))).Body.String()
		for _, text := range words {
			if !strings.Contains(page, text) {
				t.Errorf("the page does not say %q: %s", text, page)
			}
		}
	}
	d.Send("POST", "/login", "", nil)
	shows("Not bound: the browser was offered to register a key", "the device that the session is bound to, see package dbsc")
	if err := d.Accept(); err != nil {
		t.Fatal(err)
	}
	d.Refresh()
	ahead = 5 * time.Minute
	shows("Bound to a key for ES256 that was registered 5 minutes ago. The last proof was 5 minutes ago, and the next is due in 5 minutes.")
	d.SetCookie("__Host-session-bound", "")
	shows("no valid bound cookie, which is required")
	ahead = 0
	shows("no valid bound cookie, which will be required in")
}
