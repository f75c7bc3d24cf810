package report

import (
	"fmt"
	"io"
	"math"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/wafer-go/wafer/internal/bench/measure"
)

// FormatOf returns what shows results in the format of a name: table, markdown
// or benchstat.
func FormatOf(name string, clock Clock) (func(io.Writer, *Results) error, error) {
	switch name {
	case "table":
		return func(w io.Writer, r *Results) error { return tables(w, r, clock, table.Writer.Render) }, nil
	case "markdown":
		return func(w io.Writer, r *Results) error { return tables(w, r, clock, table.Writer.RenderMarkdown) }, nil
	case "benchstat":
		return func(w io.Writer, r *Results) error { return benchLines(w, r, clock) }, nil
	}
	return nil, fmt.Errorf("there is no format %q; there are table, markdown and benchstat", name)
}

// printer writes paragraphs and tables, until the first error.
type printer struct {
	w      io.Writer
	render func(table.Writer) string
	err    error
}

func (p *printer) text(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n\n", args...)
	}
}

func (p *printer) table(header table.Row, rows []table.Row) {
	if len(rows) == 0 {
		return
	}
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(header)
	t.AppendRows(rows)
	configs := make([]table.ColumnConfig, 0, len(header))
	for i := 2; i <= len(header); i++ {
		configs = append(configs, table.ColumnConfig{Number: i, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(configs)
	p.text("%s", p.render(t))
}

func tables(w io.Writer, r *Results, clock Clock, render func(table.Writer) string) error {
	p := &printer{w: w, render: render}
	m := r.Machine
	p.text("%s, %s, %d processors, %s, %s", m.Time.Format("2006-01-02"), m.CPU, m.Processors, m.System, m.Go)
	subjectsTable(p, r)
	for i := range r.Cells {
		cellTable(p, &r.Cells[i], clock)
	}
	serversTable(p, r)
	targetsTable(p, r, clock)
	return p.err
}

func subjectsTable(p *printer, r *Results) {
	var rows []table.Row
	for _, s := range r.Subjects {
		rows = append(rows, table.Row{s.Name, s.Version, s.Note})
	}
	p.table(table.Row{"library", "version", "to know"}, rows)
}

func cellTable(p *printer, c *Cell, clock Clock) {
	p.text("%s: %s (%s; the middle half of the rounds beside the median)", c.Name, c.About, clock.Name)
	floor := c.costs("floor")
	var rows []table.Row
	for i := range c.Costs {
		costs := &c.Costs[i]
		t := costs.times(clock)
		over := ""
		if floor != nil {
			over = fmt.Sprintf("%.2fx", costs.over(floor, clock).Median)
		}
		rows = append(rows, table.Row{
			costs.Subject, nanoseconds(t.Median), nanoseconds(t.Low) + " - " + nanoseconds(t.High), over,
			fmt.Sprintf("%.0f", costs.median(bytesOf)), fmt.Sprintf("%.0f", math.Floor(costs.median(allocsOf)+0.1)),
		})
	}
	p.table(table.Row{"library", "median", "spread", "of the floor", "bytes", "allocations"}, rows)
	for rest := c.Together; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Heap == rest[0].Heap {
			n++
		}
		togetherTable(p, c.Name, rest[:n])
		rest = rest[n:]
	}
}

// togetherTable shows what was measured in one size of heap.
func togetherTable(p *printer, cell string, all []Together) {
	p.text("%s, %d goroutines at once beside one, in a heap of %d MiB (time on the clock)", cell, all[0].Many[0].Goroutines, all[0].Heap)
	var rows []table.Row
	for _, t := range all {
		one, many := eachOf(t.One), eachOf(t.Many)
		rows = append(rows, table.Row{
			t.Subject, perSecond(one), perSecond(many), fmt.Sprintf("%.2fx", many/one),
			nanoseconds(measure.SpreadOf(tails(t.One)).Median), nanoseconds(measure.SpreadOf(tails(t.Many)).Median),
			fmt.Sprintf("%.2fx", measure.Ratios(tails(t.Many), tails(t.One)).Median),
		})
	}
	p.table(table.Row{"library", "one: a second", "many: a second", "ratio", "one: p99", "many: p99", "ratio"}, rows)
}

func eachOf(rounds []measure.Together) float64 {
	figures := make([]float64, len(rounds))
	for i, t := range rounds {
		figures[i] = t.Each
	}
	return measure.SpreadOf(figures).Median
}

func perSecond(n float64) string {
	if n >= 1e6 {
		return fmt.Sprintf("%.2f M", n/1e6)
	}
	return fmt.Sprintf("%.1f k", n/1e3)
}

func serversTable(p *printer, r *Results) {
	if len(r.Servers) == 0 {
		return
	}
	p.text("Whole servers over loopback HTTP")
	var rows []table.Row
	none := r.server(bare)
	for i := range r.Servers {
		s := &r.Servers[i]
		part := ""
		if none != nil {
			part = fmt.Sprintf("%.1f %%", 100*measure.Ratios(rates(s.Rounds), rates(none.Rounds)).Median)
		}
		at := func(figure func(Load) float64) float64 {
			figures := make([]float64, len(s.Rounds))
			for i, l := range s.Rounds {
				figures[i] = figure(l)
			}
			return measure.SpreadOf(figures).Median
		}
		rows = append(rows, table.Row{
			s.Name, perSecond(at(func(l Load) float64 { return l.Each })), part,
			nanoseconds(at(func(l Load) float64 { return float64(l.P50) })), nanoseconds(at(func(l Load) float64 { return float64(l.P99) })),
			nanoseconds(at(func(l Load) float64 { return float64(l.P999) })), nanoseconds(at(func(l Load) float64 { return float64(l.CPU) })), s.Version, s.Note,
		})
	}
	p.table(table.Row{"server", "a second", "of none's", "p50", "p99", "p99.9", "CPU each", "version", "to know"}, rows)
}

func targetsTable(p *printer, r *Results, clock Clock) {
	var rows []table.Row
	for _, t := range targets() {
		spread, ok := t.figure(r, clock)
		if !ok {
			continue
		}
		answer := "no"
		if t.reached(spread.Median) {
			answer = "yes"
		}
		rows = append(rows, table.Row{
			t.cell + ": " + t.what, fmt.Sprintf("%.2f%s", spread.Median, t.unit), fmt.Sprintf("%.2f - %.2f", spread.Low, spread.High), t.text(), answer,
		})
	}
	if len(rows) > 0 {
		p.text("Targets, for %s where none is named", ours)
	}
	p.table(table.Row{"figure", "median", "spread", "target", "reached"}, rows)
}
