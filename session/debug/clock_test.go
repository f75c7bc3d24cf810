package debug_test

import (
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

func TestTheTimesAreByTheManagersClock(t *testing.T) {
	now := time.Date(2020, 1, 1, 12, 0, 0, 0, time.UTC)
	m := manager(t, session.Signed(secret.New()), session.Options{Clock: func() time.Time { return now }, Lifetime: time.Hour})
	cookie := cookieOf(t, m, func(s *session.Session) { s.Set("n", 1) })
	now = now.Add(30 * time.Minute)
	want(t, page(t, m, cookie), `datetime="2020-01-01T12:30:00Z"`)
}
