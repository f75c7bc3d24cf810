package main

import (
	"context"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/inspect"
)

// metrics are what is counted of sessions. No label holds anything of a
// visitor's: each has a handful of values.
type metrics struct {
	load, save, drop                                        *prometheus.HistogramVec
	size                                                    prometheus.Histogram
	refused, accepted, flashes, late, failed, warned, bound *prometheus.CounterVec
	conflicts, dropped                                      prometheus.Counter
}

// seconds are the buckets of durations: a store nearby answers within
// milliseconds, and the default of session.Options.BackendTimeout is 5 s.
var seconds = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// bytes are the buckets of cookies: browsers keep 4096.
var bytes = []float64{64, 128, 256, 512, 1024, 1536, 2048, 2560, 3072, 3584, 3840, 4096}

// changes are those that can come too late.
var changes = []string{
	"set", "update", "delete", "pop", "clear", "destroy", "renew", "sign in", "restart clock",
	"flash", "flash value", "take flashes", "keep flashes", "restore flashes", "discard flashes",
}

func newMetrics(reg prometheus.Registerer) *metrics {
	in := promauto.With(reg)
	duration := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return in.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: seconds}, labels)
	}
	count := func(name, help, label string) *prometheus.CounterVec {
		return in.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
	}
	m := &metrics{
		load:     duration("wafer_session_load_duration_seconds", "How long the backend took to read a request's session.", "found", "stored"),
		save:     duration("wafer_session_save_duration_seconds", "How long the backend took to keep a session, with the tries again after conflicts.", "found", "stored", "renewed"),
		drop:     duration("wafer_session_drop_duration_seconds", "How long the backend took to forget a session.", "found", "stored"),
		size:     in.NewHistogram(prometheus.HistogramOpts{Name: "wafer_session_cookie_size_bytes", Help: "Bytes of name and value of the cookies of sessions saved.", Buckets: bytes}),
		refused:  count("wafer_session_refused_total", "Cookies that were refused, so that the visitor had an empty session.", "reason"),
		accepted: count("wafer_session_accepted_total", "Sessions that needed an accepted key, a previous backend or a former name.", "by"),
		flashes:  count("wafer_session_flashes_total", "Messages flashed.", "category"),
		late:     count("wafer_session_late_changes_total", "Changes lost because they came after the response header was sent.", "change"),
		failed:   count("wafer_session_failures_total", "Requests that failed since their session could not be read or written.", "error_type"),
		warned:   count("wafer_session_warnings_total", "Mistakes after which browsers reject cookies silently, each as often as it was logged.", "warning"),
		bound:    count("wafer_session_bindings_total", "What happened to the bindings of sessions to devices.", "binding"),
		conflicts: in.NewCounter(prometheus.CounterOpts{
			Name: "wafer_session_conflicts_total", Help: "Saves that were tried again because another request was first.",
		}),
		dropped: in.NewCounter(prometheus.CounterOpts{
			Name: "wafer_session_flashes_dropped_total", Help: "Messages that were dropped before a page had shown them, because too many waited.",
		}),
	}
	// What begins at its first event has no increase then to alert on, so all that
	// alerts.yml asks for begins at zero.
	m.load.WithLabelValues("false", "false")
	m.save.WithLabelValues("false", "false", "false")
	for _, change := range changes {
		m.late.WithLabelValues(change)
	}
	refused, failed := session.Reasons()
	for _, reason := range refused {
		m.refused.WithLabelValues(reason)
	}
	for _, reason := range failed {
		m.failed.WithLabelValues(reason)
	}
	for _, warning := range inspect.Warnings() {
		m.warned.WithLabelValues(string(warning))
	}
	for _, action := range dbsc.Actions() {
		m.bound.WithLabelValues(action)
	}
	return m
}

// observe is for session.Options.Observe.
func (m *metrics) observe(_ context.Context, e session.Event) {
	found, stored := strconv.FormatBool(e.Found), strconv.FormatBool(e.Stored)
	switch e.Kind {
	case session.EventLoaded:
		m.load.WithLabelValues(found, stored).Observe(e.Duration.Seconds())
	case session.EventSaved:
		m.save.WithLabelValues(found, stored, strconv.FormatBool(e.Renewed)).Observe(e.Duration.Seconds())
		m.size.Observe(float64(e.Size))
		m.conflicts.Add(float64(e.Conflicts))
	case session.EventDropped:
		m.drop.WithLabelValues(found, stored).Observe(e.Duration.Seconds())
	case session.EventRefused:
		m.refused.WithLabelValues(session.Reason(e.Err)).Inc()
	case session.EventAccepted:
		m.accepted.WithLabelValues(e.Name).Inc() // a key or backend of ours
	case session.EventFlashed:
		m.flashes.WithLabelValues(category(e.Name)).Inc()
	case session.EventFlashesDropped:
		m.dropped.Add(float64(e.Count))
	case session.EventLate:
		m.late.WithLabelValues(e.Name).Inc() // an operation, such as "set"
	case session.EventWarned:
		m.warned.WithLabelValues(e.Name).Inc() // such as "plain_http"
	case session.EventBound:
		m.bound.WithLabelValues(e.Name).Inc() // such as "refreshed"
	case session.EventFailed:
		m.failed.WithLabelValues(session.Reason(e.Err)).Inc()
	}
}

// category returns a flash category if it is one of this program's: another may
// be what a visitor sent, and each would be kept for ever.
func category(name string) string {
	switch name {
	case "message", "success", "info", "warning", "error":
		return name
	}
	return session.OtherReason
}
