// Package guardtest checks that a program binds its sessions to devices, whatever serves it.
package guardtest

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/internal/guard/devicetest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// A Clock is one that a test sets.
type Clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

// Pass lets time pass.
func (c *Clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// Check checks that a program binds its sessions: the program that open returns, which answers POST
// /login by signing "ada" in, POST /logout by signing out, and GET /who with the owner.
func Check(t testing.TB, backend session.Backend, open func(*session.Manager, *dbsc.Guard) http.Handler) {
	t.Helper()
	var clock Clock
	sessions, err := session.New(backend, &session.Options{Clock: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	g, err := dbsc.New(sessions, &dbsc.Options{Key: secret.New()})
	if err != nil {
		t.Fatal(err)
	}
	d := devicetest.New(open(sessions, g))
	d.Now = clock.Now
	want := func(d *devicetest.Device, method, path string, status int, body string) {
		t.Helper()
		if res := d.Do(method, path, ""); res.Status != status || status == http.StatusOK && res.Body != body {
			t.Errorf("%s %s answers %d %q, and should answer %d %q", method, path, res.Status, res.Body, status, body)
		}
	}
	want(d, "POST", "/login", http.StatusOK, "")
	if d.Session().ID == "" {
		t.Fatal("the sign-in binds nothing")
	}
	for range 3 {
		clock.Pass(11 * time.Minute)
		want(d, "GET", "/who", http.StatusOK, "ada")
	}
	thief := d.Thief()
	want(thief, "GET", "/who", http.StatusOK, "ada")
	clock.Pass(11 * time.Minute)
	if res := thief.Send("GET", "/who", "", nil); res.Status != http.StatusTemporaryRedirect || res.Header.Get("Location") != "./who" {
		t.Errorf("without a proof the answer is %+v and should redirect to the same address", res)
	}
	want(thief, "GET", "/who", http.StatusForbidden, "")
	d.SetCookie("__Host-session-bound", "wrong")
	want(d, "GET", "/who", http.StatusOK, "ada")
	want(d, "POST", "/logout", http.StatusOK, "")
	want(d, "GET", "/who", http.StatusOK, "")
	if d.Session().ID != "" {
		t.Error("after the sign-out the device is still bound")
	}
}
