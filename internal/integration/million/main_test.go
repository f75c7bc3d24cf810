package main

import "testing"

// TestTheMeasureRuns holds the program to work: ten thousand sessions on each
// engine.
func TestTheMeasureRuns(t *testing.T) {
	if err := run(t.Context(), 10_000); err != nil {
		t.Fatal(err)
	}
}
