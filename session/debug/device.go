package debug

import (
	"fmt"
	"time"

	"github.com/wafer-go/wafer/session/inspect"
)

// deviceOf says which device the session is bound to, or returns nil if no guard binds sessions.
func deviceOf(found inspect.Inspection, now time.Time) *attribute {
	b := found.Binding
	if b == nil {
		return nil
	}
	at := func(t time.Time) string { return span(t.Sub(now).Truncate(time.Second)) }
	device := attribute{Name: "Device", Verdict: "good"}
	switch {
	case b.Algorithm == "":
		device.Verdict = "note"
		device.Text = "Not bound: the browser was offered to register a key, and has not. Safari and Firefox do not know how."
	case b.Proved.IsZero() && now.Before(b.Enforced):
		device.Verdict = "note"
		device.Text = fmt.Sprintf("Bound to a key for %s that was registered %s. This request has no valid bound cookie, which will be required %s.", b.Algorithm, at(b.Since), at(b.Enforced))
	case b.Proved.IsZero():
		device.Verdict = "bad"
		device.Text = fmt.Sprintf("Bound to a key for %s that was registered %s. This request has no valid bound cookie, which is required.", b.Algorithm, at(b.Since))
	default:
		device.Text = fmt.Sprintf("Bound to a key for %s that was registered %s. The last proof was %s, and the next is due %s.", b.Algorithm, at(b.Since), at(b.Proved), at(b.Refresh))
	}
	return &device
}
