package otelwafer

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/metric"
)

// scope is the name of the instrumentation, the path of this package as
// OpenTelemetry advises.
const scope = "github.com/wafer-go/wafer/otelwafer"

// seconds are the bounds advised for durations. A session in a cookie is read
// within the first; a store in the same data centre answers in the next few;
// the default of session.Options.BackendTimeout is 5 s.
var seconds = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// bytes are the bounds advised for cookies. They are closer towards 4096, which
// is what browsers keep and session.DefaultMaxCookieSize allows.
var bytes = []float64{64, 128, 256, 512, 1024, 1536, 2048, 2560, 3072, 3584, 3840, 4096}

// instruments are what events are measured with.
type instruments struct {
	load, save, drop                           metric.Float64Histogram
	size                                       metric.Int64Histogram
	refused, accepted, conflicts, late, failed metric.Int64Counter
	flashes, flashesDropped, warned, bindings  metric.Int64Counter
}

func newInstruments(mp metric.MeterProvider) (instruments, error) {
	meter := mp.Meter(scope)
	var in instruments
	var errs []error
	duration := func(to *metric.Float64Histogram, name, what string) {
		var err error
		*to, err = meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(what), metric.WithExplicitBucketBoundaries(seconds...))
		errs = append(errs, err)
	}
	count := func(to *metric.Int64Counter, name, unit, what string) {
		var err error
		*to, err = meter.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(what))
		errs = append(errs, err)
	}
	duration(&in.load, "wafer.session.load.duration", "How long the backend took to read a request's session.")
	duration(&in.save, "wafer.session.save.duration", "How long the backend took to keep a session, with the tries again after conflicts.")
	duration(&in.drop, "wafer.session.drop.duration", "How long the backend took to forget a session.")
	count(&in.refused, "wafer.session.refused", "{cookie}", "Cookies that were refused, so that the visitor began with an empty session.")
	count(&in.accepted, "wafer.session.accepted", "{session}", "Sessions that needed an accepted key, a previous backend or a former name.")
	count(&in.conflicts, "wafer.session.conflicts", "{conflict}", "Saves that were tried again because another request was first.")
	count(&in.flashes, "wafer.session.flashes", "{message}", "Messages flashed.")
	count(&in.flashesDropped, "wafer.session.flashes_dropped", "{message}", "Messages that were dropped before a page had shown them, because too many waited.")
	count(&in.late, "wafer.session.late_changes", "{change}", "Changes lost because they came after the response header was sent.")
	count(&in.failed, "wafer.session.failures", "{request}", "Requests that failed since their session could not be read or written.")
	count(&in.warned, "wafer.session.warnings", "{warning}", "Mistakes found after which browsers silently drop the cookie or messages get lost, as often as they are logged.")
	count(&in.bindings, "wafer.session.bindings", "{action}", "What happened to the bindings of sessions to devices; see package dbsc.")
	var err error
	in.size, err = meter.Int64Histogram("wafer.session.cookie.size", metric.WithUnit("By"),
		metric.WithDescription("Bytes of name and value of the cookies of sessions saved."), metric.WithExplicitBucketBoundaries(bytes...))
	if err := errors.Join(append(errs, err)...); err != nil {
		return instruments{}, fmt.Errorf("otelwafer: the MeterProvider does not make the instruments: %w", err)
	}
	return in, nil
}
