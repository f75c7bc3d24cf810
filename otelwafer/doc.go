// Package otelwafer counts and times what happens to sessions, with
// OpenTelemetry:
//
//	observe, err := otelwafer.Observe(nil, nil) // of the global MeterProvider
//	...
//	sessions, err := session.New(backend, &session.Options{Observe: observe})
//
// These are the instruments, with the attributes that each has. Names, units
// and attributes do not change within a major version.
//
//	wafer.session.load.duration   histogram  s          found, stored
//	wafer.session.save.duration   histogram  s          found, stored, renewed
//	wafer.session.drop.duration   histogram  s          found, stored
//	wafer.session.cookie.size     histogram  By         stored
//	wafer.session.refused         counter    {cookie}   reason
//	wafer.session.accepted        counter    {session}  accepted_by
//	wafer.session.conflicts       counter    {conflict}
//	wafer.session.flashes         counter    {message}  wafer.flash.category
//	wafer.session.flashes_dropped counter    {message}
//	wafer.session.late_changes    counter    {change}   change
//	wafer.session.failures        counter    {request}  error.type
//	wafer.session.warnings        counter    {warning}  warning
//	wafer.session.bindings        counter    {action}   binding
//
// Attributes without a prefix here begin with "wafer.session.". Each has few values: a boolean, a
// word of a list in this package, an operation's name, or the name of a key or backend of the
// program. No attribute contains a value, a token, an ID or the text of an error.
//
// The exemplars of the histograms, and the events that Options.SpanEvents adds, belong to the span
// that is in the request's context when it reaches [session.Manager.Handler]: put what starts the
// span, such as otelhttp, around that.
package otelwafer
