package debug

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/inspect"
)

func viewOf(t *testing.T, found inspect.Inspection) view {
	t.Helper()
	m, err := session.New(session.Signed(secret.New()), nil)
	if err != nil {
		t.Fatal(err)
	}
	return New(m, nil).view(httptest.NewRequest("GET", "http://localhost/", nil), found, nil, time.Now())
}

func TestView_ShowsFiftyMessages(t *testing.T) {
	for n, more := range map[int]int{49: 0, 50: 0, 51: 1, 53: 3} {
		if v := viewOf(t, inspect.Inspection{Flashes: make([]driver.Message, n)}); v.MoreFlash != more || len(v.Flashes) != n-more {
			t.Errorf("of %d messages %d are shown, and %d more", n, len(v.Flashes), v.MoreFlash)
		}
	}
}

func TestView_TheHeadlineIsAsGoodAsTheSession(t *testing.T) {
	one := []inspect.Value{{Key: "a", JSON: "1", Size: 1}}
	for what, tt := range map[string]struct {
		found           inspect.Inspection
		state, headline string
	}{
		"a session":              {inspect.Inspection{Found: true, Values: one}, "good", "This browser has a session of 1 value"},
		"with a warning":         {inspect.Inspection{Found: true, Values: one, Warnings: []inspect.Warning{inspect.TwoManagers}}, "note", "This browser has a session of 1 value"},
		"no cookie":              {inspect.Inspection{}, "note", "This browser sent no session cookie"},
		"no cookie, and a value": {inspect.Inspection{Values: one}, "note", "This browser sent no session cookie; this request has begun one of 1 value"},
		"an empty cookie":        {inspect.Inspection{Sizes: []int{9}}, "note", "The session cookie is empty"},
		"refused":                {inspect.Inspection{Sizes: []int{9}, Refused: session.ErrRefused}, "bad", "The cookie was refused; this visitor starts with an empty session"},
		"failed":                 {inspect.Inspection{Sizes: []int{9}, Failure: session.ErrUnavailable}, "bad", "The session could not be read"},
	} {
		if v := viewOf(t, tt.found); v.State != tt.state || v.Headline != tt.headline {
			t.Errorf("%s: %s, %q", what, v.State, v.Headline)
		}
	}
}
