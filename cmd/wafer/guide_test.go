package main

import (
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// guide runs the nth shell block of docs/rotation.md, counted from 1, with the argument in place of
// ID. Then it does what the guide has people do: it gives the environment the keys of keys.env, and
// $TOLD the ID that was last printed with what to do next.
func guide(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: guide N [ID]")
	}
	text, err := os.ReadFile("../../docs/rotation.md")
	ts.Check(err)
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	if n < 1 || n > len(blocks) {
		ts.Fatalf("the guide has %d shell blocks", len(blocks))
	}
	block := blocks[n-1][1]
	if wantsID := strings.Contains(block, " ID "); wantsID != (len(args) == 2) {
		ts.Fatalf("an ID is given: %v; the block wants one: %v", len(args) == 2, wantsID)
	} else if wantsID {
		block = strings.ReplaceAll(block, " ID ", " "+args[1]+" ")
	}
	ts.Check(ts.Exec("sh", "-euc", block))
	for line := range strings.Lines(ts.ReadFile("keys.env")) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		ts.Setenv(name, value)
	}
	if told := regexp.MustCompile(`wafer rotate --\w+ ([0-9a-f]{8})\n`).FindStringSubmatch(ts.ReadFile("stderr")); told != nil {
		ts.Setenv("TOLD", told[1])
	}
}
