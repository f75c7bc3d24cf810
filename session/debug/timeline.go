package debug

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wafer-go/wafer/session/inspect"
)

// laneHeight is the height in pixels of one event's line of text.
const laneHeight = 22

// timeline is a session's times, drawn on a line. Each has a lane of its own,
// so that no two texts meet however near the times are.
type timeline struct {
	Label  string
	Height int // pixels
	Axis   int // pixels from the top
	Events []event
}

// event is one time.
type event struct {
	Name, Class string
	Note        string
	At          time.Time
	Span        string
	X           string // percent
	Y           int    // pixels from the top, of the lane's middle
	Left        bool   // the text is left of the mark
	place       float64
}

// Exact is the time in full.
func (e event) Exact() string { return e.At.UTC().Format("2006-01-02 15:04:05 UTC") }

// Machine is the time for a datetime attribute.
func (e event) Machine() string { return e.At.UTC().Format(time.RFC3339) }

// timesOf returns nil for a session of which no time is known.
func timesOf(found inspect.Inspection, now time.Time) *timeline {
	var events []event
	add := func(name, class, note string, at time.Time) {
		if !at.IsZero() {
			events = append(events, event{Name: name, Class: class, Note: note, At: at, Span: span(at.Sub(now).Truncate(time.Second))})
		}
	}
	add("Begun", "begun", "AbsoluteTimeout counts from here", found.Begun)
	add("Saved", "written", "or, under an IdleTimeout, last used", found.Written)
	if len(events) == 0 {
		return nil
	}
	add("Now", "now", "", now)
	until := "unless it is saved before or, under an IdleTimeout, used"
	if !found.Begun.IsZero() {
		until += ", and by AbsoluteTimeout in any case"
	}
	add("Expires", "expires", until, found.Expires)
	byTime := func(a, b event) int { return a.At.Compare(b.At) }
	first, last := slices.MinFunc(events, byTime).At, slices.MaxFunc(events, byTime).At
	t := &timeline{Height: len(events)*laneHeight + 16, Axis: len(events)*laneHeight + 8, Label: "A line of time:"}
	order := make([]*event, len(events))
	for i := range events {
		e := &events[i]
		e.place = 50
		if whole := last.Sub(first); whole > 0 {
			e.place = 2 + 96*float64(e.At.Sub(first))/float64(whole)
		}
		e.X, e.Left = fmt.Sprintf("%.2f%%", e.place), e.place > 50
		order[i] = e
	}
	// Marks at the edges are the tallest, so that they cross no text of others.
	slices.SortStableFunc(order, func(a, b *event) int {
		return cmp.Compare(min(a.place, 100-a.place), min(b.place, 100-b.place))
	})
	for lane, e := range order {
		e.Y = lane*laneHeight + laneHeight/2
	}
	slices.SortStableFunc(events, byTime)
	for i, e := range events {
		if i > 0 {
			t.Label += ","
		}
		t.Label += " " + strings.ToLower(e.Name)
		if e.Class != "now" {
			t.Label += " " + e.Span
		}
	}
	t.Events = events
	return t
}
