package otelwafer_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/wafer-go/wafer/otelwafer"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// A forged cookie is refused, and counted by the reason.
func ExampleObserve() {
	reader := sdk.NewManualReader() // a program has an exporter here
	provider := sdk.NewMeterProvider(sdk.WithReader(reader))

	observe, err := otelwafer.Observe(provider, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	sessions, err := session.New(session.Signed(secret.New()), &session.Options{Observe: observe})
	if err != nil {
		fmt.Println(err)
		return
	}
	handler := sessions.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		session.From(r).Has("username")
	}))
	r := httptest.NewRequest("GET", "https://example.com/", nil)
	r.Header.Set("Cookie", "__Host-session=forged")
	handler.ServeHTTP(httptest.NewRecorder(), r)

	var measured metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &measured); err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range measured.ScopeMetrics[0].Metrics {
		if refused, ok := m.Data.(metricdata.Sum[int64]); ok {
			for _, point := range refused.DataPoints {
				reason, _ := point.Attributes.Value("wafer.session.reason")
				fmt.Println(m.Name, reason.AsString(), point.Value)
			}
		}
	}
	// Output: wafer.session.refused bad_signature 1
}

// What the program observes itself is called after each event was counted.
func ExampleOptions_next() {
	mine := func(_ context.Context, e session.Event) {
		if e.Kind == session.EventSaved && !e.Found {
			fmt.Println("a new session")
		}
	}
	observe, err := otelwafer.Observe(nil, &otelwafer.Options{Next: mine})
	if err != nil {
		fmt.Println(err)
		return
	}
	observe(context.Background(), session.Event{Kind: session.EventSaved})
	// Output: a new session
}
