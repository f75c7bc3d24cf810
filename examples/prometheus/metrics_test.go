package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/inspect"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

func TestLoginsAndLogoutsAreCounted(t *testing.T) {
	v := newVisit(t, memstore.New(nil))
	if got := v.post("/login", "username", "ada"); !strings.Contains(got, "You were successfully logged in") || !strings.Contains(got, "Hello, ada") {
		t.Errorf("the page is %s", got)
	}
	if got := v.post("/click"); !strings.Contains(got, "clicked 1 times") {
		t.Errorf("the page is %s", got)
	}
	v.want(
		`wafer_session_load_duration_seconds_count{found="false",stored="false"} 1`,
		`wafer_session_load_duration_seconds_count{found="true",stored="true"} 3`,
		`wafer_session_save_duration_seconds_count{found="false",renewed="true",stored="true"} 1`,
		`wafer_session_save_duration_seconds_count{found="true",renewed="false",stored="true"} 2`,
		`wafer_session_flashes_total{category="success"} 1`,
		`wafer_session_cookie_size_bytes_count 3`,
		`wafer_session_cookie_size_bytes_bucket{le="64"} 3`,
	)
	v.post("/logout")
	v.want(`wafer_session_flashes_total{category="info"} 1`)
}

func TestFoundAndStoredAreToldApart(t *testing.T) {
	reg := prometheus.NewRegistry()
	m := newMetrics(reg)
	v := &visit{t: t, app: &app{metrics: promhttp.HandlerFor(reg, promhttp.HandlerOpts{})}}
	for _, kind := range []session.EventKind{session.EventLoaded, session.EventSaved, session.EventDropped} {
		m.observe(t.Context(), session.Event{Kind: kind, Found: true})
	}
	v.want(
		`wafer_session_load_duration_seconds_count{found="true",stored="false"} 1`,
		`wafer_session_save_duration_seconds_count{found="true",renewed="false",stored="false"} 1`,
		`wafer_session_drop_duration_seconds_count{found="true",stored="false"} 1`,
	)
}

func TestRefusedCookiesAreCountedByTheReason(t *testing.T) {
	v := newVisit(t, memstore.New(nil))
	v.want(`wafer_session_refused_total{reason="malformed"} 0`)
	v.forge("made up")
	v.forge(strings.Repeat("A", 43))
	v.want(`wafer_session_refused_total{reason="malformed"} 1`, `wafer_session_refused_total{reason="unknown"} 1`, `wafer_session_refused_total{reason="expired"} 0`)
}

func TestConflictsAreCounted(t *testing.T) {
	v := newVisit(t, memstore.New(nil))
	v.post("/login", "username", "ada")
	v.want("wafer_session_conflicts_total 0")
	r := httptest.NewRequest(http.MethodGet, "https://example.com/", nil)
	r.Header.Set("Cookie", "__Host-prometheus="+v.cookie())
	v.app.sessions.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		clicks.Update(session.From(r), func(n int) int { return n + 10 })
		v.post("/click") // which is faster
	})).ServeHTTP(httptest.NewRecorder(), r)
	v.want("wafer_session_conflicts_total 1")
	if got := v.get(); !strings.Contains(got, "clicked 11 times") {
		t.Errorf("the page is %s", got)
	}
}

// down is a store that cannot be reached.
type down struct{ store.Store }

func (down) Load(context.Context, store.ID) (store.Record, error) {
	return store.Record{}, errors.New("down: connection refused")
}

func TestFailuresAreCountedByTheReason(t *testing.T) {
	v := newVisit(t, down{memstore.New(nil)})
	v.want(`wafer_session_failures_total{error_type="unavailable"} 0`)
	v.forge(strings.Repeat("A", 43))
	v.want(`wafer_session_failures_total{error_type="unavailable"} 1`)
	if !strings.Contains(v.log.String(), "connection refused") {
		t.Errorf("the log is %s", v.log)
	}
}

func TestLostChangesAreCounted(t *testing.T) {
	v := newVisit(t, memstore.New(nil))
	v.want(`wafer_session_late_changes_total{change="renew"} 0`)
	v.app.sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		clicks.Set(s, 1)
		w.(http.Flusher).Flush()
		s.Renew()
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "https://example.com/", nil))
	v.want(`wafer_session_late_changes_total{change="renew"} 1`)
}

func TestVisitorsCannotMakeLabels(t *testing.T) {
	v := newVisit(t, memstore.New(nil))
	v.app.sessions.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		session.From(r).FlashAs("of a visitor's", "hello")
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "https://example.com/", nil))
	v.post("/login", "username", "lovelace")
	id := v.cookie()
	v.post("/logout")
	v.forge("lovelace")
	v.forge(id)
	v.want(`wafer_session_flashes_total{category="_OTHER"} 1`, `wafer_session_refused_total{reason="unknown"} 1`)
	for _, private := range []string{"lovelace", "visitor's\"", id} {
		if strings.Contains(v.scrape(), private) {
			t.Errorf("%q is in the metrics", private)
		}
	}
}

func TestVisitorsDoNotSeeTheMetrics(t *testing.T) {
	v := newVisit(t, memstore.New(nil))
	if got := v.page(v.client.Get(v.url + "/metrics")); strings.Contains(got, "wafer_session") {
		t.Errorf("the page is %s", got)
	}
}

func TestAllThatHasAnAlertBeginsAtZero(t *testing.T) {
	v := newVisit(t, memstore.New(nil))
	refused, failed := session.Reasons()
	for _, reason := range refused {
		v.want(`wafer_session_refused_total{reason="` + reason + `"} 0`)
	}
	for _, reason := range failed {
		v.want(`wafer_session_failures_total{error_type="` + reason + `"} 0`)
	}
	for _, action := range dbsc.Actions() {
		v.want(`wafer_session_bindings_total{binding="` + action + `"} 0`)
	}
	for _, warning := range inspect.Warnings() {
		v.want(`wafer_session_warnings_total{warning="` + string(warning) + `"} 0`)
	}
}

func TestEveryChangeThatCanBeLateBeginsAtZero(t *testing.T) {
	source, err := os.ReadFile("../../session/internal/content/edit.go")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, m := range regexp.MustCompile(`\w+ +Kind = "([^"]+)"`).FindAllStringSubmatch(string(source), -1) {
		switch m[1] {
		case "sweep", "arrive", "leave": // the start or the end of a request does these, so they are never late
		default:
			named = append(named, m[1])
		}
	}
	slices.Sort(named)
	want := slices.Sorted(slices.Values(changes))
	if !slices.Equal(named, want) {
		t.Errorf("package session has the changes %q, and these begin at zero: %q", named, want)
	}
}
