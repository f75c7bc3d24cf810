// Package report shows what was measured: as tables, as benchstat's input, and
// as plots.
package report

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/wafer-go/wafer/internal/bench/measure"
)

// Results are all figures of one run.
type Results struct {
	Machine  Machine
	Subjects []Subject `json:",omitempty"`
	Cells    []Cell    `json:",omitempty"`
	Servers  []Server  `json:",omitempty"`
}

// Machine is where, and when, a run was made.
type Machine struct {
	CPU        string
	Processors int
	System     string
	Go         string
	Time       time.Time
}

// Subject is a library that was measured.
type Subject struct{ Name, Module, Version, Note string }

// Cell is what one kind of request took in each library.
type Cell struct {
	Name, About string
	Costs       []Costs
	Together    []Together `json:",omitempty"`
}

// Costs are one library's samples, one a round, the rounds being the same for
// all libraries of the cell.
type Costs struct {
	Subject string
	Samples []measure.Sample
}

// Together is what one goroutine, and many, reached in turn, in a program whose
// heap holds so many MiB besides.
type Together struct {
	Subject   string
	Heap      int
	One, Many []measure.Together
}

// Server is what one whole server reached over loopback, a round each.
type Server struct {
	Name, Version, Note string
	Rounds              []Load
}

// Load is what a load generator saw of a server in one round.
type Load struct {
	Each           float64       // requests a second
	P50, P99, P999 time.Duration // latency
	CPU            time.Duration // processor time that the server took for a request
}

// New returns results without figures, of this machine and time.
func New() *Results {
	return &Results{Machine: Machine{
		CPU: cpuModel(), Processors: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH,
		Go: runtime.Version(), Time: time.Now().UTC().Truncate(time.Second),
	}}
}

// cpuModel returns what Linux calls the processor.
func cpuModel() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// Save writes the results to a file.
func (r *Results) Save(path string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// Open reads results that Save wrote.
func Open(path string) (*Results, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := new(Results)
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// costs returns a library's costs in the cell, nil if it was not measured.
func (c *Cell) costs(subject string) *Costs {
	for i := range c.Costs {
		if c.Costs[i].Subject == subject {
			return &c.Costs[i]
		}
	}
	return nil
}

// cell returns the cell of a name, nil if it was not measured.
func (r *Results) cell(name string) *Cell {
	for i := range r.Cells {
		if r.Cells[i].Name == name {
			return &r.Cells[i]
		}
	}
	return nil
}
