package otelwafer_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/wafer-go/wafer/otelwafer"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

func TestWhatHappensToASessionIsMeasured(t *testing.T) {
	older := secret.New()
	old := newProgram(t, session.Signed(older), otelwafer.Options{})
	old.with(func(_ http.ResponseWriter, s *session.Session) { username.Set(s, "ada") })

	p := newProgram(t, session.Signed(secret.New(), older), otelwafer.Options{})
	p.with(func(http.ResponseWriter, *session.Session) {})
	if got := p.measured(); len(got) != 0 {
		t.Errorf("a session left alone is measured: %q", got)
	}
	p.with(func(_ http.ResponseWriter, s *session.Session) { s.Len() })
	p.with(func(_ http.ResponseWriter, s *session.Session) { username.Set(s, "ada") })
	p.with(func(_ http.ResponseWriter, s *session.Session) { s.Renew() })
	p.with(func(_ http.ResponseWriter, s *session.Session) { s.FlashAs("info", "hello") })
	p.with(func(w http.ResponseWriter, s *session.Session) {
		s.Len()
		w.(http.Flusher).Flush()
		username.Delete(s)
	})
	p.with(func(_ http.ResponseWriter, s *session.Session) { s.Set("x", func() {}) })
	p.with(func(_ http.ResponseWriter, s *session.Session) { s.Destroy() })
	p.cookie = "forged"
	p.with(func(_ http.ResponseWriter, s *session.Session) { s.Len() })
	p.cookie = old.cookie
	p.with(func(_ http.ResponseWriter, s *session.Session) { s.Len() })

	want := []string{
		"wafer.session.accepted {accepted_by=key " + older.ID() + "} 1",
		"wafer.session.cookie.size {stored=false} 3",
		"wafer.session.drop.duration {found=true stored=false} 1",
		"wafer.session.failures {error.type=bad_value} 1",
		"wafer.session.flashes {wafer.flash.category=info} 1",
		"wafer.session.late_changes {change=delete} 1",
		"wafer.session.load.duration {found=false stored=false} 3",
		"wafer.session.load.duration {found=true stored=false} 6",
		"wafer.session.refused {reason=bad_signature} 1",
		"wafer.session.save.duration {found=false renewed=false stored=false} 1",
		"wafer.session.save.duration {found=true renewed=false stored=false} 1",
		"wafer.session.save.duration {found=true renewed=true stored=false} 1",
	}
	if got := p.measured(); !slices.Equal(got, want) {
		t.Errorf("measured\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestConflictsAreCounted(t *testing.T) {
	p := newProgram(t, session.Stored(memstore.New(nil)), otelwafer.Options{})
	p.with(func(_ http.ResponseWriter, s *session.Session) { s.Set("n", 0) })
	p.with(func(_ http.ResponseWriter, s *session.Session) {
		s.Set("n", 1)
		p.with(func(_ http.ResponseWriter, s *session.Session) { s.Set("m", 1) })
	})
	p.want("wafer.session.conflicts {} 1", "wafer.session.save.duration {found=true renewed=false stored=true} 2", "wafer.session.cookie.size {stored=true} 3")
}

// silent is a store that answers no question.
type silent struct{ store.Store }

func (silent) Load(ctx context.Context, _ store.ID) (store.Record, error) {
	<-ctx.Done()
	return store.Record{}, fmt.Errorf("silent: load: %w", ctx.Err())
}

func TestAStoreThatDoesNotAnswerIsATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProgram(t, session.Stored(silent{memstore.New(nil)}), otelwafer.Options{})
		for range 2 {
			p.with(func(_ http.ResponseWriter, s *session.Session) { s.Set("n", 0) })
		}
		p.want("wafer.session.failures {error.type=timeout} 1")
	})
}

func TestAVisitorWhoGoesAwayIsNoOutage(t *testing.T) {
	p := newProgram(t, session.Signed(secret.New()), otelwafer.Options{}, func(o *session.Options) {
		o.Validate = func(ctx context.Context, _ *session.Session) error { return ctx.Err() } // as a database's driver
	})
	p.with(func(_ http.ResponseWriter, s *session.Session) { s.Set("n", 0) })
	gone, leave := context.WithCancel(t.Context())
	leave()
	p.send(gone, func(_ http.ResponseWriter, s *session.Session) { s.Len() })
	p.want("wafer.session.failures {error.type=canceled} 1")
}

func TestDurationsAreInSecondsAndSizesInBytes(t *testing.T) {
	p := newProgram(t, session.Signed(secret.New()), otelwafer.Options{})
	p.with(func(_ http.ResponseWriter, s *session.Session) { username.Set(s, "ada") })
	seen := 0
	for _, m := range collect(t, p.reader) {
		switch data := m.Data.(type) {
		case metricdata.Histogram[float64]:
			seen++
			if sum := data.DataPoints[0].Sum; m.Unit != "s" || sum <= 0 || sum > 1 {
				t.Errorf("%s took %v %s", m.Name, sum, m.Unit)
			}
			if bounds := data.DataPoints[0].Bounds; bounds[0] != .0001 || bounds[len(bounds)-1] != 10 {
				t.Errorf("%s has the bounds %v", m.Name, bounds)
			}
		case metricdata.Histogram[int64]:
			seen++
			if want := int64(len("__Host-session" + p.cookie)); m.Unit != "By" || data.DataPoints[0].Sum != want {
				t.Errorf("%s is %d %s, want %d", m.Name, data.DataPoints[0].Sum, m.Unit, want)
			}
			if bounds := data.DataPoints[0].Bounds; bounds[len(bounds)-1] != session.DefaultMaxCookieSize {
				t.Errorf("%s has the bounds %v", m.Name, bounds)
			}
		}
	}
	if seen != 3 {
		t.Errorf("saw %d histograms", seen)
	}
}

