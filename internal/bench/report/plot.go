package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"text/template"

	"github.com/wafer-go/wafer/internal/bench/measure"
)

// Plot draws the results into a folder, each plot in a light and a dark form:
// requests (the three main cells), shapes (the others) and loopback. A plot of
// which nothing was measured is not drawn.
func Plot(folder string, r *Results, clock Clock) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, panels := range map[string][]panel{
		"requests": cellPanels(r, clock, "leave", "read", "change"),
		"shapes":   cellPanels(r, clock, "flash", "large-read", "large-change", "hundred", "hundred-as-3"),
		"loopback": serverPanels(r),
	} {
		if len(panels) == 0 {
			continue
		}
		for _, t := range themes {
			path := filepath.Join(folder, name+"-"+t.Name+".svg")
			if err := os.WriteFile(path, draw(panels, t), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// A panel is a heading and bars to one scale.
type panel struct {
	title string
	bars  []bar
}

type bar struct {
	label, value string
	size         float64
	ours         bool // drawn in the striking color
	low, high    float64
}

func cellPanels(r *Results, clock Clock, names ...string) []panel {
	var panels []panel
	for _, name := range names {
		c := r.cell(name)
		if c == nil {
			continue
		}
		p := panel{title: c.About + " (" + clock.Name + "; shorter is better)"}
		for i := range c.Costs {
			t := c.Costs[i].times(clock)
			p.bars = append(p.bars, barOf(c.Costs[i].Subject, nanoseconds(t.Median), t))
		}
		panels = append(panels, p)
	}
	return panels
}

func serverPanels(r *Results) []panel {
	if len(r.Servers) == 0 {
		return nil
	}
	p := panel{title: "requests a second over loopback HTTP (longer is better)"}
	for i := range r.Servers {
		s := &r.Servers[i]
		each := measure.SpreadOf(rates(s.Rounds))
		p.bars = append(p.bars, barOf(s.Name, perSecond(each.Median), each))
	}
	return []panel{p}
}

func barOf(label, value string, s measure.Spread) bar {
	return bar{label: label, value: value, size: s.Median, low: s.Low, high: s.High, ours: len(label) > 5 && label[:5] == "wafer"}
}

// A theme is the colors of one form.
type theme struct{ Name, Text, Faint, Ours, Others string }

var themes = []theme{
	{"light", "#1f2328", "#59636e", "#b3402a", "#b8c0c8"},
	{"dark", "#f0f6fc", "#9198a1", "#f0805f", "#4b535d"},
}

// Sizes in pixels.
const (
	width    = 760
	barsFrom = 130 // where bars begin, right of their labels
	barsTo   = 640 // the end of the longest; its value follows it
	rowSize  = 22
	headSize = 34
	margin   = 10
)

//go:embed plot.svg.tmpl
var plotText string

var plotTemplate = template.Must(template.New("plot").Funcs(template.FuncMap{"xml": html.EscapeString}).Parse(plotText))

// row is a bar at its place.
type row struct {
	Label, Value, Color     string
	TextY, Y, Middle        int
	Length, From, To, After float64
}

type drawn struct {
	Title string
	Y     int
	Rows  []row
}

// draw returns the panels, one under the other, as an SVG document. It has no
// background, so that a page's own shows through.
func draw(panels []panel, t theme) []byte {
	y := margin
	var all []drawn
	for _, p := range panels {
		d := drawn{Title: p.title, Y: y + 16}
		y += headSize
		longest := 0.0
		for _, b := range p.bars {
			longest = max(longest, b.size, b.high)
		}
		scale := 0.0
		if longest > 0 {
			scale = float64(barsTo-barsFrom) / longest
		}
		for _, b := range p.bars {
			color := t.Others
			if b.ours {
				color = t.Ours
			}
			d.Rows = append(d.Rows, row{
				Label: b.label, Value: b.value, Color: color, TextY: y + 14, Y: y + 3, Middle: y + rowSize/2,
				Length: b.size * scale, From: barsFrom + b.low*scale, To: barsFrom + b.high*scale, After: barsFrom + max(b.size, b.high)*scale + 6,
			})
			y += rowSize
		}
		y += margin
		all = append(all, d)
	}
	var out bytes.Buffer
	err := plotTemplate.Execute(&out, map[string]any{
		"Width": width, "Height": y, "Theme": t, "Panels": all, "LabelX": barsFrom - 8, "BarX": barsFrom, "BarHeight": rowSize - 6,
	})
	if err != nil {
		panic(fmt.Sprintf("report: the template of plots is broken: %v", err)) // it is part of the program
	}
	return out.Bytes()
}
