package otelwafer

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/inspect"
)

// The attributes.
const (
	manager    attribute.Key = "wafer.session.manager"
	found      attribute.Key = "wafer.session.found"
	stored     attribute.Key = "wafer.session.stored"
	renewed    attribute.Key = "wafer.session.renewed"
	reason     attribute.Key = "wafer.session.reason"
	acceptedBy attribute.Key = "wafer.session.accepted_by"
	change     attribute.Key = "wafer.session.change"
	warning    attribute.Key = "wafer.session.warning"
	binding    attribute.Key = "wafer.session.binding"
	category   attribute.Key = "wafer.flash.category"
	errorType  attribute.Key = "error.type"
)

// categories are the flash categories that programs commonly have.
var categories = []string{"message", "success", "info", "warning", "error"}

// A measurement is a set of attributes in the forms that instruments accept, made beforehand: to
// make it for each event would cost more than all else.
type measurement struct {
	add    []metric.AddOption
	record []metric.RecordOption
}

// attributes are the sets that events are measured with.
type attributes struct {
	base  []attribute.KeyValue
	plain measurement

	kept  [2][2]measurement    // by found, stored
	saved [2][2][2]measurement // by found, stored, renewed
	sized [2]measurement       // by stored

	refusedFor, failedFor, warnedOf, bound, flashed map[string]measurement
}

func newAttributes(o Options) attributes {
	var a attributes
	if o.Manager != "" {
		a.base = []attribute.KeyValue{manager.String(o.Manager)}
	}
	a.plain = a.of()
	for f := range 2 {
		for s := range 2 {
			a.sized[s] = a.of(stored.Bool(s == 1))
			a.kept[f][s] = a.of(found.Bool(f == 1), stored.Bool(s == 1))
			for r := range 2 {
				a.saved[f][s][r] = a.of(found.Bool(f == 1), stored.Bool(s == 1), renewed.Bool(r == 1))
			}
		}
	}
	refused, failed := session.Reasons()
	a.refusedFor, a.failedFor = a.ofWords(reason, refused), a.ofWords(errorType, failed)
	var warnings []string
	for _, w := range inspect.Warnings() {
		warnings = append(warnings, string(w))
	}
	a.warnedOf = a.ofWords(warning, warnings)
	a.bound = a.ofWords(binding, dbsc.Actions())
	a.flashed = a.ofWords(category, append(slices.Clone(categories), o.Categories...))
	return a
}

// of makes a set.
func (a *attributes) of(attrs ...attribute.KeyValue) measurement {
	with := metric.WithAttributeSet(attribute.NewSet(slices.Concat(a.base, attrs)...))
	return measurement{[]metric.AddOption{with}, []metric.RecordOption{with}}
}

// ofWords makes a set for each value of an attribute that has a list of them,
// and one for all others.
func (a *attributes) ofWords(key attribute.Key, values []string) map[string]measurement {
	sets := make(map[string]measurement)
	for _, value := range append(values, session.OtherReason) {
		sets[value] = a.of(key.String(value))
	}
	return sets
}

// category returns the name by which a flash category is counted.
func (a *attributes) category(name string) string {
	if _, ok := a.flashed[name]; ok {
		return name
	}
	return session.OtherReason
}

// bit indexes by a boolean.
func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