func TestEveryKindOfEventIsMeasured(t *testing.T) {
	for kind := session.EventKind(1); kind.String() != "unknown"; kind++ {
		reader := sdk.NewManualReader()
		observe, err := otelwafer.Observe(sdk.NewMeterProvider(sdk.WithReader(reader)), nil)
		if err != nil {
			t.Fatal(err)
		}
		observe(t.Context(), session.Event{Kind: kind})
		if len(collect(t, reader)) == 0 {
			t.Errorf("an event %s is not measured", kind)
		}
	}
}

func TestAnEventOfAKindUnknownIsPassedOn(t *testing.T) {
	var next []session.EventKind
	observe, err := otelwafer.Observe(noop.NewMeterProvider(), &otelwafer.Options{
		SpanEvents: true, Next: func(_ context.Context, e session.Event) { next = append(next, e.Kind) },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []session.EventKind{0, -1, 1000} {
		observe(t.Context(), session.Event{Kind: kind})
	}
	if !slices.Equal(next, []session.EventKind{0, -1, 1000}) {
		t.Errorf("passed on are %v", next)
	}
}

func TestNextMayUseTheSession(t *testing.T) {
	p := newProgram(t, session.Signed(secret.New()), otelwafer.Options{Next: func(ctx context.Context, e session.Event) {
		if e.Kind == session.EventRefused {
			session.FromContext(ctx).FlashAs("warning", "Please sign in again")
		}
	}})
	p.cookie = "forged"
	var flashes []session.Message
	p.with(func(_ http.ResponseWriter, s *session.Session) { flashes = s.Flashes() })
	if len(flashes) != 1 {
		t.Errorf("the flashes are %v", flashes)
	}
	p.want("wafer.session.refused {reason=bad_signature} 1", "wafer.session.flashes {wafer.flash.category=warning} 1")
}

func TestMessagesThatNoPageHasShownAreCounted(t *testing.T) {
	p := newProgram(t, session.Signed(secret.New()), otelwafer.Options{})
	p.with(func(_ http.ResponseWriter, s *session.Session) {
		for i := range 64 + 3 {
			s.Flash(fmt.Sprint(i))
		}
	})
	p.want("wafer.session.flashes_dropped {} 3", "wafer.session.warnings {warning=flashes_dropped} 1")
}

func TestOnlyCategoriesOfTheProgramAreCountedByName(t *testing.T) {
	p := newProgram(t, session.Signed(secret.New()), otelwafer.Options{Categories: []string{"cookie-banner"}})
	p.with(func(_ http.ResponseWriter, s *session.Session) {
		for _, category := range []string{"message", "error", "cookie-banner", "typed by a visitor", "another of theirs", ""} {
			s.FlashAs(category, "hello")
		}
	})
	p.want("wafer.session.flashes {wafer.flash.category=message} 1", "wafer.session.flashes {wafer.flash.category=error} 1",
		"wafer.session.flashes {wafer.flash.category=cookie-banner} 1", "wafer.session.flashes {wafer.flash.category=_OTHER} 3")
	if got := p.measured(); slices.ContainsFunc(got, func(line string) bool { return strings.Contains(line, "theirs") || strings.Contains(line, "typed") }) {
		t.Errorf("measured %q", got)
	}
}

func TestTheManagersNameIsInEachMeasurement(t *testing.T) {
	p := newProgram(t, session.Stored(memstore.New(nil)), otelwafer.Options{Manager: "staff"})
	p.with(func(_ http.ResponseWriter, s *session.Session) {
		s.Flash("hello")
		p.with(func(_ http.ResponseWriter, s *session.Session) { s.Set("m", 1) })
	})
	p.cookie = "forged"
	p.with(func(_ http.ResponseWriter, s *session.Session) { s.Len() })
	for _, line := range p.measured() {
		if !strings.Contains(line, "manager=staff") {
			t.Errorf("measured %q", line)
		}
	}
}

func TestNilMeansTheGlobalMeterProvider(t *testing.T) {
	before := otel.GetMeterProvider()
	defer otel.SetMeterProvider(before)
	reader := sdk.NewManualReader()
	otel.SetMeterProvider(sdk.NewMeterProvider(sdk.WithReader(reader)))
	observe, err := otelwafer.Observe(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	observe(t.Context(), session.Event{Kind: session.EventLoaded})
	if got := collect(t, reader); len(got) != 1 || got[0].Name != "wafer.session.load.duration" {
		t.Errorf("collected %v", got)
	}
}

// broken makes no counters.
type broken struct{ noop.MeterProvider }

type brokenMeter struct{ noop.Meter }

var errNoCounter = errors.New("no counters here")

func (broken) Meter(string, ...metric.MeterOption) metric.Meter { return brokenMeter{} }

func (brokenMeter) Int64Counter(string, ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	return nil, errNoCounter
}

func TestAnInstrumentThatCannotBeMadeIsAnError(t *testing.T) {
	observe, err := otelwafer.Observe(broken{}, nil)
	if observe != nil || !errors.Is(err, errNoCounter) || !strings.HasPrefix(err.Error(), "otelwafer: ") {
		t.Errorf("got a function: %v; error %v", observe != nil, err)
	}
}
