package otelwafer_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/wafer-go/wafer/otelwafer"
	"github.com/wafer-go/wafer/session"
)

const username = session.Field[string]("username")

// A program is one whose sessions are observed.
type program struct {
	t      *testing.T
	reader *sdk.ManualReader
	m      *session.Manager
	cookie string // the visitor's
}

func newProgram(t *testing.T, backend session.Backend, o otelwafer.Options, change ...func(*session.Options)) *program {
	t.Helper()
	p := &program{t: t, reader: sdk.NewManualReader()}
	observe, err := otelwafer.Observe(sdk.NewMeterProvider(sdk.WithReader(p.reader)), &o)
	if err != nil {
		t.Fatal(err)
	}
	opts := session.Options{Observe: observe, Logger: slog.New(slog.DiscardHandler), ErrorHandler: func(http.ResponseWriter, *http.Request, error) {}}
	for _, f := range change {
		f(&opts)
	}
	p.m, err = session.New(backend, &opts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// with has the visitor send a request, which f answers.
func (p *program) with(f func(w http.ResponseWriter, s *session.Session)) {
	p.t.Helper()
	p.send(p.t.Context(), f)
}

func (p *program) send(ctx context.Context, f func(w http.ResponseWriter, s *session.Session)) {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "https://example.com/", nil)
	if p.cookie != "" {
		r.Header.Set("Cookie", "__Host-session="+p.cookie)
	}
	w := httptest.NewRecorder()
	p.m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f(w, session.From(r)) })).ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		p.cookie = c.Value
	}
}

// measured returns a line for each set of attributes of each instrument, with its
// count.
func (p *program) measured() []string {
	p.t.Helper()
	var lines []string
	for _, m := range collect(p.t, p.reader) {
		switch data := m.Data.(type) {
		case metricdata.Sum[int64]:
			if !data.IsMonotonic {
				p.t.Errorf("%s is no counter", m.Name)
			}
			for _, point := range data.DataPoints {
				lines = append(lines, fmt.Sprintf("%s %s %d", m.Name, point.Attributes.Encoded(encoder{}), point.Value))
			}
		case metricdata.Histogram[int64]:
			for _, point := range data.DataPoints {
				lines = append(lines, fmt.Sprintf("%s %s %d", m.Name, point.Attributes.Encoded(encoder{}), point.Count))
			}
		case metricdata.Histogram[float64]:
			for _, point := range data.DataPoints {
				lines = append(lines, fmt.Sprintf("%s %s %d", m.Name, point.Attributes.Encoded(encoder{}), point.Count))
			}
		default:
			p.t.Errorf("%s is a %T", m.Name, data)
		}
	}
	slices.Sort(lines)
	return lines
}

func collect(t *testing.T, reader sdk.Reader) []metricdata.Metrics {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	var metrics []metricdata.Metrics
	for _, scope := range all.ScopeMetrics {
		metrics = append(metrics, scope.Metrics...)
	}
	return metrics
}

// want checks that a line was measured.
func (p *program) want(lines ...string) {
	p.t.Helper()
	got := p.measured()
	for _, line := range lines {
		if !slices.Contains(got, line) {
			p.t.Errorf("want %q, measured\n%s", line, strings.Join(got, "\n"))
		}
	}
}
