package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"time"

	"github.com/wafer-go/wafer/internal/bench/measure"
	"github.com/wafer-go/wafer/internal/bench/report"
	"github.com/wafer-go/wafer/internal/bench/subject"
)

// subjects are all that there are, in the order of the tables.
func subjects() []*subject.Subject {
	all := append([]*subject.Subject{subject.Floor()}, subject.Wafers()...)
	return append(all, subject.SCS(), subject.Gorilla(), subject.Gin(), subject.Fiber())
}

// inProcess measures the subjects' cells in this process.
func inProcess(ctx context.Context, o settings) (*report.Results, error) {
	picked, err := subject.Find(subjects(), o.subjects)
	if err != nil {
		return nil, err
	}
	cells, err := subject.FindCells(o.cells)
	if err != nil {
		return nil, err
	}
	results := report.New()
	for _, s := range picked {
		results.Subjects = append(results.Subjects, report.Subject{Name: s.Name, Module: s.Module, Version: versionOf(s.Module), Note: s.Note})
	}
	for _, c := range cells {
		if err := measureCell(ctx, results, picked, c, o); err != nil {
			return nil, err
		}
	}
	return results, nil
}

func versionOf(module string) string {
	if module == "go" {
		return runtime.Version()
	}
	return subject.Version(module)
}

func measureCell(ctx context.Context, results *report.Results, picked []*subject.Subject, c subject.Cell, o settings) error {
	fmt.Fprintf(os.Stderr, "%s: %s\n", c.Name, c.About)
	tasks := make([]*measure.Task, len(picked))
	for i, s := range picked {
		v, err := s.Visit(c)
		if err != nil {
			return err
		}
		tasks[i] = &measure.Task{Serve: v.Serve}
	}
	if err := measure.Rounds(ctx, tasks, o.rounds, o.slice); err != nil {
		return err
	}
	cell := report.Cell{Name: c.Name, About: c.About}
	for i, s := range picked {
		cell.Costs = append(cell.Costs, report.Costs{Subject: s.Name, Samples: tasks[i].Samples})
	}
	if o.goroutines > 0 && (c.Name == "read" || c.Name == "change") {
		// In an empty heap the collector runs every few thousand requests, and p99
		// has its part in it. Which of the two is nearer to a program depends on
		// the program, so both are shown.
		for _, heap := range heaps(o.heap) {
			for _, s := range picked {
				together, err := atOnce(ctx, s, c, heap, o)
				if err != nil {
					return err
				}
				cell.Together = append(cell.Together, together)
			}
		}
	}
	results.Cells = append(results.Cells, cell)
	return nil
}

// heaps are the sizes in MiB that are measured: none, and another if it is one.
func heaps(size int) []int {
	if size == 0 {
		return []int{0}
	}
	return []int{0, size}
}

// atOnce measures one goroutine and many, in turn, each with a visitor of its
// own.
func atOnce(ctx context.Context, s *subject.Subject, c subject.Cell, size int, o settings) (report.Together, error) {
	visitors := make([]func(), o.goroutines)
	for i := range visitors {
		v, err := s.Visit(c)
		if err != nil {
			return report.Together{}, err
		}
		visitors[i] = v.Serve
	}
	heap := make([]byte, size<<20) // without pointers, so it costs the collector nothing
	defer runtime.KeepAlive(heap)
	t := report.Together{Subject: s.Name, Heap: size}
	turn := max(o.slice*10, 50*time.Millisecond)
	for range max(o.rounds/4, 3) {
		if err := ctx.Err(); err != nil {
			return report.Together{}, err
		}
		t.One = append(t.One, measure.AtOnce(visitors[:1], turn))
		t.Many = append(t.Many, measure.AtOnce(visitors, turn))
	}
	return t, nil
}

// profiles writes a CPU and an allocation profile of each subject's cells.
func profiles(o settings) error {
	picked, err := subject.Find(subjects(), o.subjects)
	if err != nil {
		return err
	}
	cells, err := subject.FindCells(o.cells)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.profile, 0o755); err != nil {
		return err
	}
	for _, s := range picked {
		for _, c := range cells {
			v, err := s.Visit(c)
			if err != nil {
				return err
			}
			path := filepath.Join(o.profile, s.Name+"-"+c.Name)
			if err := profile(path, v.Serve, time.Duration(o.rounds)*o.slice); err != nil {
				return err
			}
			fmt.Println(path + ".cpu.pprof")
			fmt.Println(path + ".allocs.pprof")
		}
	}
	return nil
}

// profile runs serve twice for d: once with the processor profiled, once with
// every allocation.
func profile(path string, serve func(), d time.Duration) error {
	cpu, err := os.Create(path + ".cpu.pprof")
	if err != nil {
		return err
	}
	defer cpu.Close()
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return err
	}
	serveFor(serve, d)
	pprof.StopCPUProfile()

	defer func(rate int) { runtime.MemProfileRate = rate }(runtime.MemProfileRate)
	runtime.MemProfileRate = 1
	serveFor(serve, min(d, time.Second))
	runtime.GC() // which completes the profile
	allocs, err := os.Create(path + ".allocs.pprof")
	if err != nil {
		return err
	}
	defer allocs.Close()
	return pprof.Lookup("allocs").WriteTo(allocs, 0)
}

func serveFor(serve func(), d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		for range 100 {
			serve()
		}
	}
}
