package otelwafer_test

import (
	"fmt"

	"github.com/wafer-go/wafer/otelwafer"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// newSessions measures with the global MeterProvider, and adds each event to the request's span.
func newSessions(key secret.Key) (*session.Manager, error) {
	observe, err := otelwafer.Observe(nil, &otelwafer.Options{SpanEvents: true})
	if err != nil {
		return nil, err
	}
	return session.New(session.Signed(key), &session.Options{Observe: observe})
}

// The global MeterProvider is the one that otel.SetMeterProvider sets.
func ExampleObserve_global() {
	_, err := newSessions(secret.New())
	fmt.Println(err)
	// Output: <nil>
}
