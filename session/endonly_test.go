package session_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

// endOnlyBackend is a foreignBackend that tells when a session ends, and not when it was saved.
type endOnlyBackend struct{ *foreignBackend }

type endOnlyDriver struct{ *foreignDriver }

func (b endOnlyBackend) Open(driver.Config) (driver.Driver, error) {
	return endOnlyDriver{&foreignDriver{b.foreignBackend}}, nil
}

func (d endOnlyDriver) Load(ctx context.Context, value string) (driver.Snapshot, error) {
	s, err := d.foreignDriver.Load(ctx, value)
	if err == nil {
		s.SavedAt, s.ExpiresAt = time.Time{}, d.place.records[value].expires
	}
	return s, err
}

// A record whose driver tells only when it ends is saved again when a tenth of its time has passed, so
// that a session that is only read lives on.
func TestRefresh_OfARecordThatTellsOnlyItsEnd(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	clock := func() time.Time { return now }
	place := &foreignPlace{records: map[string]foreignRecord{}, now: clock}
	m, err := session.New(endOnlyBackend{&foreignBackend{place: place, newID: driver.NewID}}, &session.Options{
		Lifetime: 10 * time.Hour, Permanent: true, RefreshEachRequest: true, Clock: clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	cookie := ""
	visit := func(handler func(s *session.Session)) {
		r := httptest.NewRequest("GET", "https://example.com/", nil)
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { handler(session.From(r)) })).ServeHTTP(w, r)
		for _, c := range w.Result().Cookies() {
			cookie = c.Name + "=" + c.Value
		}
	}
	visit(func(s *session.Session) { s.Set("name", "ada") })
	for _, c := range []struct{ after, left time.Duration }{
		{59 * time.Minute, 9*time.Hour + time.Minute}, {2 * time.Minute, 10 * time.Hour}, {9 * time.Hour, 10 * time.Hour},
	} {
		now = now.Add(c.after)
		visit(func(s *session.Session) {
			if !s.Has("name") {
				t.Error("the session has ended")
			}
		})
		for _, r := range place.records {
			if left := r.expires.Sub(now).Truncate(time.Minute); left != c.left {
				t.Errorf("%v later the session was read, and has %v left, not %v", c.after, left, c.left)
			}
		}
	}
}
