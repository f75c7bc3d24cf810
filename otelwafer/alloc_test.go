package otelwafer_test

import (
	"context"
	"testing"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/metric"

	"github.com/wafer-go/wafer/otelwafer"
	"github.com/wafer-go/wafer/session"
)

// events are what is measured, and how many allocations each may take. Those of
// most requests take none.
var events = []struct {
	event session.Event
	most  float64
}{
	{session.Event{Kind: session.EventLoaded, Found: true, Duration: time.Millisecond}, 0},
	{session.Event{Kind: session.EventSaved, Stored: true, Size: 300, Conflicts: 1, Duration: time.Millisecond}, 0},
	{session.Event{Kind: session.EventDropped}, 0},
	{session.Event{Kind: session.EventRefused, Err: session.ErrExpired}, 0},
	{session.Event{Kind: session.EventFlashed, Name: "success"}, 0},
	{session.Event{Kind: session.EventFailed, Err: session.ErrUnavailable}, 0},
	{session.Event{Kind: session.EventWarned, Name: "plain_http"}, 0},
	{session.Event{Kind: session.EventBound, Name: "refreshed"}, 0},
	{session.Event{Kind: session.EventAccepted, Name: "key e5892983"}, 6},
	{session.Event{Kind: session.EventLate, Name: "delete"}, 6},
}

func TestAnEventOfMostRequestsAllocatesNothing(t *testing.T) {
	observe := observer(t)
	for _, tt := range events {
		if n := testing.AllocsPerRun(200, func() { observe(t.Context(), tt.event) }); n > tt.most {
			t.Errorf("%s: %v allocations, want %v at most", tt.event.Kind, n, tt.most)
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	observe := observer(b)
	for _, tt := range events {
		b.Run(tt.event.Kind.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				observe(b.Context(), tt.event)
			}
		})
	}
}

func observer(t testing.TB) func(context.Context, session.Event) {
	observe, err := otelwafer.Observe(sdk.NewMeterProvider(sdk.WithReader(sdk.NewManualReader())), &otelwafer.Options{SpanEvents: true})
	if err != nil {
		t.Fatal(err)
	}
	return observe
}
