package main

import "testing"

// TestTheMeasureRuns measures ten thousand sessions on each engine, with few samples, each of which
// waits for the disk.
func TestTheMeasureRuns(t *testing.T) {
	if err := run(t.Context(), 10_000, 200); err != nil {
		t.Fatal(err)
	}
}
