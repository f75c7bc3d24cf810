package debug

import (
	"fmt"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session/inspect"
)

func TestTimesOf_EachTimeHasItsPlaceAndALane(t *testing.T) {
	begun := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	after := func(minutes int) time.Time { return begun.Add(time.Duration(minutes) * time.Minute) }
	for what, tt := range map[string]struct {
		found  inspect.Inspection
		now    time.Time
		label  string
		places []string // name, place, lane, and whether the text is left of it
	}{
		"a session that goes on": {
			inspect.Inspection{Begun: begun, Written: after(30), Expires: after(120)},
			after(60),
			"A line of time: begun 60 minutes ago, saved 30 minutes ago, now, expires in 60 minutes",
			[]string{"Begun 2.00% 11 false", "Saved 26.00% 55 false", "Now 50.00% 77 false", "Expires 98.00% 33 true"},
		},
		"one that has ended": {
			inspect.Inspection{Begun: begun, Written: after(90), Expires: after(60)},
			after(120),
			"A line of time: begun 2 hours ago, expires 60 minutes ago, saved 30 minutes ago, now",
			[]string{"Begun 2.00% 11 false", "Expires 50.00% 77 false", "Saved 74.00% 55 true", "Now 98.00% 33 true"},
		},
		"one that was saved now": {
			inspect.Inspection{Written: begun}, begun, "A line of time: saved now, now", []string{"Saved 50.00% 11 false", "Now 50.00% 33 false"},
		},
	} {
		got := timesOf(tt.found, tt.now)
		if got.Label != tt.label || got.Axis != len(tt.places)*22+8 || got.Height != len(tt.places)*22+16 {
			t.Errorf("%s: %q, the axis at %d of %d", what, got.Label, got.Axis, got.Height)
		}
		for i, e := range got.Events {
			if one := fmt.Sprint(e.Name, " ", e.X, " ", e.Y, " ", e.Left); one != tt.places[i] {
				t.Errorf("%s: %s, want %s", what, one, tt.places[i])
			}
		}
	}
	if got := timesOf(inspect.Inspection{Expires: begun}, begun); got != nil {
		t.Errorf("of a session that was never saved there are %+v", got)
	}
}
