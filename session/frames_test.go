package session_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

// watched is a driver that notes how it was reached.
type watched struct {
	driver.Driver
	load, save []string
}

func (d *watched) Load(ctx context.Context, token string) (driver.Snapshot, error) {
	d.load = reachedBy()
	return d.Driver.Load(ctx, token)
}

func (d *watched) Save(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
	d.save = reachedBy()
	return d.Driver.Save(ctx, dst, w)
}

type watchedBackend struct {
	session.Backend
	d *watched
}

func (b *watchedBackend) Open(c driver.Config) (driver.Driver, error) {
	var err error
	b.d.Driver, err = b.Backend.Open(c)
	return b.d, err
}

// reachedBy returns the functions of this module that led to a driver, the innermost first, from
// Handler's on or the test's.
func reachedBy() (names []string) {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		f, more := frames.Next()
		name, ours := strings.CutPrefix(f.Function, "github.com/wafer-go/wafer/session")
		if strings.HasPrefix(name, "_test.") {
			return names
		}
		if ours && !strings.Contains(name, "Handler.func") {
			names = append(names, name)
		}
		if !more {
			return names
		}
	}
}

// A reader who follows a session from the handler to its driver passes few functions.
func TestSession_IsFewFramesFromItsDriver(t *testing.T) {
	d := new(watched)
	m, err := session.New(&watchedBackend{session.Signed(secret.New()), d}, nil)
	if err != nil {
		t.Fatal(err)
	}
	const name = session.Field[string]("name")
	h := m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, _ := name.Get(session.From(r))
		name.Set(session.From(r), v+"x")
		_, _ = w.Write([]byte("page"))
	}))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "https://example.com/", nil))
	r := httptest.NewRequest("GET", "https://example.com/", nil)
	r.AddCookie(w.Result().Cookies()[0])
	h.ServeHTTP(httptest.NewRecorder(), r)
	t.Logf("to read: %q", d.load)
	if n := len(d.load); n == 0 || n > 5 {
		t.Errorf("%d frames from a handler's read to the driver's Load, want 5 at most: %q", n, d.load)
	}
	t.Logf("to write: %q", d.save)
	if n := len(d.save); n == 0 || n > 4 {
		t.Errorf("%d frames from the handler's return to the driver's Save, want 4 at most: %q", n, d.save)
	}
}
