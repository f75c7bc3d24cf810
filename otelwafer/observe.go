package otelwafer

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	"github.com/wafer-go/wafer/session"
)

// Options are what a program may choose. The zero value is good.
type Options struct {
	// Manager tells the sessions of several managers apart: it is in each
	// measurement, as wafer.session.manager. Empty, it is left out.
	Manager string

	// Categories are the categories of flash messages that are counted by their
	// names, beside message, success, info, warning and error. All others are
	// counted together, as _OTHER: a category may come from a visitor.
	Categories []string

	// SpanEvents adds each event to the request's span too, as
	// wafer.session.loaded and so on, if the span is being recorded: there with
	// its duration, size and conflicts.
	SpanEvents bool

	// Next is called after each event was counted. It can be the function that the program had in
	// [session.Options.Observe] before. Nil calls nothing.
	Next func(ctx context.Context, e session.Event)
}

// Observe returns a function for [session.Options.Observe], which measures with the instruments of
// mp, and of [otel.GetMeterProvider] if mp is nil. If opts is nil, the zero Options apply. The
// function is safe for concurrent use by multiple goroutines.
//
// The error is that of mp, if it refuses to make an instrument, for example because one of the same
// name has another unit. The function is nil then.
func Observe(mp metric.MeterProvider, opts *Options) (func(ctx context.Context, e session.Event), error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	if mp == nil {
		mp = otel.GetMeterProvider()
	}
	in, err := newInstruments(mp)
	if err != nil {
		return nil, err
	}
	m := &meter{instruments: in, attributes: newAttributes(o)}
	return func(ctx context.Context, e session.Event) {
		m.measure(ctx, e)
		if o.SpanEvents {
			addToSpan(ctx, e, &m.attributes)
		}
		if o.Next != nil {
			o.Next(ctx, e)
		}
	}, nil
}

// A meter measures events.
type meter struct {
	instruments
	attributes
}

// known returns the set for a word. One that is in no list is counted with all
// others.
func known(sets map[string]measurement, word string) measurement {
	if set, ok := sets[word]; ok {
		return set
	}
	return sets[session.OtherReason]
}

// measure counts and times an event. A kind that is not known here, of a newer
// package session, is passed over.
func (m *meter) measure(ctx context.Context, e session.Event) {
	switch e.Kind {
	case session.EventLoaded:
		m.load.Record(ctx, e.Duration.Seconds(), m.kept[bit(e.Found)][bit(e.Stored)].record...)
	case session.EventSaved:
		m.save.Record(ctx, e.Duration.Seconds(), m.saved[bit(e.Found)][bit(e.Stored)][bit(e.Renewed)].record...)
		m.size.Record(ctx, int64(e.Size), m.sized[bit(e.Stored)].record...)
		if e.Conflicts > 0 {
			m.conflicts.Add(ctx, int64(e.Conflicts), m.plain.add...)
		}
	case session.EventDropped:
		m.drop.Record(ctx, e.Duration.Seconds(), m.kept[bit(e.Found)][bit(e.Stored)].record...)
	case session.EventRefused:
		m.refused.Add(ctx, 1, known(m.refusedFor, session.Reason(e.Err)).add...)
	case session.EventAccepted:
		m.accepted.Add(ctx, 1, m.of(acceptedBy.String(e.Name)).add...)
	case session.EventFlashed:
		m.flashes.Add(ctx, 1, m.flashed[m.category(e.Name)].add...)
	case session.EventFlashesDropped:
		m.flashesDropped.Add(ctx, int64(e.Count), m.plain.add...)
	case session.EventLate:
		m.late.Add(ctx, 1, m.of(change.String(e.Name)).add...)
	case session.EventWarned:
		m.warned.Add(ctx, 1, known(m.warnedOf, e.Name).add...)
	case session.EventBound:
		m.bindings.Add(ctx, 1, known(m.bound, e.Name).add...)
	case session.EventFailed:
		m.failed.Add(ctx, 1, known(m.failedFor, session.Reason(e.Err)).add...)
	}
}
