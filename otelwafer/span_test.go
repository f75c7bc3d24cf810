package otelwafer_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/wafer-go/wafer/otelwafer"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// traced has the visitor send a request whose span a sampler decides on, and
// returns the span's events.
func (p *program) traced(sampler sdktrace.Sampler, f func(w http.ResponseWriter, s *session.Session)) []string {
	return spanEvents(sampler, func(ctx context.Context) { p.send(ctx, f) })
}

// spanEvents returns the events of a span that f was done in.
func spanEvents(sampler sdktrace.Sampler, f func(ctx context.Context)) []string {
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler), sdktrace.WithSyncer(spans))
	ctx, span := provider.Tracer("test").Start(context.Background(), "GET /")
	f(ctx)
	span.End()
	var events []string
	for _, span := range spans.GetSpans() {
		for _, e := range span.Events {
			set := attribute.NewSet(e.Attributes...)
			events = append(events, fmt.Sprint(e.Name, " ", set.Encoded(encoder{})))
		}
	}
	return events
}

func TestEventsAreAddedToTheSpanWhereThatIsWanted(t *testing.T) {
	for want := range 2 {
		p := newProgram(t, session.Signed(secret.New()), otelwafer.Options{SpanEvents: want == 1})
		got := p.traced(sdktrace.AlwaysSample(), func(_ http.ResponseWriter, s *session.Session) { username.Set(s, "ada") })
		if len(got) != 2*want {
			t.Errorf("wanted: %v, events %q", want == 1, got)
		}
	}
}

func TestASpanThatIsNotRecordedGetsNoEvents(t *testing.T) {
	p := newProgram(t, session.Signed(secret.New()), otelwafer.Options{SpanEvents: true})
	got := p.traced(sdktrace.NeverSample(), func(_ http.ResponseWriter, s *session.Session) { username.Set(s, "ada") })
	if len(got) != 0 {
		t.Errorf("events %q", got)
	}
	p.want("wafer.session.save.duration {found=false renewed=false stored=false} 1")
}

func TestASpansEventsTellWhatHappened(t *testing.T) {
	p := newProgram(t, session.Stored(memstore.New(nil)), otelwafer.Options{SpanEvents: true, Manager: "staff"})
	p.with(func(_ http.ResponseWriter, s *session.Session) { username.Set(s, "ada") })
	got := p.traced(sdktrace.AlwaysSample(), func(_ http.ResponseWriter, s *session.Session) {
		s.FlashAs("of my own", "hello")
		p.with(func(_ http.ResponseWriter, s *session.Session) { s.Set("m", 1) })
	})
	p.cookie = "forged"
	got = append(got, p.traced(sdktrace.AlwaysSample(), func(_ http.ResponseWriter, s *session.Session) { s.Len() })...)
	for i, e := range got {
		if before, after, ok := strings.Cut(e, "duration="); ok {
			_, rest, _ := strings.Cut(after, " ")
			got[i] = before + rest
		}
	}
	size := fmt.Sprint(len("__Host-session") + 43)
	want := []string{
		"wafer.session.loaded {found=true manager=staff stored=true}",
		"wafer.session.flashed {wafer.flash.category=_OTHER manager=staff}",
		"wafer.session.saved {conflicts=1 cookie.size=" + size + " found=true manager=staff renewed=false stored=true}",
		"wafer.session.loaded {found=false manager=staff stored=false}",
		"wafer.session.refused {manager=staff reason=malformed}",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("events\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestEveryKindOfEventIsAddedToASpan(t *testing.T) {
	observe, err := otelwafer.Observe(nil, &otelwafer.Options{SpanEvents: true})
	if err != nil {
		t.Fatal(err)
	}
	for kind := session.EventKind(1); kind.String() != "unknown"; kind++ {
		got := spanEvents(sdktrace.AlwaysSample(), func(ctx context.Context) { observe(ctx, session.Event{Kind: kind}) })
		if len(got) != 1 || !strings.HasPrefix(got[0], "wafer.session."+kind.String()+" ") {
			t.Errorf("events %q", got)
		}
	}
}
