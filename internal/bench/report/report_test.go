package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/internal/bench/measure"
)

// figures are results in which every target is just reached.
func figures() *Results {
	costs := func(subject string, ns int, allocs uint64) Costs {
		s := measure.Sample{N: 1000, Wall: time.Duration(ns) * 1000, CPU: time.Duration(ns) * 1000, Allocs: allocs * 1000}
		return Costs{subject, []measure.Sample{s, s, s}}
	}
	one := []measure.Together{{Goroutines: 1, Each: 1e6, P99: 1000}}
	many := []measure.Together{{Goroutines: 64, Each: 2e6, P99: 3000}}
	load := func(each float64) []Load {
		return []Load{{Each: each, P50: time.Millisecond, P99: 2 * time.Millisecond}}
	}
	return &Results{
		Subjects: []Subject{{"floor", "go", "go1", "a <note>"}},
		Cells: []Cell{
			{"leave", "left & alone", []Costs{costs("floor", 100, 2), costs(ours, 130, 3), costs("scs-memory", 1950, 200), costs("gorilla-cookie", 2600, 200)}, nil},
			{"read", "read", []Costs{costs("floor", 100, 2), costs(ours, 150, 6), costs("scs-memory", 1200, 200), costs("gorilla-cookie", 1500, 200)}, []Together{{ours, 0, one, many}, {ours, 64, one, many}}},
			{"change", "change", []Costs{costs("floor", 100, 2), costs(ours, 160, 14), costs("scs-memory", 1120, 200), costs("gorilla-cookie", 1120, 200)}, []Together{{ours, 0, one, many}, {ours, 64, one, many}}},
			{"hundred", "100", []Costs{costs(ours, 200, 6), costs("wafer-memory", 200, 6)}, nil},
			{"hundred-as-3", "3", []Costs{costs(ours, 100, 6), costs("wafer-memory", 100, 6)}, nil},
		},
		Servers: []Server{{"none", "", "", load(100)}, {"wafer-read", "", "", load(95)}, {"wafer-change", "", "", load(95)}},
	}
}

func TestATargetIsReachedAtItsOwnFigureAndNotBeyond(t *testing.T) {
	clock, _ := ClockOf("wall")
	r := figures()
	for _, target := range targets() {
		spread, ok := target.figure(r, clock)
		if !ok {
			t.Errorf("%s: %s: there is no figure", target.cell, target.what)
			continue
		}
		if !target.reached(spread.Median) {
			t.Errorf("%s: %s: %v does not reach %s", target.cell, target.what, spread.Median, target.text())
		}
		worse := target.want + 1
		if target.atLeast {
			worse = target.want - 0.01
		}
		if target.reached(worse) {
			t.Errorf("%s: %s: %v reaches %s", target.cell, target.what, worse, target.text())
		}
	}
}

func TestAFigureThatWasNotMeasuredIsLeftOut(t *testing.T) {
	clock, _ := ClockOf("cpu")
	for _, target := range targets() {
		if _, ok := target.figure(new(Results), clock); ok {
			t.Errorf("%s: %s has a figure without a measurement", target.cell, target.what)
		}
	}
}

func TestEveryFormatShowsEveryLibraryAndServer(t *testing.T) {
	clock, _ := ClockOf("cpu")
	for _, name := range []string{"table", "markdown", "benchstat"} {
		show, err := FormatOf(name, clock)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := show(&b, figures()); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"floor", ours, "scs-memory", "gorilla-cookie", "wafer-memory", "wafer-change"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s does not show %s", name, want)
			}
		}
	}
}

func TestBenchstatGetsALineARound(t *testing.T) {
	var b bytes.Buffer
	clock, _ := ClockOf("wall")
	if err := benchLines(&b, figures(), clock); err != nil {
		t.Fatal(err)
	}
	const line = "BenchmarkSession/cell=read/subject=wafer-signed-0\t1000\t150.0 ns/op\t0 B/op\t6 allocs/op\n"
	if n := strings.Count(b.String(), line); n != 3 {
		t.Errorf("the line %q is there %d times, want 3, in\n%s", line, n, &b)
	}
}

func TestSavedResultsAreReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.json")
	if err := figures().Save(path); err != nil {
		t.Fatal(err)
	}
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.cell("change").costs(ours).Samples[2].Allocs; got != 14000 {
		t.Errorf("%d allocations are read back, want 14000", got)
	}
}

func TestPlotsAreWellFormedAndShowEachBar(t *testing.T) {
	folder := t.TempDir()
	clock, _ := ClockOf("cpu")
	if err := Plot(folder, figures(), clock); err != nil {
		t.Fatal(err)
	}
	for name, bars := range map[string]int{"requests": 12, "shapes": 4, "loopback": 3} {
		for _, theme := range []string{"light", "dark"} {
			text, err := os.ReadFile(filepath.Join(folder, name+"-"+theme+".svg"))
			if err != nil {
				t.Fatal(err)
			}
			if err := wellFormed(text); err != nil {
				t.Errorf("%s-%s.svg: %v", name, theme, err)
			}
			if n := bytes.Count(text, []byte("<rect ")); n != bars {
				t.Errorf("%s-%s.svg has %d bars, want %d", name, theme, n, bars)
			}
		}
	}
}

func wellFormed(text []byte) error {
	for d := xml.NewDecoder(bytes.NewReader(text)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
