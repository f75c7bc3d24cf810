package otelwafer

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/wafer-go/wafer/session"
)

// What only a span's events have: of a metric it would be an attribute with too
// many values.
const (
	duration  attribute.Key = "wafer.session.duration" // seconds
	size      attribute.Key = "wafer.session.cookie.size"
	conflicts attribute.Key = "wafer.session.conflicts"
	count     attribute.Key = "wafer.flash.count"
)

// addToSpan adds an event to the span of ctx, if one is being recorded.
func addToSpan(ctx context.Context, e session.Event, a *attributes) {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return
	}
	attrs := append(make([]attribute.KeyValue, 0, 8), a.base...)
	switch e.Kind {
	case session.EventLoaded, session.EventSaved, session.EventDropped:
		attrs = append(attrs, duration.Float64(e.Duration.Seconds()), found.Bool(e.Found), stored.Bool(e.Stored))
		if e.Kind == session.EventSaved {
			attrs = append(attrs, size.Int(e.Size), renewed.Bool(e.Renewed), conflicts.Int(e.Conflicts))
		}
	case session.EventRefused:
		attrs = append(attrs, reason.String(session.Reason(e.Err)))
	case session.EventAccepted:
		attrs = append(attrs, acceptedBy.String(e.Name))
	case session.EventFlashed:
		attrs = append(attrs, category.String(a.category(e.Name)))
	case session.EventFlashesDropped:
		attrs = append(attrs, count.Int(e.Count))
	case session.EventLate:
		attrs = append(attrs, change.String(e.Name), errorType.String(session.Reason(e.Err)))
	case session.EventWarned:
		attrs = append(attrs, warning.String(e.Name))
	case session.EventBound:
		attrs = append(attrs, binding.String(e.Name))
	case session.EventFailed:
		attrs = append(attrs, duration.Float64(e.Duration.Seconds()), stored.Bool(e.Stored), errorType.String(session.Reason(e.Err)))
	default:
		return
	}
	span.AddEvent("wafer.session."+e.Kind.String(), trace.WithAttributes(attrs...))
}
