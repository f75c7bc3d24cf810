package otelwafer_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/wafer-go/wafer/otelwafer"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/inspect"
)

// row is a line of a table in the guide.
type row []string

// codes returns what a cell has in code style.
func (r row) codes(cell int) []string {
	var codes []string
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(r[cell], -1) {
		codes = append(codes, m[1])
	}
	return codes
}

// table returns the rows of the tables of the guide's section of a title, without
// their heads.
func table(t *testing.T, title string) []row {
	t.Helper()
	_, section, ok := strings.Cut(text(t, "../docs/observability.md"), "\n## "+title+"\n")
	if !ok {
		t.Fatalf("the guide has no section %q", title)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var rows []row
	for line := range strings.Lines(section) {
		if cells := strings.Split(strings.TrimSpace(line), "|"); len(cells) > 2 {
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			if strings.HasPrefix(cells[1], "---") {
				rows = rows[:len(rows)-1] // the head
				continue
			}
			rows = append(rows, cells[1:len(cells)-1])
		}
	}
	if len(rows) == 0 {
		t.Fatalf("the guide's section %q has no table", title)
	}
	return rows
}

func text(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// instruments returns "kind, unit" and the attributes of each instrument, by its
// name.
func instruments(t *testing.T) map[string][]string {
	t.Helper()
	reader := sdk.NewManualReader()
	observe, err := otelwafer.Observe(sdk.NewMeterProvider(sdk.WithReader(reader)), nil)
	if err != nil {
		t.Fatal(err)
	}
	for kind := session.EventKind(1); kind.String() != "unknown"; kind++ {
		observe(context.Background(), session.Event{Kind: kind, Conflicts: 1})
	}
	found := make(map[string][]string)
	for _, m := range collect(t, reader) {
		var kind string
		var set attribute.Set
		switch data := m.Data.(type) {
		case metricdata.Sum[int64]:
			kind, set = "counter", data.DataPoints[0].Attributes
		case metricdata.Histogram[int64]:
			kind, set = "histogram", data.DataPoints[0].Attributes
		case metricdata.Histogram[float64]:
			kind, set = "histogram", data.DataPoints[0].Attributes
		}
		found[m.Name] = []string{kind + ", `" + m.Unit + "`"}
		for _, a := range set.ToSlice() {
			found[m.Name] = append(found[m.Name], string(a.Key))
		}
	}
	return found
}

// ofPrometheus is the name that OpenTelemetry's exporter for Prometheus makes.
func ofPrometheus(name, kind string) string {
	name = strings.ReplaceAll(name, ".", "_")
	switch kind {
	case "histogram, `s`":
		return name + "_seconds"
	case "histogram, `By`":
		return name + "_bytes"
	default:
		return name + "_total"
	}
}

func TestTheGuideHasEachInstrumentAsItIs(t *testing.T) {
	found := instruments(t)
	example := text(t, "../examples/prometheus/metrics.go")
	for _, row := range table(t, "OpenTelemetry") {
		name := strings.Trim(row[0], "`")
		is, ok := found[name]
		if !ok {
			t.Errorf("there is no %s", name)
			continue
		}
		delete(found, name)
		attrs := row.codes(2)
		slices.Sort(attrs)
		if row[1] != is[0] || !slices.Equal(attrs, is[1:]) {
			t.Errorf("%s is %q, and the guide says %q", name, is, row)
		}
		if want := ofPrometheus(name, is[0]); row[3] != "`"+want+"`" || !strings.Contains(example, `"`+want+`"`) {
			t.Errorf("%s is %s to Prometheus; the guide says %s", name, want, row[3])
		}
	}
	for name := range found {
		t.Errorf("the guide does not have %s", name)
	}
}

func TestThePackagesCommentHasEachInstrumentAsItIs(t *testing.T) {
	comment := text(t, "doc.go")
	for name, is := range instruments(t) {
		kind, unit, _ := strings.Cut(is[0], ", ")
		var attrs []string
		for _, a := range is[1:] {
			attrs = append(attrs, strings.TrimPrefix(a, "wafer.session."))
		}
		words := append([]string{name, kind, strings.Trim(unit, "`")}, strings.Fields(strings.Join(orderedLike(attrs), ", "))...)
		if !slices.ContainsFunc(strings.Split(comment, "\n"), func(line string) bool {
			return slices.Equal(strings.Fields(strings.TrimPrefix(line, "//")), words)
		}) {
			t.Errorf("doc.go has no line %q", words)
		}
	}
}

// orderedLike puts the attributes in the order of the tables.
func orderedLike(attrs []string) []string {
	order := []string{"found", "stored", "renewed"}
	slices.SortStableFunc(attrs, func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) })
	return attrs
}

func TestTheGuideHasEachReasonWithItsError(t *testing.T) {
	p := make(map[string]bool)
	source := text(t, "../session/errors.go")
	for _, m := range regexp.MustCompile(`(?m)^\t(Err\w+) += `).FindAllStringSubmatch(source, -1) {
		p["`"+m[1]+"`"] = true
	}
	words := make(map[string]bool)
	refused, failed := session.Reasons()
	for _, word := range append(refused, failed...) {
		words["`"+word+"`"] = true
	}
	for _, row := range table(t, "Reasons") {
		if !words[row[0]] {
			t.Errorf("no reason has the word %s", row[0])
		}
		delete(words, row[0])
		delete(p, row[1])
	}
	for word := range words {
		t.Errorf("the guide does not have the word %s", word)
	}
	for name := range p {
		t.Errorf("the guide does not have %s", name)
	}
}

func TestTheGuideHasEachWarningWithItsHeading(t *testing.T) {
	var want, got []string
	for _, w := range inspect.Warnings() {
		want = append(want, fmt.Sprintf("`%s` “%s”", w, w.Heading()))
	}
	for _, row := range table(t, "Warnings") {
		got = append(got, row[0]+" "+row[1])
	}
	if !slices.Equal(got, want) {
		t.Errorf("the guide has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestTheGuideHasEachKindOfEvent(t *testing.T) {
	var kinds, documented []string
	for kind := session.EventKind(1); kind.String() != "unknown"; kind++ {
		kinds = append(kinds, fmt.Sprint(kind))
	}
	for _, row := range table(t, "Events") {
		documented = append(documented, strings.Trim(row[0], "`"))
	}
	if !slices.Equal(kinds, documented) {
		t.Errorf("the kinds are %q, and the guide has %q", kinds, documented)
	}
}
